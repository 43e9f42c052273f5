use crate::element::Element;
use crate::number::Number;

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
}

impl<N: Number> Decay<N> {
    /// (p − ηλp, g + λp)
    #[inline(always)]
    pub(crate) fn of(&self, p: N, g: N) -> (N, N) {
        ((-self.decoupled).fma(p, p), self.coupled.fma(p, g))
    }

    /// Its numbers as others, vectors say.
    #[inline(always)]
    pub(super) fn map<M>(&self, to: impl Fn(N) -> M) -> Decay<M> {
        Decay { coupled: to(self.coupled), decoupled: to(self.decoupled) }
    }
}
