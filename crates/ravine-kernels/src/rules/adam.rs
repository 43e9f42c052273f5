use super::{Decay, mean};
use crate::element::Element;

/// g ← g + λp;  p ← p − ηλp;  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  p ← p − ρ·m / (√v·c + ε)
///
/// With ρ = η/(1−β₁ᵗ) and c = 1/√(1−β₂ᵗ) this is Adam, with ηλ AdamW; with c = 1 and another ρ it is RAdam, and its steps without
/// adaptation have c = 0, ε = 1.
///
/// Source: Kingma and Ba 2015; Loshchilov and Hutter 2019; Liu et al. 2020; PyTorch's `Adam`, `AdamW`, `RAdam`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam<T> {
    beta1: T,
    gain1: T,
    beta2: T,
    gain2: T,
    pub(super) rate: T,
    scale: T,
    epsilon: T,
    decay: Decay<T>,
}

impl<T: Element> Adam<T> {
    /// From (β₁, 1−β₁, β₂, 1−β₂, ρ, c, ε, λ, ηλ).
    pub fn new([beta1, gain1, beta2, gain2, rate, scale, epsilon, coupled, decoupled]: [f64; 9]) -> Self {
        let [beta1, gain1, beta2, gain2, rate, scale, epsilon] =
            [beta1, gain1, beta2, gain2, rate, scale, epsilon].map(T::from_f64);
        Self { beta1, gain1, beta2, gain2, rate, scale, epsilon, decay: Decay::new(coupled, decoupled) }
    }

    #[inline(always)]
    pub(crate) fn step(&self, p: T, m: T, v: T, g: T) -> (T, T, T) {
        let (p, g) = self.decayed(p, g);
        let (m, v) = self.moments(m, v, g);
        ((-self.rate).fma(m / self.spread(v), p), m, v)
    }

    /// (p, g), decayed.
    #[inline(always)]
    pub(super) fn decayed(&self, p: T, g: T) -> (T, T) {
        self.decay.of(p, g)
    }

    /// (m, v) of the next step.
    #[inline(always)]
    pub(super) fn moments(&self, m: T, v: T, g: T) -> (T, T) {
        (mean(self.beta1, m, self.gain1, g), mean(self.beta2, v, self.gain2, g * g))
    }

    /// √v·c + ε
    #[inline(always)]
    pub(super) fn spread(&self, v: T) -> T {
        v.sqrt().fma(self.scale, self.epsilon)
    }
}
