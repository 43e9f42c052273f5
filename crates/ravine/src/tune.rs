//! What sets an optimizer's numbers by what a step has seen of all gradients together.

mod restart;
mod yellow_fin;

use crate::scalar;
use crate::yellow_fin::YellowFin;
use ravine_kernels::{Element, Momentum, Rule};

pub use restart::Restart;
pub(crate) use restart::{Restarts, Slopes};
pub(crate) use yellow_fin::{Averages, Guards, Tunings};

/// Numbers in f64 that a tuner remembers from step to step.
pub(crate) const MEMORY: usize = 64;

/// Who sets momentum and rate of the momentum family's rules.
#[derive(Clone, Debug, PartialEq)]
pub enum Tuner {
    /// By curvature and noise, see [`YellowFin`].
    YellowFin(YellowFin),
    /// By a restart: see [`Restart`].
    Restart(Restart),
}

/// Which of them a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tunes {
    YellowFin,
    Restart,
}

impl Tuner {
    /// States that it needs of each parameter.
    pub(crate) fn states(&self) -> usize {
        match self {
            Self::YellowFin(_) => 2,
            Self::Restart(_) => 1,
        }
    }

    pub(crate) fn tunes(&self) -> Tunes {
        match self {
            Self::YellowFin(_) => Tunes::YellowFin,
            Self::Restart(_) => Tunes::Restart,
        }
    }
}

/// What a tuner says of a step, in this order.
pub(crate) struct Tuned {
    pub(crate) momentum: f64,
    /// Multiplies the rate.
    pub(crate) rate: f64,
    /// Multiplies the gradients.
    pub(crate) factor: f64,
    /// Whether the velocity is zero after the step.
    pub(crate) restarts: bool,
}

impl Tuned {
    pub(crate) const NUMBERS: usize = 4;

    pub(crate) fn read<T: Element>(region: &[T]) -> Self {
        let [momentum, rate, factor, restarts] = [0, 1, 2, 3].map(|place| scalar::read(region, place));
        Self { momentum, rate, factor, restarts: restarts != 0.0 }
    }

    fn write<T: Element>(&self, region: &mut [T]) {
        scalar::write(region, &[self.momentum, self.rate, self.factor, f64::from(u8::from(self.restarts))]);
    }

    /// A rule with its numbers set.
    pub(crate) fn rule<T: Element>(&self, rule: &Rule<T>) -> Rule<T> {
        match *rule {
            Rule::Momentum(rule) => Rule::Momentum(Momentum {
                momentum: T::from_f64(self.momentum),
                rate: T::from_f64(rule.rate.to_f64() * self.rate),
                ..rule
            }),
            rule => rule,
        }
    }
}
