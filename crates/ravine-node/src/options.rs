//! What JavaScript asks for, by name, as what `crates/ravine` takes.

use crate::error::coded;
use napi::bindgen_prelude::Float64Array;
use napi::{Error, Result};
use napi_derive::napi;
use ravine::{Activation, Dense, Group, Job, Loss, Optimizer, Spec};

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

/// A dense layer of a spec.
#[napi(object)]
pub struct LayerOptions {
    /// Width of its input.
    pub inputs: u32,
    /// Width of its output.
    pub outputs: u32,
    /// One of `activations` in `src/spec.ts`.
    pub activation: String,
    /// Whether it has a bias.
    pub bias: bool,
}

/// A network, compiled by `src/model.ts`.
#[napi(object)]
pub struct SpecOptions {
    /// 'f32' or 'f64'.
    #[napi(ts_type = "'f32' | 'f64'")]
    pub dtype: String,
    /// Features of an example.
    pub inputs: u32,
    /// In order.
    pub layers: Vec<LayerOptions>,
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
}

impl UpdateOptions {
    pub(crate) fn optimizer(&self) -> Optimizer {
        let group = |group: &GroupOptions| Group {
            rule: group.rule.clone(),
            rows: group.rows.to_vec(),
            width: group.width as usize,
        };
        Optimizer { groups: self.groups.iter().map(group).collect(), of: self.of.clone() }
    }
}

/// A training run.
#[napi(object)]
pub struct TrainOptions {
    /// 'crossEntropy' or 'meanSquaredError'.
    pub loss: String,
    /// What is made of the gradients.
    pub update: UpdateOptions,
    /// Examples of a step.
    pub batch_size: u32,
    /// Passes over the data.
    pub epochs: u32,
    /// Number of the first epoch since the model was made.
    pub first_epoch: u32,
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
        let layers = self.layers.iter().map(dense).collect::<Result<_>>()?;
        Ok(Spec { inputs: self.inputs as usize, layers })
    }
}

fn dense(layer: &LayerOptions) -> Result<Dense> {
    let activation = activation(&layer.activation)?;
    Ok(Dense { inputs: layer.inputs as usize, outputs: layer.outputs as usize, activation, bias: layer.bias })
}

pub(crate) fn job(options: &TrainOptions) -> Result<Job> {
    Ok(Job {
        loss: named_loss(&options.loss)?,
        batch: options.batch_size as usize,
        epochs: options.epochs as usize,
        first_epoch: options.first_epoch,
        shuffle: options.shuffle,
        seed: options.seed as u64,
        threads: options.threads as usize,
        log_every: options.log_every as usize,
        optimizer: options.update.optimizer(),
        profile: options.profile.unwrap_or(false),
        fused: options.fused.unwrap_or(true),
    })
}

pub(crate) fn named_loss(name: &str) -> Result<Loss> {
    match name {
        "crossEntropy" => Ok(Loss::CrossEntropy),
        "meanSquaredError" => Ok(Loss::MeanSquaredError),
        other => Err(unknown("loss", "'crossEntropy' or 'meanSquaredError'", other)),
    }
}

fn activation(name: &str) -> Result<Activation> {
    let found = Activation::ALL.iter().find(|(known, _)| *known == name);
    found.map(|(_, activation)| *activation).ok_or_else(|| unknown("activation", "the name of one", name))
}

pub(crate) fn unknown(name: &str, expected: &str, received: &str) -> Error {
    coded("ERR_RAVINE_HYPERPARAMETER", &format!("expected {name} to be {expected} but received '{received}'"))
}
