use crate::element::Element;
use crate::isa::Isa;
use crate::math::{exp64, tanh64};

/// The activations, by the order in which they are numbered at the boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// x
    Linear,
    /// max(x, 0); NaN stays NaN
    Relu,
    /// 1 / (1 + e⁻ˣ)
    Sigmoid,
    /// tanh x
    Tanh,
}

/// y ← activation(y), in place.
pub fn activate<T: Element>(isa: Isa, values: &mut [T], activation: Activation) {
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).activate)(values, activation) }
}

/// g ← g · activation′, in place, by the activation's output.
///
/// # Panics
/// When the lengths differ.
pub fn activate_backward<T: Element>(isa: Isa, gradient: &mut [T], output: &[T], activation: Activation) {
    assert_eq!(gradient.len(), output.len(), "lengths differ");
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).activate_backward)(gradient, output, activation) }
}

/// y[r][j] ← scale·y[r][j] + base[j] + 0 over rows of one panel: the normalisation of raw features, folded into the first layer. The
/// zero makes one of both zeros: which of them a sum of nothing else is depends on the zero terms that were left out.
///
/// # Panics
/// When `base` is shorter than a panel.
pub fn fold<T: Element>(isa: Isa, values: &mut [T], scale: T, base: &[T]) {
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).fold)(values, scale, &base[..T::PANEL]) }
}

/// y ← x, bytes as numbers.
///
/// # Panics
/// When the lengths differ.
pub fn widen<T: Element>(isa: Isa, bytes: &[u8], values: &mut [T]) {
    assert_eq!(bytes.len(), values.len(), "lengths differ");
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).widen)(bytes, values) }
}

#[inline(always)]
pub(crate) fn apply_widen<T: Element>(bytes: &[u8], values: &mut [T]) {
    values.iter_mut().zip(bytes).for_each(|(value, &byte)| *value = T::from_byte(byte));
}

#[inline(always)]
pub(crate) fn apply<T: Element>(values: &mut [T], activation: Activation) {
    match activation {
        Activation::Linear => {}
        Activation::Relu => values.iter_mut().for_each(|x| *x = if *x <= T::ZERO { T::ZERO } else { *x }),
        Activation::Sigmoid => each_f64(values, |x| 1.0 / (1.0 + exp64(-x))),
        Activation::Tanh => each_f64(values, tanh64),
    }
}

#[inline(always)]
fn each_f64<T: Element>(values: &mut [T], function: impl Fn(f64) -> f64) {
    values.iter_mut().for_each(|x| *x = T::from_f64(function(x.to_f64())));
}

#[inline(always)]
pub(crate) fn apply_backward<T: Element>(gradient: &mut [T], output: &[T], activation: Activation) {
    match activation {
        Activation::Linear => {}
        Activation::Relu => each_pair(gradient, output, |g, y| if y <= T::ZERO { T::ZERO } else { g }),
        Activation::Sigmoid => each_pair(gradient, output, |g, y| g * (y * (T::ONE - y))),
        Activation::Tanh => each_pair(gradient, output, |g, y| g * (T::ONE - y * y)),
    }
}

#[inline(always)]
fn each_pair<T: Element>(gradient: &mut [T], output: &[T], function: impl Fn(T, T) -> T) {
    gradient.iter_mut().zip(output).for_each(|(g, &y)| *g = function(*g, y));
}

#[inline(always)]
pub(crate) fn apply_fold<T: Element>(values: &mut [T], scale: T, base: &[T]) {
    for row in values.chunks_exact_mut(T::PANEL) {
        row.iter_mut().zip(base).for_each(|(y, &base)| *y = scale.fma(*y, base) + T::ZERO);
    }
}
