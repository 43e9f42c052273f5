use crate::element::Element;

/// Weight decay, as every rule has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay<T> {
    /// λ of the decay that is added to the gradient.
    pub coupled: T,
    /// ηλ of the decay that shrinks the parameter beforehand.
    pub decoupled: T,
}

impl<T: Element> Decay<T> {
    pub(crate) fn new(coupled: f64, decoupled: f64) -> Self {
        Self { coupled: T::from_f64(coupled), decoupled: T::from_f64(decoupled) }
    }

    /// (p − ηλp, g + λp)
    #[inline(always)]
    pub(crate) fn of(&self, p: T, g: T) -> (T, T) {
        ((-self.decoupled).fma(p, p), self.coupled.fma(p, g))
    }
}
