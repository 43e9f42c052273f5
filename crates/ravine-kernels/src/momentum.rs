use crate::element::Element;
use crate::isa::Isa;
use crate::rule::apply;

/// The momentum family as one rule with coefficients (see [`momentum`]); which form they make is decided above.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Momentum<T> {
    /// μ
    pub momentum: T,
    /// κ: what of the gradient enters the velocity.
    pub gain: T,
    /// ρ: what of the velocity is taken off the parameter.
    pub rate: T,
    /// λ of the decay that is added to the gradient; 0 for none.
    pub coupled: T,
    /// ηλ of the decay that shrinks the parameter beforehand; 0 for none.
    pub decoupled: T,
    /// Whether the step looks ahead.
    pub nesterov: bool,
}

impl<T: Element> Momentum<T> {
    /// From a row of coefficients (μ, κ, ρ, λ, ηλ).
    pub fn new(row: [f64; 5], nesterov: bool) -> Self {
        let [momentum, gain, rate, coupled, decoupled] = row.map(T::from_f64);
        Self { momentum, gain, rate, coupled, decoupled, nesterov }
    }
}

/// What a rule leaves out; each kind has kernels of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Neither decay nor a look ahead.
    Plain,
    /// No decay.
    Nesterov,
    /// Decay, but no look ahead.
    Decayed,
    /// Both.
    NesterovDecayed,
}

impl<T: Element> Momentum<T> {
    pub(crate) fn kind(&self) -> Kind {
        match (self.coupled == T::ZERO && self.decoupled == T::ZERO, self.nesterov) {
            (true, false) => Kind::Plain,
            (true, true) => Kind::Nesterov,
            (false, false) => Kind::Decayed,
            (false, true) => Kind::NesterovDecayed,
        }
    }
}

/// g ← g + λp;  p ← p − ηλp;  v ← μv + κg;  p ← p − ρ·(nesterov ? μv + κg : v), in place, elementwise.
///
/// A velocity below [`Element::SMALLEST_VELOCITY`] in magnitude becomes 0.
///
/// # Panics
/// When the lengths differ.
pub fn momentum<T: Element>(isa: Isa, parameter: &mut [T], velocity: &mut [T], gradient: &[T], rule: &Momentum<T>) {
    apply(isa, &(*rule).into(), parameter, &mut [velocity], gradient);
}

#[inline(always)]
pub(crate) fn update<T: Element>(parameter: &mut [T], velocity: &mut [T], gradient: &[T], rule: &Momentum<T>) {
    match (rule.coupled != T::ZERO, rule.decoupled != T::ZERO, rule.nesterov) {
        (false, false, false) => each::<T, false, false, false>(parameter, velocity, gradient, rule),
        (false, false, true) => each::<T, false, false, true>(parameter, velocity, gradient, rule),
        (false, true, false) => each::<T, false, true, false>(parameter, velocity, gradient, rule),
        (false, true, true) => each::<T, false, true, true>(parameter, velocity, gradient, rule),
        (true, false, false) => each::<T, true, false, false>(parameter, velocity, gradient, rule),
        (true, false, true) => each::<T, true, false, true>(parameter, velocity, gradient, rule),
        (true, true, false) => each::<T, true, true, false>(parameter, velocity, gradient, rule),
        (true, true, true) => each::<T, true, true, true>(parameter, velocity, gradient, rule),
    }
}

#[inline(always)]
fn each<T: Element, const COUPLED: bool, const DECOUPLED: bool, const NESTEROV: bool>(
    parameter: &mut [T],
    velocity: &mut [T],
    gradient: &[T],
    rule: &Momentum<T>,
) {
    let Momentum { momentum, gain, rate, coupled, decoupled, .. } = *rule;
    for ((p, v), &g) in parameter.iter_mut().zip(velocity).zip(gradient) {
        let g = if COUPLED { coupled.fma(*p, g) } else { g };
        let start = if DECOUPLED { (-decoupled).fma(*p, *p) } else { *p };
        let pushed = gain * g;
        let next = momentum.fma(*v, pushed);
        *v = next.settled();
        let direction = if NESTEROV { momentum.fma(*v, pushed) } else { *v };
        *p = (-rate).fma(direction, start);
    }
}
