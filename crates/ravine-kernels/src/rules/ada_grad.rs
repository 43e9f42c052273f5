use super::Decay;
use crate::element::Element;

/// g ← g + λp;  p ← p − ηλp;  s ← s + g²;  p ← p − ρ·g / (√s + ε)
///
/// Source: Duchi, Hazan and Singer 2011; PyTorch's `Adagrad`, where ρ = η / (1 + (t−1)·decay).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaGrad<T> {
    rate: T,
    epsilon: T,
    decay: Decay<T>,
}

impl<T: Element> AdaGrad<T> {
    /// From (ρ, ε, λ, ηλ).
    pub fn new([rate, epsilon, coupled, decoupled]: [f64; 4]) -> Self {
        Self { rate: T::from_f64(rate), epsilon: T::from_f64(epsilon), decay: Decay::new(coupled, decoupled) }
    }

    #[inline(always)]
    pub(crate) fn step(&self, p: T, sum: T, g: T) -> (T, T) {
        let (p, g) = self.decay.of(p, g);
        let sum = g.fma(g, sum);
        ((-self.rate).fma(g / (sum.sqrt() + self.epsilon), p), sum)
    }
}
