use crate::element::Element;

/// m ← μm + (1−μ)g;  u = μm + (1−μ)g, or m;  p ← p − ηλp;  p ← p − ηs·orthogonal(u): of a whole matrix, so not done here, element
/// by element, but where that is at hand.
///
/// Source: Jordan et al., "Muon", 2024, and their code; PyTorch's `Muon`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Muon<T> {
    /// μ
    pub momentum: T,
    /// 1 − μ
    pub gain: T,
    /// Whether u looks ahead.
    pub nesterov: bool,
    /// Of the iteration that makes u orthogonal.
    pub steps: usize,
    /// η
    pub rate: f64,
    /// Whether s is 0.2·√max(rows, columns) rather than √max(1, rows/columns).
    pub matches_rms: bool,
    /// ηλ
    pub decoupled: T,
}

impl<T: Element> Muon<T> {
    /// From (μ, 1−μ, 1 to look ahead, steps, η, 1 to match, ηλ).
    pub fn new([momentum, gain, nesterov, steps, rate, matches, decoupled]: [f64; 7]) -> Self {
        let [momentum, gain, decoupled] = [momentum, gain, decoupled].map(T::from_f64);
        let (nesterov, matches_rms) = (nesterov != 0.0, matches != 0.0);
        Self { momentum, gain, nesterov, steps: steps as usize, rate, matches_rms, decoupled }
    }

    /// ηs of a matrix.
    pub fn scaled(&self, rows: usize, columns: usize) -> T {
        let (rows, columns) = (rows as f64, columns as f64);
        let scale = if self.matches_rms { 0.2 * rows.max(columns).sqrt() } else { (rows / columns).max(1.0).sqrt() };
        T::from_f64(self.rate * scale)
    }

    /// (m, u) of one element.
    #[inline(always)]
    pub fn moved(&self, m: T, g: T) -> (T, T) {
        let pushed = self.gain * g;
        let m = self.momentum.fma(m, pushed).settled();
        (m, if self.nesterov { self.momentum.fma(m, pushed) } else { m })
    }
}
