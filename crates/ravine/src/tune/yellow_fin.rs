use super::{MEMORY, Tuned, Tuner};
use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::parameter::Parameter;
use crate::scalar;
use crate::sums::{Total, panel_of, write_sums};
use crate::yellow_fin::YellowFin;
use ravine_kernels::Element;

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
