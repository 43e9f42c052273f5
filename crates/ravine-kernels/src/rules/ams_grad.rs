use super::Adam;
use crate::element::Element;

/// As [`Adam`], with the largest v so far below the root: u ← max(u, v);  p ← p − ρ·m / (√u·c + ε)
///
/// Source: Reddi, Kale and Kumar 2018; PyTorch's `Adam(amsgrad=True)`, whose largest is taken before the correction of bias.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmsGrad<T>(Adam<T>);

impl<T: Element> AmsGrad<T> {
    /// From Adam's row.
    pub fn new(row: [f64; 9]) -> Self {
        Self(Adam::new(row))
    }

    #[inline(always)]
    pub(crate) fn step(&self, p: T, m: T, v: T, most: T, g: T) -> (T, T, T, T) {
        let (p, g) = self.0.decayed(p, g);
        let (m, v) = self.0.moments(m, v, g);
        // NaN is taken, and stays.
        let most = if v <= most { most } else { v };
        ((-self.0.rate).fma(m / self.0.spread(most), p), m, v, most)
    }
}
