use super::{Decay, mean};
use crate::element::Element;
use crate::number::Number;

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
}

impl<N: Number> Adam<N> {
    #[inline(always)]
    pub(crate) fn step(&self, p: N, m: N, v: N, g: N) -> (N, N, N) {
        let (p, g) = self.decayed(p, g);
        let (m, v) = self.moments(m, v, g);
        ((-self.rate).fma(m / self.spread(v), p), m, v)
    }

    /// (p, g), decayed.
    #[inline(always)]
    pub(super) fn decayed(&self, p: N, g: N) -> (N, N) {
        self.decay.of(p, g)
    }

    /// (m, v) of the next step.
    #[inline(always)]
    pub(super) fn moments(&self, m: N, v: N, g: N) -> (N, N) {
        (mean(self.beta1, m, self.gain1, g), mean(self.beta2, v, self.gain2, g * g))
    }

    /// √v·c + ε
    #[inline(always)]
    pub(super) fn spread(&self, v: N) -> N {
        v.sqrt().fma(self.scale, self.epsilon)
    }

    /// Its numbers as others, vectors say.
    #[inline(always)]
    pub(crate) fn map<M>(&self, to: impl Fn(N) -> M) -> Adam<M> {
        let [beta1, gain1, beta2, gain2] = [self.beta1, self.gain1, self.beta2, self.gain2].map(&to);
        let [rate, scale, epsilon] = [self.rate, self.scale, self.epsilon].map(&to);
        Adam { beta1, gain1, beta2, gain2, rate, scale, epsilon, decay: self.decay.map(to) }
    }
}
