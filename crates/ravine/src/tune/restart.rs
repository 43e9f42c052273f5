use super::{Tuned, Tuner};
use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::parameter::Parameter;
use crate::scalar;
use crate::sums::{Total, panel_of, write_sums};
use ravine_kernels::{Element, Rule};

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

impl Restart {
    /// Of the step that is `since` a restart.
    fn momentum(&self, since: f64) -> f64 {
        self.momenta.get(since as usize).or(self.momenta.last()).copied().unwrap_or(0.0)
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
