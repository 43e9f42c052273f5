use crate::element::Element;
use crate::isa::Isa;

/// What steps without a gradient come to, one or many: a row moves on as (p, v) ← (ap + bv, cp + dv).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift<T> {
    /// (a, b)
    pub parameter: (T, T),
    /// (c, d); c is 0 unless a decay goes into the gradient.
    pub velocity: (T, T),
}

impl<T: Element> Drift<T> {
    /// From (a, b, c, d).
    pub fn new(row: [f64; 4]) -> Self {
        let [a, b, c, d] = row.map(T::from_f64);
        Self { parameter: (a, b), velocity: (c, d) }
    }
}

/// p ← ap + bv;  v ← cp + dv, both of the old p and v, in place, elementwise.
///
/// A velocity below [`Element::SMALLEST_VELOCITY`] in magnitude becomes 0.
///
/// # Panics
/// When the lengths differ.
pub fn drift<T: Element>(isa: Isa, parameter: &mut [T], velocity: &mut [T], by: &Drift<T>) {
    assert!(parameter.len() == velocity.len(), "lengths differ");
    // SAFETY: the set is one that the CPU has.
    unsafe { (T::kernels(isa).drift)(parameter, velocity, by) }
}

#[inline(always)]
pub(crate) fn each<T: Element>(parameter: &mut [T], velocity: &mut [T], by: &Drift<T>) {
    let ((a, b), (c, d)) = (by.parameter, by.velocity);
    for (p, v) in parameter.iter_mut().zip(velocity) {
        let (old, kept) = (*p, d * *v);
        *p = b.fma(*v, a * old);
        // An infinite parameter says nothing to a velocity that it does not reach.
        let next = if c == T::ZERO { kept } else { c.fma(old, kept) };
        *v = next.settled();
    }
}
