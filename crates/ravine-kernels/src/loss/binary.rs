use super::{Answer, Loss, each};
use crate::element::Element;
use crate::math::{exp64, logp64};
use crate::reduce::argmax;

/// The losses of yes and no, each output by itself: targets are 1 and 0, or 1 and −1 for the hinges. A label says yes to its own output
/// and no to the others; to a single output 1 says yes. Right is a row whose outputs all lie on the side of their targets, or whose
/// largest is its label's.
#[inline(always)]
pub(super) fn binary<T: Element>(
    loss: Loss,
    outputs: &[T],
    answer: Answer<'_, T>,
    batch: usize,
    gradient: &mut [T],
) -> (f64, bool) {
    let single = outputs.len() == 1;
    let (no, middle) = if loss == Loss::BinaryCrossEntropy { (0.0, 0.5) } else { (-1.0, 0.0) };
    let target = |j: usize| match answer {
        Answer::Targets(targets) => targets[j].to_f64(),
        Answer::Label(label) if label == if single { 1 } else { j } => 1.0,
        Answer::Label(_) => no,
    };
    let right = match answer {
        Answer::Label(label) if !single => argmax(outputs) == label,
        _ => outputs.iter().enumerate().all(|(j, &y)| (y > T::ZERO) == (target(j) > middle)),
    };
    let found = match loss {
        Loss::BinaryCrossEntropy => each(outputs, target, batch, gradient, binary_cross_entropy),
        Loss::Hinge => each(outputs, target, batch, gradient, hinge),
        _ => each(outputs, target, batch, gradient, squared_hinge),
    };
    (found, right)
}

/// −t·log σ(z) − (1 − t)·log(1 − σ(z)) = max(z, 0) − z·t + log(1 + e^{−|z|}), which does not overflow; slope σ(z) − t.
#[inline(always)]
fn binary_cross_entropy(z: f64, t: f64) -> (f64, f64) {
    let above = if z <= 0.0 { 0.0 } else { z };
    (above - z * t + logp64(exp64(-z.abs())), 1.0 / (1.0 + exp64(-z)) - t)
}

/// max(0, 1 − t·y)
#[inline(always)]
fn hinge(y: f64, t: f64) -> (f64, f64) {
    let margin = 1.0 - t * y;
    if margin <= 0.0 { (0.0, 0.0) } else { (margin, -t) }
}

/// max(0, 1 − t·y)²
#[inline(always)]
fn squared_hinge(y: f64, t: f64) -> (f64, f64) {
    let margin = 1.0 - t * y;
    if margin <= 0.0 { (0.0, 0.0) } else { (margin * margin, -2.0 * t * margin) }
}
