//! What JavaScript asks for, by name, as what `crates/ravine` takes.

use crate::error::coded;
use napi::bindgen_prelude::Float64Array;
use napi::{Error, Result};
use napi_derive::napi;
use ravine::{
    Activation, Begun, Clip, Dense, Group, Job, Layer, Loss, Node, Objective, Optimizer, Restart, Spec, Tuner,
    YellowFin,
};

#[derive(Clone, Copy)]
pub(crate) enum Dtype {
    F32,
    F64,
}

impl Dtype {
    pub(crate) fn named(name: &str) -> Result<Self> {
        match name {
            "f32" => Ok(Self::F32),
            "f64" => Ok(Self::F64),
            other => Err(unknown("dtype", "'f32' or 'f64'", other)),
        }
    }
}

/// A node of a graph; what a kind of node does not need is absent.
#[napi(object)]
pub struct NodeOptions {
    /// 'dense', 'activation', 'dropout', 'layerNorm', 'batchNorm', 'embedding', 'concat', 'add' or 'dot'.
    pub op: String,
    /// The values that it reads: first the inputs of the graph are numbered, then its nodes.
    pub reads: Vec<u32>,
    /// Width of what it reads, or of each.
    pub inputs: u32,
    /// Width of what it gives.
    pub outputs: u32,
    /// One of `activations` in `src/spec.ts`.
    pub activation: Option<String>,
    /// Whether a dense layer has a bias.
    pub bias: Option<bool>,
    /// The part that a dropout leaves out.
    pub rate: Option<f64>,
    /// Added to a variance.
    pub epsilon: Option<f64>,
    /// Part of the batch's statistics in the running ones.
    pub momentum: Option<f64>,
    /// Rows of a table.
    pub count: Option<u32>,
    /// Whether rows of a table of which no gradient comes stay as they are.
    pub lazy: Option<bool>,
}

/// A network, compiled by `src/model.ts`.
#[napi(object)]
pub struct SpecOptions {
    /// 'f32' or 'f64'.
    #[napi(ts_type = "'f32' | 'f64'")]
    pub dtype: String,
    /// Widths of the inputs, which stand beside each other in the features of an example.
    pub inputs: Vec<u32>,
    /// In order.
    pub nodes: Vec<NodeOptions>,
    /// Of what is drawn in a step.
    pub seed: f64,
}

/// What a group of parameters follows.
#[napi(object)]
pub struct GroupOptions {
    /// The name of a rule, such as 'momentum' or 'adam'.
    pub rule: String,
    /// Numbers of a row.
    pub width: u32,
    /// Rows of the rule's numbers: one for all steps, or one a step.
    pub rows: Float64Array,
}

/// An optimizer over the steps of a run.
#[napi(object)]
pub struct UpdateOptions {
    /// Groups of parameters.
    pub groups: Vec<GroupOptions>,
    /// The group of each parameter, in order; of one that stays as it is a number that no group has.
    pub of: Vec<u32>,
    /// What sets the momentum family's numbers by what a step sees.
    pub tuner: Option<TunerOptions>,
    /// −c ≤ g ≤ c for each element g of a gradient.
    pub clip_value: Option<f64>,
    /// ‖g‖ ≤ c over all parameters.
    pub clip_norm: Option<f64>,
}

/// What sets the momentum family's numbers.
#[napi(object)]
pub struct TunerOptions {
    /// 'yellowFin', 'restartByFunction' or 'restartByGradient'.
    pub kind: String,
    /// (β, window) of YellowFin; momenta of the steps after a restart, the last for all that follow.
    pub numbers: Vec<f64>,
}

