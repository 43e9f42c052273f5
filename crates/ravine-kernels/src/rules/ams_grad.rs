use super::{Decay, mean};
use crate::element::Element;

/// As [`super::Adam`], with the largest v so far below the root: u ← max(u, v);  p ← p − ρ·m / (√u·c + ε)
///
/// Source: Reddi, Kale and Kumar 2018; PyTorch's `Adam(amsgrad=True)`, whose largest is taken before the correction of bias.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmsGrad<T> {
    beta1: T,
    gain1: T,
    beta2: T,
    gain2: T,
    rate: T,
    scale: T,
    epsilon: T,
    decay: Decay<T>,
}

impl<T: Element> AmsGrad<T> {
    /// From (β₁, 1−β₁, β₂, 1−β₂, ρ, c, ε, λ, ηλ).
    pub fn new([beta1, gain1, beta2, gain2, rate, scale, epsilon, coupled, decoupled]: [f64; 9]) -> Self {
        let [beta1, gain1, beta2, gain2, rate, scale, epsilon] =
            [beta1, gain1, beta2, gain2, rate, scale, epsilon].map(T::from_f64);
        Self { beta1, gain1, beta2, gain2, rate, scale, epsilon, decay: Decay::new(coupled, decoupled) }
    }

    #[inline(always)]
    pub(crate) fn step(&self, p: T, m: T, v: T, most: T, g: T) -> (T, T, T, T) {
        let (p, g) = self.decay.of(p, g);
        let m = mean(self.beta1, m, self.gain1, g);
        let v = mean(self.beta2, v, self.gain2, g * g);
        // NaN is taken, and stays.
        let most = if v <= most { most } else { v };
        let spread = most.sqrt().fma(self.scale, self.epsilon);
        ((-self.rate).fma(m / spread, p), m, v, most)
    }
}
