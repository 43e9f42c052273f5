use super::{Decay, mean};
use crate::element::Element;

/// As [`super::Adam`], looking ahead: p ← p − (ρm + κg) / (√v·c + ε)
///
/// Source: Dozat 2016; PyTorch's `NAdam`, whose ρ and κ follow from products of a growing momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NAdam<T> {
    beta1: T,
    gain1: T,
    beta2: T,
    gain2: T,
    rate: T,
    share: T,
    scale: T,
    epsilon: T,
    decay: Decay<T>,
}

impl<T: Element> NAdam<T> {
    /// From (β₁, 1−β₁, β₂, 1−β₂, ρ, κ, c, ε, λ, ηλ).
    pub fn new([beta1, gain1, beta2, gain2, rate, share, scale, epsilon, coupled, decoupled]: [f64; 10]) -> Self {
        let [beta1, gain1, beta2, gain2, rate, share, scale, epsilon] =
            [beta1, gain1, beta2, gain2, rate, share, scale, epsilon].map(T::from_f64);
        Self { beta1, gain1, beta2, gain2, rate, share, scale, epsilon, decay: Decay::new(coupled, decoupled) }
    }

    #[inline(always)]
    pub(crate) fn step(&self, p: T, m: T, v: T, g: T) -> (T, T, T) {
        let (p, g) = self.decay.of(p, g);
        let m = mean(self.beta1, m, self.gain1, g);
        let v = mean(self.beta2, v, self.gain2, g * g);
        let spread = v.sqrt().fma(self.scale, self.epsilon);
        (p - self.rate.fma(m, self.share * g) / spread, m, v)
    }
}
