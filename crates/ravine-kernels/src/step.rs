//! Rules in vectors, for gradients that are in registers.

use crate::element::Element;
use crate::lanes::Lanes;
use crate::momentum::{Kind, Momentum};
use crate::rules::Adam;
use crate::update::Target;

/// An optimizer's rule in vectors.
pub(crate) trait Step<L: Lanes> {
    /// Updates the vectors of the target `place` elements from its beginning by their gradient.
    ///
    /// # Safety
    /// The CPU has the set of `L`; the target has a vector there, in each state of the rule.
    unsafe fn take(&self, target: &Target<L::Element>, place: usize, gradient: L);
}

/// An expression with the vectors of a rule that fuses, by kinds; of another nothing is done.
macro_rules! with_step {
    ($lanes:ty, $rule:expr, $step:ident => $body:expr) => {
        match $rule {
            crate::rule::Rule::Momentum(rule) => crate::step::with_kind!(rule.kind(), KIND => {
                let $step = crate::step::Moving::<$lanes, KIND>::new(rule);
                $body
            }),
            crate::rule::Rule::Adam(rule) => {
                let $step = rule.map(|number| <$lanes>::splat(&number));
                $body
            }
            _ => {}
        }
    };
}
pub(crate) use with_step;

/// An expression with a kind as a constant.
macro_rules! with_kind {
    ($kind:expr, $constant:ident => $body:expr) => {
        crate::step::with_kind!($kind, $constant => $body; Plain Nesterov Decayed NesterovDecayed)
    };
    ($kind:expr, $constant:ident => $body:expr; $($name:ident)*) => {
        match $kind {
            $(crate::momentum::Kind::$name => {
                const $constant: usize = crate::momentum::Kind::$name as usize;
                $body
            })*
        }
    };
}
pub(crate) use with_kind;

const NESTEROV: usize = Kind::Nesterov as usize;
const DECAYED: usize = Kind::Decayed as usize;
const NESTEROV_DECAYED: usize = Kind::NesterovDecayed as usize;

/// [`crate::momentum`] in vectors, of one [`Kind`].
pub(crate) struct Moving<L, const KIND: usize> {
    momentum: L,
    gain: L,
    less_rate: L,
    coupled: (L, bool),
    less_decoupled: (L, bool),
}

impl<L: Lanes, const KIND: usize> Moving<L, KIND> {
    /// # Safety
    /// The CPU has the set of `L`.
    #[inline(always)]
    pub(crate) unsafe fn new(rule: &Momentum<L::Element>) -> Self {
        // SAFETY: the pointers are to locals.
        let splat = |value: L::Element| unsafe { L::splat(&value) };
        Self {
            momentum: splat(rule.momentum),
            gain: splat(rule.gain),
            less_rate: splat(-rule.rate),
            coupled: (splat(rule.coupled), rule.coupled != L::Element::ZERO),
            less_decoupled: (splat(-rule.decoupled), rule.decoupled != L::Element::ZERO),
        }
    }

    /// (parameter, velocity) of the next step.
    #[inline(always)]
    fn step(&self, old: L, velocity: L, gradient: L) -> (L, L) {
        let (gradient, start) = match KIND {
            DECAYED | NESTEROV_DECAYED => (
                gradient.or(self.coupled.0.fma(old, gradient), self.coupled.1),
                old.or(self.less_decoupled.0.fma(old, old), self.less_decoupled.1),
            ),
            _ => (gradient, old),
        };
        let pushed = self.gain * gradient;
        let next = self.momentum.fma(velocity, pushed).settled();
        let direction = match KIND {
            NESTEROV | NESTEROV_DECAYED => self.momentum.fma(next, pushed),
            _ => next,
        };
        (self.less_rate.fma(direction, start), next)
    }
}

impl<L: Lanes, const KIND: usize> Step<L> for Moving<L, KIND> {
    #[inline(always)]
    unsafe fn take(&self, target: &Target<L::Element>, place: usize, gradient: L) {
        // SAFETY: by the contract of the trait.
        unsafe {
            let [weight, velocity] = [target.weight, target.states[0]].map(|start| start.add(place));
            let (next, moved) = self.step(L::load(weight), L::load(velocity), gradient);
            moved.store(velocity);
            next.store(weight);
        }
    }
}

impl<L: Lanes> Step<L> for Adam<L> {
    #[inline(always)]
    unsafe fn take(&self, target: &Target<L::Element>, place: usize, gradient: L) {
        // SAFETY: by the contract of the trait.
        unsafe {
            let [weight, mean, square] =
                [target.weight, target.states[0], target.states[1]].map(|start| start.add(place));
            let (next, m, v) = self.step(L::load(weight), L::load(mean), L::load(square), gradient);
            m.store(mean);
            v.store(square);
            next.store(weight);
        }
    }
}