impl TunerOptions {
    fn tuner(&self) -> Result<Tuner> {
        let momenta = || self.numbers.clone();
        match (&self.kind[..], &self.numbers[..]) {
            ("yellowFin", &[beta, window]) => Ok(Tuner::YellowFin(YellowFin { beta, window: window as usize })),
            ("restartByFunction", _) => Ok(Tuner::Restart(Restart { by_gradient: false, momenta: momenta() })),
            ("restartByGradient", _) => Ok(Tuner::Restart(Restart { by_gradient: true, momenta: momenta() })),
            (other, _) => Err(unknown("tuner", "'yellowFin' with two numbers, or a restart", other)),
        }
    }
}

impl UpdateOptions {
    pub(crate) fn optimizer(&self) -> Result<Optimizer> {
        let group = |group: &GroupOptions| Group {
            rule: group.rule.clone(),
            rows: group.rows.to_vec(),
            width: group.width as usize,
        };
        let tuner = self.tuner.as_ref().map(TunerOptions::tuner).transpose()?;
        let clip = Clip { value: self.clip_value, norm: self.clip_norm };
        Ok(Optimizer { groups: self.groups.iter().map(group).collect(), of: self.of.clone(), tuner, clip })
    }
}

/// What is minimised: a loss with its numbers, and the weights of examples.
#[napi(object)]
pub struct ObjectiveOptions {
    /// Its name.
    #[napi(ts_type = "\
        | 'meanSquaredError' | 'meanAbsoluteError' | 'huber' | 'logCosh' | 'crossEntropy' | 'binaryCrossEntropy' | 'hinge'\
        | 'squaredHinge' | 'multiclassHinge' | 'poisson' | 'kullbackLeibler'")]
    pub r#type: String,
    /// Of 'huber'.
    pub delta: Option<f64>,
    /// Of 'crossEntropy'.
    pub label_smoothing: Option<f64>,
    /// [examples] of the dataset; 1 each by default.
    pub weights: Option<Float64Array>,
}

/// What there is of an epoch that is not done.
#[napi(object)]
pub struct EpochBegun {
    /// Finished steps.
    pub steps: u32,
    /// Σ of the losses of their examples.
    pub loss: f64,
    /// Right answers.
    pub correct: f64,
}

impl From<Begun> for EpochBegun {
    fn from(Begun { steps, loss, correct }: Begun) -> Self {
        Self { steps: steps as u32, loss, correct: correct as f64 }
    }
}

/// A training run.
#[napi(object)]
pub struct TrainOptions {
    /// What is minimised.
    pub objective: ObjectiveOptions,
    /// What is made of the gradients.
    pub update: UpdateOptions,
    /// Examples of a step.
    pub batch_size: u32,
    /// Passes over the data.
    pub epochs: u32,
    /// Number of the first epoch since the model was made.
    pub first_epoch: u32,
    /// What there is of that epoch already; nothing by default.
    pub begun: Option<EpochBegun>,
    /// Whether each epoch has an order of its own.
    pub shuffle: bool,
    /// Of the shuffle.
    pub seed: f64,
    /// Workers; 0 to choose by size.
    pub threads: u32,
    /// Steps between two events; 0 for none.
    pub log_every: u32,
    /// Whether to find out where the time goes; not by default.
    pub profile: Option<bool>,
    /// Whether gradients stay in registers rather than be written; true by default. Results do not depend on it.
    pub fused: Option<bool>,
}

impl SpecOptions {
    pub(crate) fn network(&self) -> Result<Spec> {
        let nodes = self.nodes.iter().map(node).collect::<Result<_>>()?;
        let inputs = self.inputs.iter().map(|&width| width as usize).collect();
        Ok(Spec { inputs, nodes, seed: self.seed as u64 })
    }
}

fn node(options: &NodeOptions) -> Result<Node> {
    let reads = options.reads.iter().map(|&read| read as usize).collect();
    Ok(Node { reads, layer: layer(options)? })
}

