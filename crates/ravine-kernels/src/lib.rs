//! The metal of ravine: products of panels and elementwise rules, written once over a handful of vector operations and
//! compiled for each instruction set.
//!
//! # Layout
//!
//! A matrix [rows, columns] lies in **panels** of [`Element::PANEL`] columns (128 bytes): `[columns / PANEL][rows][PANEL]`,
//! the last one padded. A panel of a weight is the vector side of a tile, a panel of activations the broadcast side, so
//! forward, gradient and update use one format and nothing is repacked.
//!
//! # Numbers
//!
//! Every element of a product is one chain of fused multiply–adds over ascending steps, cut at multiples of [`CHAIN`] whose
//! parts are added in order. Tile sizes, vector width and threads therefore cannot change a bit.
//!
//! All `unsafe` of the arithmetic is in this crate; its public functions are safe and check their slices.

mod block;
mod dispatch;
mod element;
mod elementwise;
mod isa;
mod lanes;
mod left;
mod lists;
mod loss;
pub mod math;
mod momentum;
mod momentum_sparse;
mod multiply;
mod number;
mod panels;
mod part;
mod peak;
mod prefetch;
mod product;
mod reduce;
mod rule;
mod rules;
mod scalar;
mod sift;
mod small;
mod sparse;
mod sparse_update;
mod step;
mod transpose;
mod update;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;

pub use block::Block;
pub use element::Element;
pub use elementwise::{Activation, activate, activate_backward, fold, widen};
pub use isa::Isa;
pub use lists::{BLOCK, Columns, Lists};
pub use loss::{Answers, Goal, Loss, judge};
pub use momentum::{Momentum, momentum};
pub use momentum_sparse::{Drift, drift};
pub use multiply::{Matrix, Start, multiply};
pub use number::Number;
pub use panels::{pack, pack_panel, padded, unpack, untranspose_panel};
pub use part::Part;
pub use peak::peak;
pub use prefetch::prefetch;
pub use product::{CHAIN, Out, Rows, gradient, product};
pub use reduce::{add_rows, argmax, max, sum16};
pub use rule::{MOST_STATES, Rule, Rules, apply};
pub use rules::{AdaDelta, AdaGrad, Adam, AggMo, AmsGrad, Decay, Lion, Muon, NAdam, Qhm, RmsProp};
pub use sift::{Numbers, Row, bits, list, sift};
pub use small::{Small, SmallLayer, SmallParameter, small_step, small_work};
pub use sparse::sparse_product;
pub use sparse_update::{PANELS, sparse_gradient, sparse_update};
pub use transpose::{transpose_panel, transpose_rows, transpose_square};
pub use update::update;
