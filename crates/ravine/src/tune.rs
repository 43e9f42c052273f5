//! What sets an optimizer's numbers by what a step has seen of all gradients together.

use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::parameter::Parameter;
use crate::scalar;
use crate::sums::{Total, panel_of, write_sums};
use crate::yellow_fin::YellowFin;
use ravine_kernels::{Element, Momentum, Rule};

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

/// A step that goes uphill is taken without momentum, after it the velocity is zero and the momentum begins anew.
///
/// Source: O'Donoghue and Candès, "Adaptive restart for accelerated gradient schemes", 2012.
#[derive(Clone, Debug, PartialEq)]
pub struct Restart {
    /// Uphill is gᵀv < 0 with the new v, rather than a loss above that of the step before.
    pub by_gradient: bool,
    /// Of each step after a restart; the last for all that follow.
    pub momenta: Vec<f64>,
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

impl Restart {
    /// Of the step that is `since` a restart.
    fn momentum(&self, since: f64) -> f64 {
        self.momenta.get(since as usize).or(self.momenta.last()).copied().unwrap_or(0.0)
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

/// Σ g·v over the inputs of each output with the v that the step will make, in f64. A tile is a panel of outputs.
pub(crate) struct Slopes {
    pub(crate) parameter: Parameter,
    pub(crate) sums: Region,
    pub(crate) memory: Region,
}

impl<T: Element> Op<T> for Slopes {
    fn tiles(&self) -> usize {
        self.sums.len / (T::PANEL * scalar::ELEMENTS)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.parameter.gradient, self.parameter.state(0), self.memory]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let size = T::PANEL * scalar::ELEMENTS;
        vec![self.sums.block(tile * size, size)]
    }

    fn name(&self) -> String {
        "slopes along velocities".into()
    }

    fn run(
        &self,
        tile: usize,
        step: &Step<'_, T>,
        [gradient, velocity, memory, _]: Reads<'_, T>,
        writes: Writes<'_, T>,
    ) {
        let [mut out] = taken(writes);
        let mut sums = [0.0; 32];
        if let (Some(Rule::Momentum(rule)), Some(Tuner::Restart(restart))) =
            (step.rules.of(self.parameter.number), step.tuner)
        {
            let momentum = T::from_f64(restart.momentum(scalar::read(memory, 0)));
            let panel = panel_of(gradient, tile, <Self as Op<T>>::tiles(self));
            let [gradient, velocity] = [gradient, velocity].map(|all| all[panel.clone()].chunks_exact(T::PANEL));
            for (g, v) in gradient.zip(velocity) {
                for ((sum, &g), &v) in sums.iter_mut().zip(g).zip(v) {
                    *sum += g.to_f64() * momentum.fma(v, rule.gain * g).to_f64();
                }
            }
        }
        write_sums(&mut out, &sums);
    }
}

/// Whether the step restarts, and so its momentum. The memory is (steps since a restart, the loss before, whether there was one). One tile.
pub(crate) struct Restarts {
    pub(crate) slopes: Total,
    pub(crate) memory: Region,
    pub(crate) tuned: Region,
}

impl<T: Element> Op<T> for Restarts {
    fn tiles(&self) -> usize {
        1
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.slopes.sums]
    }

    fn writes(&self, _: usize) -> Vec<Block> {
        [self.memory, self.tuned].map(|region| region.block(0, region.len)).to_vec()
    }

    fn name(&self) -> String {
        "restart".into()
    }

    fn run(&self, _: usize, step: &Step<'_, T>, [slopes, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let Some(Tuner::Restart(restart)) = step.tuner else { return };
        let [mut memory, mut tuned] = taken(writes);
        let memory = memory.whole();
        let [since, before, stepped] = [0, 1, 2].map(|place| scalar::read(memory, place));
        let loss = step.tally.loss(step.rows.len()) / step.rows.len() as f64;
        let restarts = match restart.by_gradient {
            true => self.slopes.of(slopes) < 0.0,
            false => stepped != 0.0 && loss > before,
        };
        scalar::write(memory, &[if restarts { 0.0 } else { since + 1.0 }, loss, 1.0]);
        let momentum = if restarts { 0.0 } else { restart.momentum(since) };
        Tuned { momentum, rate: 1.0, factor: 1.0, restarts }.write(tuned.whole());
    }
}

/// The guard of YellowFin's statistics: (factor·‖g‖, factor). One tile.
pub(crate) struct Guards {
    pub(crate) squares: Total,
    pub(crate) memory: Region,
    pub(crate) guarded: Region,
}

impl<T: Element> Op<T> for Guards {
    fn tiles(&self) -> usize {
        1
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.squares.sums, self.memory]
    }

