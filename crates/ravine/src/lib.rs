//! The mathematics of ravine: primitives over ndarray views, and models that train by a plan of phases of tiles.
//!
//! # Terminology
//!
//! A **spec** names layers and shapes; it is compiled once into a **plan**: memory in one arena and a list of **phases**. A
//! phase is a number of independent **tiles**; a tile computes one region of one output, whole. A training step is: for each
//! phase every worker computes its tiles, then a barrier. Every element of every output is one chain of fused multiply–adds,
//! so neither tiles nor workers can change a bit.
//!
//! # Shapes
//!
//! Matrices are row-major: features [examples, inputs], weight [outputs, inputs], as PyTorch saves them. Inside, everything
//! lies in panels (see `ravine_kernels`).

mod activation;
mod arena;
mod backward;
mod barrier;
mod batch_norm;
mod block;
mod claims;
mod clip;
mod compile;
mod concat;
pub mod csv;
mod dataset;
mod dense;
mod dot;
mod dropout;
mod embedding;
mod emission;
mod error;
mod features;
mod forward;
mod gather;
mod governor;
mod gradient;
mod layer_norm;
mod linear;
mod lists;
mod loss;
mod matmul;
mod model;
mod momentum;
mod momentum_sparse;
mod muon;
mod op;
mod optimizer;
#[cfg(all(test, loom))]
mod orders;
mod packed;
mod parameter;
mod plan;
mod pool;
mod predict_sync;
mod profile;
mod random;
mod roof;
mod run;
mod scalar;
mod small;
mod spare;
mod sparse;
mod spec;
mod sum;
mod sums;
mod sync;
mod train;
mod tune;
mod turns;
mod update;
mod values;
mod whole;
mod yellow_fin;

pub use activation::{activate, activate_backward};
pub use clip::Clip;
pub use dataset::{Dataset, Fold, Targets};
pub use error::{Error, Result};
pub use features::{Entries, Features, Values};
pub use linear::{Linear, LinearGradients, linear, linear_backward};
pub use loss::{CrossEntropy, mean_squared_error, softmax_cross_entropy};
pub use matmul::matmul;
pub use model::{Evaluation, Model};
pub use momentum::momentum_step;
pub use momentum_sparse::{momentum_catch_up, momentum_step_sparse};
pub use optimizer::{Group, Optimizer};
pub use pool::{available_threads, shutdown};
pub use profile::Timing;
pub use random::{Philox, shuffle};
pub use ravine_kernels::{Activation, Drift, Element, Isa, Loss, Momentum};
pub use roof::peak_gflops;
pub use spec::{Dense, Layer, Node, Objective, Spec};
pub use train::{Begun, Job, Outcome, StepEvent, Summary};
pub use tune::{Restart, Tuner};
pub use yellow_fin::YellowFin;
