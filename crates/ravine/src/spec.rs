use ravine_kernels::Activation;

/// A network: dense layers one after another (other nodes and branches are to come as further kinds of node).
#[derive(Clone, Debug)]
pub struct Spec {
    /// Features of an example.
    pub inputs: usize,
    /// The layers in order.
    pub layers: Vec<Dense>,
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

/// What is minimised: the mean over the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// −log softmax(logits)[label]
    CrossEntropy,
    /// (output − target)², mean over the outputs too
    MeanSquaredError,
}
