//! The optimizers beyond the momentum family, a small file each: numbers of a step, and what one step makes of one element.

mod ada_delta;
mod ada_grad;
mod adam;
mod agg_mo;
mod ams_grad;
mod decay;
mod lion;
mod muon;
mod nadam;
mod qhm;
mod rms_prop;

pub use ada_delta::AdaDelta;
pub use ada_grad::AdaGrad;
pub use adam::Adam;
pub use agg_mo::AggMo;
pub use ams_grad::AmsGrad;
pub use decay::Decay;
pub use lion::Lion;
pub use muon::Muon;
pub use nadam::NAdam;
pub use qhm::Qhm;
pub use rms_prop::RmsProp;

use crate::number::Number;

/// b·s + gain·x: a moving average, its product with x rounded first; nearly nothing becomes 0.
#[inline(always)]
fn mean<N: Number>(b: N, s: N, gain: N, x: N) -> N {
    b.fma(s, gain * x).settled()
}