    fn writes(&self, _: usize) -> Vec<Block> {
        vec![self.guarded.block(0, self.guarded.len)]
    }

    fn name(&self) -> String {
        "guard of statistics".into()
    }

    fn run(&self, _: usize, _: &Step<'_, T>, [squares, memory, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut guarded] = taken(writes);
        let norm = self.squares.of(squares).sqrt();
        let factor = YellowFin::guard(norm, &numbers(memory));
        scalar::write(guarded.whole(), &[factor * norm, factor]);
    }
}

/// a ← βa + (1−β)·factor·g, and Σ a² over the inputs of each output. A tile is a panel of outputs.
pub(crate) struct Averages {
    pub(crate) parameter: Parameter,
    pub(crate) guarded: Region,
    pub(crate) sums: Region,
}

impl<T: Element> Op<T> for Averages {
    fn tiles(&self) -> usize {
        self.sums.len / (T::PANEL * scalar::ELEMENTS)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.parameter.gradient, self.guarded]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (size, average) = (T::PANEL * scalar::ELEMENTS, self.parameter.state(1));
        let panel = average.len / <Self as Op<T>>::tiles(self);
        vec![average.block(tile * panel, panel), self.sums.block(tile * size, size)]
    }

    fn name(&self) -> String {
        "averages of gradients".into()
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [gradient, guarded, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut average, mut out] = taken(writes);
        let mut sums = [0.0; 32];
        if let (Some(_), Some(Tuner::YellowFin(tuner))) = (step.rules.of(self.parameter.number), step.tuner) {
            let [beta, gain, factor] = [tuner.beta, 1.0 - tuner.beta, scalar::read(guarded, 1)].map(T::from_f64);
            let gradient = &gradient[panel_of(gradient, tile, <Self as Op<T>>::tiles(self))];
            for (a, g) in average.whole().chunks_exact_mut(T::PANEL).zip(gradient.chunks_exact(T::PANEL)) {
                for ((sum, a), &g) in sums.iter_mut().zip(a).zip(g) {
                    *a = beta.fma(*a, gain * (factor * g));
                    *sum += a.to_f64() * a.to_f64();
                }
            }
        }
        write_sums(&mut out, &sums);
    }
}

/// YellowFin's momentum and rate. One tile.
pub(crate) struct Tunings {
    pub(crate) averages: Total,
    pub(crate) guarded: Region,
    pub(crate) memory: Region,
    pub(crate) tuned: Region,
}

impl<T: Element> Op<T> for Tunings {
    fn tiles(&self) -> usize {
        1
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.averages.sums, self.guarded]
    }

    fn writes(&self, _: usize) -> Vec<Block> {
        [self.memory, self.tuned].map(|region| region.block(0, region.len)).to_vec()
    }

    fn name(&self) -> String {
        "tuning".into()
    }

    fn run(&self, _: usize, step: &Step<'_, T>, [averages, guarded, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let Some(Tuner::YellowFin(tuner)) = step.tuner else { return };
        let [mut memory, mut tuned] = taken(writes);
        let mut own = numbers(memory.whole());
        let [norm, guard] = [0, 1].map(|place| scalar::read(guarded, place));
        let (momentum, rate, factor) = tuner.tune(norm, self.averages.of(averages), &mut own);
        scalar::write(memory.whole(), &own);
        Tuned { momentum, rate, factor: guard * factor, restarts: false }.write(tuned.whole());
    }
}

fn numbers<T: Element>(memory: &[T]) -> [f64; MEMORY] {
    std::array::from_fn(|place| scalar::read(memory, place))
}