fn layer(options: &NodeOptions) -> Result<Layer> {
    let (inputs, outputs, width) = (options.inputs as usize, options.outputs as usize, options.inputs as usize);
    let activation = || activation(options.activation.as_deref().unwrap_or("linear"));
    let epsilon = options.epsilon.unwrap_or(1e-5);
    match &options.op[..] {
        "dense" => {
            let (activation, bias) = (activation()?, options.bias.unwrap_or(true));
            Ok(Layer::Dense(Dense { inputs, outputs, activation, bias }))
        }
        "activation" => Ok(Layer::Activation { width, activation: activation()? }),
        "dropout" => Ok(Layer::Dropout { width, rate: options.rate.unwrap_or(0.5) }),
        "layerNorm" => Ok(Layer::LayerNorm { width, epsilon }),
        "batchNorm" => Ok(Layer::BatchNorm { width, epsilon, momentum: options.momentum.unwrap_or(0.1) }),
        "embedding" => {
            let count = options.count.unwrap_or(0) as usize;
            let lazy = options.lazy.unwrap_or(false);
            Ok(Layer::Embedding { ids: inputs, count, width: outputs / inputs.max(1), lazy })
        }
        "concat" => Ok(Layer::Concat { width: outputs }),
        "add" => Ok(Layer::Add { width }),
        "dot" => Ok(Layer::Dot { width }),
        other => Err(unknown("op", "the name of a layer", other)),
    }
}

pub(crate) fn job(options: &TrainOptions) -> Result<Job> {
    let Objective { loss, weights } = options.objective.objective()?;
    Ok(Job {
        loss,
        weights,
        batch: options.batch_size as usize,
        epochs: options.epochs as usize,
        first_epoch: options.first_epoch,
        begun: options.begun.as_ref().map(begun).unwrap_or_default(),
        shuffle: options.shuffle,
        seed: options.seed as u64,
        threads: options.threads as usize,
        log_every: options.log_every as usize,
        optimizer: options.update.optimizer()?,
        profile: options.profile.unwrap_or(false),
        fused: options.fused.unwrap_or(true),
    })
}

fn begun(options: &EpochBegun) -> Begun {
    Begun { steps: options.steps as usize, loss: options.loss, correct: options.correct as u64 }
}

impl ObjectiveOptions {
    pub(crate) fn objective(&self) -> Result<Objective> {
        Ok(Objective { loss: self.named()?, weights: self.weights.as_ref().map(|weights| weights.to_vec()) })
    }

    fn named(&self) -> Result<Loss> {
        let number = |name: &str, value: Option<f64>| {
            value.ok_or_else(|| unknown(&format!("{name} of {}", self.r#type), "a number", "nothing"))
        };
        match self.r#type.as_str() {
            "meanSquaredError" => Ok(Loss::MeanSquaredError),
            "meanAbsoluteError" => Ok(Loss::MeanAbsoluteError),
            "huber" => Ok(Loss::Huber { delta: number("delta", self.delta)? }),
            "logCosh" => Ok(Loss::LogCosh),
            "crossEntropy" => Ok(Loss::CrossEntropy { smoothing: number("labelSmoothing", self.label_smoothing)? }),
            "binaryCrossEntropy" => Ok(Loss::BinaryCrossEntropy),
            "hinge" => Ok(Loss::Hinge),
            "squaredHinge" => Ok(Loss::SquaredHinge),
            "multiclassHinge" => Ok(Loss::MulticlassHinge),
            "poisson" => Ok(Loss::Poisson),
            "kullbackLeibler" => Ok(Loss::KullbackLeibler),
            other => Err(unknown("loss", "one of those of src/spec.ts", other)),
        }
    }
}

fn activation(name: &str) -> Result<Activation> {
    let found = Activation::ALL.iter().find(|(known, _)| *known == name);
    found.map(|(_, activation)| *activation).ok_or_else(|| unknown("activation", "the name of one", name))
}

pub(crate) fn unknown(name: &str, expected: &str, received: &str) -> Error {
    coded("ERR_RAVINE_HYPERPARAMETER", &format!("expected {name} to be {expected} but received '{received}'"))
}
