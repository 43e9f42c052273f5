use crate::element::Element;
use crate::isa::Isa;
use crate::math::{DENSITY, exp64, expm64, logp64, normal64, tanh64};

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
    /// x, or x/100 below 0
    LeakyRelu,
    /// x·Φ(x), Φ the normal distribution
    Gelu,
    /// x / (1 + e^(−2u)) = x·(1 + tanh u)/2 with u = √(2/π)·(x + 0.044715·x³): nearly the one before
    GeluTanh,
    /// x / (1 + e⁻ˣ)
    Silu,
    /// x, or eˣ − 1 below 0
    Elu,
    /// ln(1 + eˣ)
    Softplus,
}

impl Activation {
    /// All of them with their names, by number.
    pub const ALL: [(&'static str, Self); 10] = [
        ("linear", Self::Linear),
        ("relu", Self::Relu),
        ("sigmoid", Self::Sigmoid),
        ("tanh", Self::Tanh),
        ("leakyRelu", Self::LeakyRelu),
        ("gelu", Self::Gelu),
        ("geluTanh", Self::GeluTanh),
        ("silu", Self::Silu),
        ("elu", Self::Elu),
        ("softplus", Self::Softplus),
    ];

    /// Whether the derivative is taken by the input: the output of what is not monotone does not tell it.
    pub fn by_input(self) -> bool {
        matches!(self, Self::Gelu | Self::GeluTanh | Self::Silu)
    }
}

/// y ← activation(y), in place.
pub fn activate<T: Element>(isa: Isa, values: &mut [T], activation: Activation) {
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).activate)(values, activation) }
}

/// g ← g · activation′, in place, by what is kept of the activation: its output or, [`Activation::by_input`], its input.
///
/// # Panics
/// When the lengths differ.
pub fn activate_backward<T: Element>(isa: Isa, gradient: &mut [T], kept: &[T], activation: Activation) {
    assert_eq!(gradient.len(), kept.len(), "lengths differ");
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).activate_backward)(gradient, kept, activation) }
}

/// `y[r][j] ← scale·y[r][j] + base[j] + 0` over rows of one panel: the normalisation of raw features, folded into the first layer. The
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
        Activation::LeakyRelu => {
            let slope = T::from_f64(SLOPE);
            values.iter_mut().for_each(|x| *x = if *x <= T::ZERO { slope * *x } else { *x });
        }
        Activation::Gelu => each_f64(values, |x| x * normal64(x)),
        Activation::GeluTanh => each_f64(values, |x| x / (1.0 + exp64(-2.0 * bent(x)))),
        Activation::Silu => each_f64(values, |x| x / (1.0 + exp64(-x))),
        Activation::Elu => each_f64(values, |x| if x <= 0.0 { expm64(x) } else { x }),
        Activation::Softplus => each_f64(values, |x| x.max(0.0) + logp64(exp64(-x.abs()))),
    }
}

#[inline(always)]
fn each_f64<T: Element>(values: &mut [T], function: impl Fn(f64) -> f64) {
    values.iter_mut().for_each(|x| *x = T::from_f64(function(x.to_f64())));
}

#[inline(always)]
pub(crate) fn apply_backward<T: Element>(gradient: &mut [T], kept: &[T], activation: Activation) {
    match activation {
        Activation::Linear => {}
        Activation::Relu => each_pair(gradient, kept, |g, y| if y <= T::ZERO { T::ZERO } else { g }),
        Activation::Sigmoid => each_pair(gradient, kept, |g, y| g * (y * (T::ONE - y))),
        Activation::Tanh => each_pair(gradient, kept, |g, y| g * (T::ONE - y * y)),
        Activation::LeakyRelu => {
            let slope = T::from_f64(SLOPE);
            each_pair(gradient, kept, |g, y| if y <= T::ZERO { slope * g } else { g });
        }
        Activation::Gelu => by_slope(gradient, kept, |x| normal64(x) + x * (DENSITY * exp64(x * x * -0.5))),
        Activation::GeluTanh => by_slope(gradient, kept, |x| {
            let s = 1.0 / (1.0 + exp64(-2.0 * bent(x)));
            s + x * (s * (1.0 - s) * (2.0 * BEND * (1.0 + 3.0 * CUBE * (x * x))))
        }),
        Activation::Silu => by_slope(gradient, kept, |x| {
            let s = 1.0 / (1.0 + exp64(-x));
            s * (1.0 + x * (1.0 - s))
        }),
        Activation::Elu => each_pair(gradient, kept, |g, y| if y <= T::ZERO { g * (y + T::ONE) } else { g }),
        Activation::Softplus => by_slope(gradient, kept, |y| -expm64(-y)),
    }
}

/// Of the leaky ReLU below 0.
const SLOPE: f64 = 0.01;
/// √(2/π)
const BEND: f64 = 0.7978845608028654;
const CUBE: f64 = 0.044715;

/// √(2/π)·(x + 0.044715·x³)
#[inline(always)]
fn bent(x: f64) -> f64 {
    BEND * (x + CUBE * (x * x * x))
}

#[inline(always)]
fn each_pair<T: Element>(gradient: &mut [T], kept: &[T], function: impl Fn(T, T) -> T) {
    gradient.iter_mut().zip(kept).for_each(|(g, &y)| *g = function(*g, y));
}

/// g ← g·slope, the slope rounded first.
#[inline(always)]
fn by_slope<T: Element>(gradient: &mut [T], kept: &[T], slope: impl Fn(f64) -> f64) {
    each_pair(gradient, kept, |g, x| g * T::from_f64(slope(x.to_f64())));
}

#[inline(always)]
pub(crate) fn apply_fold<T: Element>(values: &mut [T], scale: T, base: &[T]) {
    for row in values.chunks_exact_mut(T::PANEL) {
        row.iter_mut().zip(base).for_each(|(y, &base)| *y = scale.fma(*y, base) + T::ZERO);
    }
}
