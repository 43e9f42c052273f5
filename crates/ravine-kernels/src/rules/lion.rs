use super::{Decay, mean};
use crate::element::Element;

/// p ← p − ηλp;  p ← p − η·sign(β₁m + (1−β₁)g);  then m ← β₂m + (1−β₂)g
///
/// Source: Chen et al., "Symbolic discovery of optimization algorithms", 2023; optax' and Keras' `Lion`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lion<T> {
    beta1: T,
    gain1: T,
    beta2: T,
    gain2: T,
    rate: T,
    decay: Decay<T>,
}

impl<T: Element> Lion<T> {
    /// From (β₁, 1−β₁, β₂, 1−β₂, η, λ, ηλ).
    pub fn new([beta1, gain1, beta2, gain2, rate, coupled, decoupled]: [f64; 7]) -> Self {
        let [beta1, gain1, beta2, gain2, rate] = [beta1, gain1, beta2, gain2, rate].map(T::from_f64);
        Self { beta1, gain1, beta2, gain2, rate, decay: Decay::new(coupled, decoupled) }
    }

    #[inline(always)]
    pub(crate) fn step(&self, p: T, m: T, g: T) -> (T, T) {
        let (p, g) = self.decay.of(p, g);
        let direction = sign(self.beta1.fma(m, self.gain1 * g));
        ((-self.rate).fma(direction, p), mean(self.beta2, m, self.gain2, g))
    }
}

/// ±1; of zeros and NaN, themselves.
#[inline(always)]
fn sign<T: Element>(x: T) -> T {
    let down = if x < T::ZERO { -T::ONE } else { x };
    if x > T::ZERO { T::ONE } else { down }
}
