use super::{Decay, mean};
use crate::element::Element;

/// g ← g + λp;  p ← p − ηλp;  m ← βm + (1−β)g;  p ← p − η(νm + (1−ν)g)
///
/// Source: Ma and Yarats, "Quasi-hyperbolic momentum and Adam for deep learning", 2019, and their `qhoptim`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Qhm<T> {
    beta: T,
    gain: T,
    rate: T,
    share: T,
    decay: Decay<T>,
}

impl<T: Element> Qhm<T> {
    /// From (β, 1−β, ην, η(1−ν), λ, ηλ).
    pub fn new([beta, gain, rate, share, coupled, decoupled]: [f64; 6]) -> Self {
        let [beta, gain, rate, share] = [beta, gain, rate, share].map(T::from_f64);
        Self { beta, gain, rate, share, decay: Decay::new(coupled, decoupled) }
    }

    #[inline(always)]
    pub(crate) fn step(&self, p: T, m: T, g: T) -> (T, T) {
        let (p, g) = self.decay.of(p, g);
        let m = mean(self.beta, m, self.gain, g);
        (p - self.rate.fma(m, self.share * g), m)
    }
}
