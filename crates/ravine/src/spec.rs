use crate::error::{Error, Result, expect_shape};
use ravine_kernels::{Activation, Loss};

/// A network as a graph: **values**, numbered, are first its inputs, then what its nodes give. Each node reads values before its own;
/// the last gives the outputs of the network.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Widths of the inputs, which stand beside each other in the features of an example.
    pub inputs: Vec<usize>,
    /// In order.
    pub nodes: Vec<Node>,
    /// Of what is drawn in a step.
    pub seed: u64,
}

/// A layer and the numbers of the values that it reads.
#[derive(Clone, Debug)]
pub struct Node {
    /// Of what stands before it.
    pub reads: Vec<usize>,
    /// What it makes of them.
    pub layer: Layer,
}

/// What a node does to rows of its width, one for each example of a batch.
#[derive(Clone, Copy, Debug)]
pub enum Layer {
    /// activation(x·Wᵀ + b)
    Dense(Dense),
    /// activation(x)
    Activation {
        /// Of x and the result.
        width: usize,
        /// Elementwise.
        activation: Activation,
    },
    /// x/(1 − rate), or 0 with the probability `rate`, where the network learns; else x.
    Dropout {
        /// Of x and the result.
        width: usize,
        /// In [0, 1).
        rate: f64,
    },
    /// (x − mean)/√(variance + epsilon)·w + b by mean and variance of each row.
    LayerNorm {
        /// Of x and the result.
        width: usize,
        /// > 0
        epsilon: f64,
    },
    /// Likewise by those of each column: of the batch where the network learns, else by running ones.
    BatchNorm {
        /// Of x and the result.
        width: usize,
        /// > 0
        epsilon: f64,
        /// Part of the batch's statistics in the running ones.
        momentum: f64,
    },
    /// The rows of a table that x names, beside each other.
    Embedding {
        /// Width of x.
        ids: usize,
        /// Rows of the table.
        count: usize,
        /// Columns of the table.
        width: usize,
        /// Whether rows of which no gradient comes stay as they are, their states too.
        lazy: bool,
    },
    /// All that is read, beside each other.
    Concat {
        /// Of the result.
        width: usize,
    },
    /// The sum of all that is read.
    Add {
        /// Of each value and of the result.
        width: usize,
    },
    /// Σ a·b over the columns of the two values that are read.
    Dot {
        /// Of each value.
        width: usize,
    },
}

/// activation(x·Wᵀ + b)
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    /// Width of x.
    pub inputs: usize,
    /// Width of the result.
    pub outputs: usize,
    /// Applied to the result.
    pub activation: Activation,
    /// Whether there is b.
    pub bias: bool,
}

impl Spec {
    /// Dense layers one after another.
    pub fn chain(inputs: usize, layers: Vec<Dense>) -> Self {
        let node = |(i, layer)| Node { reads: vec![i], layer: Layer::Dense(layer) };
        Self { inputs: vec![inputs], nodes: layers.into_iter().enumerate().map(node).collect(), seed: 0 }
    }

    /// Whether it is such a chain.
    pub(crate) fn is_chain(&self) -> bool {
        let next = |(i, node): (usize, &Node)| matches!(node.layer, Layer::Dense(_)) && node.reads == [i];
        self.inputs.len() == 1 && self.nodes.iter().enumerate().all(next)
    }

    /// Whether a dense layer, and nobody else, reads the features, all of them: what is to be done about them can then be its part.
    pub(crate) fn feeds_one_dense(&self) -> bool {
        let mut readers = self.readers(0);
        let first = readers.next().map(|node| self.nodes[node].layer);
        self.inputs.len() == 1 && matches!(first, Some(Layer::Dense(_))) && readers.next().is_none()
    }

    /// Features of an example.
    pub(crate) fn features(&self) -> usize {
        together(&self.inputs)
    }

    /// Width of a value.
    pub(crate) fn width(&self, value: usize) -> usize {
        match value.checked_sub(self.inputs.len()) {
            None => self.inputs[value],
            Some(node) => self.nodes[node].layer.outputs(),
        }
    }

    /// Width of the outputs of the network.
    pub(crate) fn outputs(&self) -> usize {
        self.nodes.last().map_or(0, |node| node.layer.outputs())
    }

    /// Numbers of the nodes that read a value, once for each time.
    pub(crate) fn readers(&self, value: usize) -> impl Iterator<Item = usize> {
        let times = move |node: &Node| node.reads.iter().filter(|&&read| read == value).count();
        self.nodes.iter().enumerate().flat_map(move |(i, node)| std::iter::repeat_n(i, times(node)))
    }

    /// # Errors
    /// [`Error::Data`] without nodes, or where one reads what does not stand before it; [`Error::Shape`] where one does not take what it
    /// reads or has no width.
    pub(crate) fn check(&self) -> Result<()> {
        if self.nodes.is_empty() {
            return Err(Error::Data("model: expected one layer or more but received none".into()));
        }
        for (i, node) in self.nodes.iter().enumerate() {
            if node.reads.is_empty() || node.reads.iter().any(|&read| read >= self.inputs.len() + i) {
                return Err(Error::Data(format!("model: expected layer {i} to read what stands before it")));
            }
            let widths: Vec<usize> = node.reads.iter().map(|&read| self.width(read)).collect();
            let expected = node.layer.takes(widths.len());
            let received = if let Layer::Concat { .. } = node.layer { vec![together(&widths)] } else { widths };
            expect_shape("model", &format!("inputs of layer {i}"), &received, &expected)?;
            if expected.contains(&0) || node.layer.outputs() == 0 {
                return Err(Error::Shape(format!(
                    "model: expected layer {i} to have inputs and outputs but received none"
                )));
            }
        }
        Ok(())
    }
}

/// The width of what stands beside each other; saturates, where a wrapped number would look small.
fn together(widths: &[usize]) -> usize {
    widths.iter().fold(0, |sum, &width| sum.saturating_add(width))
}

impl Layer {
    /// Width of what it gives.
    pub fn outputs(&self) -> usize {
        match *self {
            Self::Dense(dense) => dense.outputs,
            Self::Embedding { ids, width, .. } => ids.saturating_mul(width),
            Self::Dot { .. } => 1,
            Self::Activation { width, .. }
            | Self::Dropout { width, .. }
            | Self::LayerNorm { width, .. }
            | Self::BatchNorm { width, .. }
            | Self::Concat { width }
            | Self::Add { width } => width,
        }
    }

    /// Widths of the values that it reads, where it reads so many; of a concatenation their sum.
    fn takes(&self, count: usize) -> Vec<usize> {
        match *self {
            Self::Dense(dense) => vec![dense.inputs],
            Self::Embedding { ids, .. } => vec![ids],
            Self::Dot { width } => vec![width; 2],
            Self::Add { width } => vec![width; count],
            Self::Activation { width, .. }
            | Self::Dropout { width, .. }
            | Self::LayerNorm { width, .. }
            | Self::BatchNorm { width, .. }
            | Self::Concat { width } => vec![width],
        }
    }
}

/// What is minimised: the mean over the batch of weightᵢ·lossᵢ, by the number of examples, not by the sum of their weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Of each example.
    pub loss: Loss,
    /// `[examples]` of the dataset; 1 each where there are none.
    pub weights: Option<Vec<f64>>,
}

impl From<Loss> for Objective {
    fn from(loss: Loss) -> Self {
        Self { loss, weights: None }
    }
}
