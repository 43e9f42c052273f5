use super::{Loss, each};
use crate::element::Element;
use crate::math::{exp64, logp64, tanh64};
use std::f64::consts::LN_2;

/// The losses of real targets; NaN for any other loss.
#[inline(always)]
pub(super) fn regression<T: Element>(
    loss: Loss,
    outputs: &[T],
    targets: &[T],
    batch: usize,
    gradient: &mut [T],
) -> f64 {
    let target = |j: usize| targets[j].to_f64();
    match loss {
        Loss::MeanSquaredError => each(outputs, target, batch, gradient, squared),
        Loss::MeanAbsoluteError => each(outputs, target, batch, gradient, absolute),
        Loss::Huber { delta } => each(outputs, target, batch, gradient, |y, t| huber(y - t, delta)),
        Loss::LogCosh => each(outputs, target, batch, gradient, |y, t| (log_cosh(y - t), tanh64(y - t))),
        Loss::Poisson => each(outputs, target, batch, gradient, poisson),
        _ => f64::NAN,
    }
}

/// (y − t)²
#[inline(always)]
fn squared(y: f64, t: f64) -> (f64, f64) {
    let difference = y - t;
    (difference * difference, 2.0 * difference)
}

/// |y − t|, whose slope is 0 at its corner.
#[inline(always)]
fn absolute(y: f64, t: f64) -> (f64, f64) {
    let difference = y - t;
    let slope = if difference == 0.0 { 0.0 } else { sign(difference) };
    (difference.abs(), slope)
}

/// d²/2 where |d| ≤ δ, δ(|d| − δ/2) beyond
#[inline(always)]
fn huber(difference: f64, delta: f64) -> (f64, f64) {
    let size = difference.abs();
    if size <= delta {
        (0.5 * (difference * difference), difference)
    } else {
        (delta * (size - 0.5 * delta), delta * sign(difference))
    }
}

/// log cosh d = |d| − log 2 + log(1 + e^{−2|d|}), and −½·log(1 − tanh² d) near 0, where that would cancel.
#[inline(always)]
fn log_cosh(difference: f64) -> f64 {
    let size = difference.abs();
    if size < 1.0 {
        let slope = tanh64(size);
        -0.5 * logp64(-(slope * slope))
    } else {
        size - LN_2 + logp64(exp64(-2.0 * size))
    }
}

/// eʸ − t·y
#[inline(always)]
fn poisson(y: f64, t: f64) -> (f64, f64) {
    let rate = exp64(y);
    (rate - t * y, rate - t)
}

#[inline(always)]
fn sign(difference: f64) -> f64 {
    if difference < 0.0 { -1.0 } else { 1.0 }
}
