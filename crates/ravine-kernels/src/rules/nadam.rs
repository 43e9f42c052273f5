use super::Adam;
use crate::element::Element;

/// As [`Adam`], looking ahead: p ← p − (ρm + κg) / (√v·c + ε)
///
/// Source: Dozat 2016; PyTorch's `NAdam`, whose ρ and κ follow from products of a growing momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NAdam<T> {
    adam: Adam<T>,
    share: T,
}

impl<T: Element> NAdam<T> {
    /// From (β₁, 1−β₁, β₂, 1−β₂, ρ, κ, c, ε, λ, ηλ).
    pub fn new([beta1, gain1, beta2, gain2, rate, share, scale, epsilon, coupled, decoupled]: [f64; 10]) -> Self {
        let adam = Adam::new([beta1, gain1, beta2, gain2, rate, scale, epsilon, coupled, decoupled]);
        Self { adam, share: T::from_f64(share) }
    }

    #[inline(always)]
    pub(crate) fn step(&self, p: T, m: T, v: T, g: T) -> (T, T, T) {
        let (p, g) = self.adam.decayed(p, g);
        let (m, v) = self.adam.moments(m, v, g);
        (p - self.adam.rate.fma(m, self.share * g) / self.adam.spread(v), m, v)
    }
}
