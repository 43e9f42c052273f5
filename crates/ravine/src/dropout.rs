use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::random::{DROPOUT, block};
use crate::values::Values;
use ravine_kernels::Element;

/// output ← input·mask, mask ← 1/(1 − rate) or, with the probability `rate`, 0. A tile is a panel.
///
/// What is kept is drawn for each column of each row of the update, by Philox from (seed, dropout, node, number of the update): the
/// word of ⌊column / 4⌋ in the stream that a row of as many blocks is given. So nothing depends on tiles or workers.
pub(crate) struct Dropout {
    pub(crate) number: usize,
    pub(crate) seed: u64,
    pub(crate) rate: f64,
    pub(crate) input: Values,
    pub(crate) output: Values,
    pub(crate) mask: Values,
}

impl<T: Element> Op<T> for Dropout {
    fn tiles(&self) -> usize {
        self.output.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.input.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        [self.output, self.mask].map(|values| values.panel_block::<T>(tile)).to_vec()
    }

    fn name(&self) -> String {
        format!("dropout {}", self.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output, mut mask] = taken(writes);
        let input = &input[self.input.panel::<T>(tile, step.rows.len())];
        let rows = output.whole().chunks_exact_mut(T::PANEL).zip(mask.whole().chunks_exact_mut(T::PANEL));
        for (row, ((output, mask), input)) in rows.zip(input.chunks_exact(T::PANEL)).enumerate() {
            self.draw(step, step.first_row + row, tile * T::PANEL, mask);
            output.iter_mut().zip(input.iter().zip(mask)).for_each(|(to, (&x, m))| *to = x * *m);
        }
    }
}

impl Dropout {
    /// The mask of one row from a column on that four divides.
    fn draw<T: Element>(&self, step: &Step<'_, T>, row: usize, first: usize, mask: &mut [T]) {
        let (scale, limit) = (T::from_f64(1.0 / (1.0 - self.rate)), (self.rate * 4294967296.0) as u32);
        let blocks = self.output.width.div_ceil(4);
        let key = [self.seed as u32, (self.seed >> 32) as u32];
        for (part, column) in mask.chunks_mut(4).zip((first..self.output.width).step_by(4)) {
            let place = (row * blocks + column / 4) as u32;
            let words = block([place, self.number as u32, DROPOUT, step.number as u32], key);
            part.iter_mut().zip(words).for_each(|(m, word)| *m = if word >= limit { scale } else { T::ZERO });
        }
    }
}

/// gradInput ← gradOutput·mask. A tile is a panel.
pub(crate) struct DropoutGradient {
    pub(crate) number: usize,
    pub(crate) mask: Values,
    pub(crate) grad_output: Values,
    pub(crate) grad_input: Values,
}

impl<T: Element> Op<T> for DropoutGradient {
    fn tiles(&self) -> usize {
        self.grad_input.panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.grad_output.region, self.mask.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.grad_input.panel_block::<T>(tile)]
    }

    fn name(&self) -> String {
        format!("dropout gradient {}", self.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [grad_output, mask, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut grad_input] = taken(writes);
        let panel = self.mask.panel::<T>(tile, step.rows.len());
        let pairs = grad_output[panel.clone()].iter().zip(&mask[panel]);
        grad_input.whole().iter_mut().zip(pairs).for_each(|(to, (&g, &m))| *to = g * m);
    }
}
