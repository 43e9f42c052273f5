use crate::arena::Region;
use crate::batch_norm::BatchNorm;
use crate::compile::{Gradients, Purpose};
use crate::dense::Place;
use crate::embedding::Embedding;
use crate::gather::Gather;
use crate::layer_norm::LayerNorm;
use crate::lists::{List, Listed, Sift};
use crate::loss::LossOp;
use crate::op::Op;
use crate::parameter::{Allocator, Parameters, memory};
use crate::spec::{Layer, Spec};
use crate::values::Values;
use ravine_kernels::{Activation, Element, Loss, padded};
use std::sync::Arc;

/// The operations of one way, how much memory they take, and where the outputs lie.
pub(crate) struct Emitted<T: Element> {
    pub(crate) ops: Vec<Arc<dyn Op<T>>>,
    pub(crate) len: usize,
    pub(crate) outputs: Region,
}

/// The operations of one way in the making: node after node, then back.
pub(crate) struct Emission<'a, T: Element> {
    pub(crate) spec: &'a Spec,
    pub(crate) places: &'a [Parameters],
    pub(crate) purpose: Purpose,
    /// The features as lists; else they are in panels.
    pub(crate) listed: Option<Listed>,
    pub(crate) work: Allocator,
    pub(crate) ops: Vec<Arc<dyn Op<T>>>,
    /// By number, as far as there are some.
    pub(crate) values: Vec<Values>,
    /// Of each node what its gradient needs.
    pub(crate) kept: Vec<Kept>,
    /// Where a tuner remembers and, where there is one, says what it has found.
    pub(crate) memory: Region,
    pub(crate) tuned: Option<Region>,
    /// Of each value the gradients that its readers have given, from the last reader to the first.
    pub(crate) parts: Vec<Vec<Values>>,
}

/// What a node keeps of the way forward.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    Nothing,
    Dense(Place),
    Mask(Values),
    LayerNorm(LayerNorm),
    BatchNorm(BatchNorm),
    Embedding(Embedding),
}

impl<'a, T: Element> Emission<'a, T> {
    pub(crate) fn new(
        spec: &'a Spec,
        places: &'a [Parameters],
        purpose: Purpose,
        (work, inputs, listed): (Allocator, &[Region], Option<Listed>),
    ) -> Self {
        let batch = purpose.batch;
        let input = |(&region, &width): (&Region, &usize)| Values { region, width, batch };
        let values = inputs.iter().zip(&spec.inputs).map(input).collect();
        let parts = vec![Vec::new(); spec.inputs.len() + spec.nodes.len()];
        Self {
            spec,
            places,
            purpose,
            listed,
            work,
            ops: Vec::new(),
            values,
            kept: Vec::new(),
            memory: memory(),
            tuned: None,
            parts,
        }
    }

    /// Features, nodes, loss, gradients and updates, as far as they are asked for.
    pub(crate) fn all(mut self) -> Emitted<T> {
        if self.purpose.gradients == Gradients::Given {
            return self.updated();
        }
        self.features();
        (0..self.spec.nodes.len()).for_each(|node| self.forward(node));
        let outputs = self.values[self.values.len() - 1];
        if let Some(loss) = self.purpose.loss {
            self.loss(loss, outputs);
            if self.purpose.gradients != Gradients::Ignored {
                (0..self.spec.nodes.len()).rev().for_each(|node| self.backward(node));
            }
        }
        if self.purpose.gradients == Gradients::Unfused {
            return Emitted { outputs: outputs.region, ..self.updated() };
        }
        Emitted { ops: self.ops, len: self.work.len, outputs: outputs.region }
    }

    /// What is done with gradients that have been written.
    fn updated(mut self) -> Emitted<T> {
        self.tuned = self.whole();
        (0..self.spec.nodes.len()).for_each(|node| self.updates(node));
        let outputs = Region { len: 0, ..self.memory };
        Emitted { ops: self.ops, len: self.work.len, outputs }
    }

    pub(crate) fn push(&mut self, op: impl Op<T> + 'static) {
        self.ops.push(Arc::new(op));
    }

    /// Room for values.
    pub(crate) fn room(&mut self, width: usize) -> Values {
        let batch = self.purpose.batch;
        Values { region: self.work.take(padded::<T>(width), batch), width, batch }
    }

    fn features(&mut self) {
        if let Some(listed) = self.listed {
            self.push(List(listed));
            if self.purpose.gradients != Gradients::Ignored {
                self.push(Sift(listed));
            }
            return;
        }
        let (mut first, normalised) = (0, !self.spec.feeds_one_dense());
        for Values { region: input, width, batch } in self.values.clone() {
            self.push(Gather { input, first, width, batch, normalised });
            first += width;
        }
    }

    fn loss(&mut self, loss: Loss, outputs: Values) {
        let Values { region, width, batch } = outputs;
        let activation = match self.spec.nodes.last().map(|node| node.layer) {
            Some(Layer::Dense(dense)) => dense.activation,
            _ => Activation::Linear,
        };
        let gradient = self.room(width);
        let rows = self.work.take(LossOp::tiles(batch) * 2, padded::<T>(width));
        let grad_outputs = gradient.region;
        self.push(LossOp { loss, outputs: region, grad_outputs, activation, width, rows, batch });
        self.parts[self.values.len() - 1].push(gradient);
    }
}
