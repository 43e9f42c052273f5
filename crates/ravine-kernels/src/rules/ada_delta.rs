use super::{Decay, mean};
use crate::element::Element;

/// g ← g + λp;  p ← p − ηλp;  v ← ρv + (1−ρ)g²;  δ = √((u + ε) / (v + ε))·g;  u ← ρu + (1−ρ)δ²;  p ← p − ηδ
///
/// Source: Zeiler 2012; PyTorch's `Adadelta`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaDelta<T> {
    rho: T,
    gain: T,
    rate: T,
    epsilon: T,
    decay: Decay<T>,
}

impl<T: Element> AdaDelta<T> {
    /// From (ρ, 1−ρ, η, ε, λ, ηλ).
    pub fn new([rho, gain, rate, epsilon, coupled, decoupled]: [f64; 6]) -> Self {
        let [rho, gain, rate, epsilon] = [rho, gain, rate, epsilon].map(T::from_f64);
        Self { rho, gain, rate, epsilon, decay: Decay::new(coupled, decoupled) }
    }

    #[inline(always)]
    pub(crate) fn step(&self, p: T, v: T, u: T, g: T) -> (T, T, T) {
        let (p, g) = self.decay.of(p, g);
        let v = mean(self.rho, v, self.gain, g * g);
        let delta = ((u + self.epsilon) / (v + self.epsilon)).sqrt() * g;
        ((-self.rate).fma(delta, p), v, mean(self.rho, u, self.gain, delta * delta))
    }
}
