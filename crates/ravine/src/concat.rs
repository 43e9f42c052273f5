use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::values::Values;
use ravine_kernels::Element;
use std::ops::Range;

/// output[:, to + j] ← input[:, from + j] for j below `width`. A tile is what of that lies in one panel of the output.
pub(crate) struct Copy {
    pub(crate) number: usize,
    pub(crate) input: Values,
    pub(crate) from: usize,
    pub(crate) output: Values,
    pub(crate) to: usize,
    pub(crate) width: usize,
}

impl Copy {
    /// Columns of the output that a tile writes.
    fn columns<T: Element>(&self, tile: usize) -> Range<usize> {
        let first = (self.to / T::PANEL + tile) * T::PANEL;
        self.to.max(first)..(self.to + self.width).min(first + T::PANEL)
    }
}

impl<T: Element> Op<T> for Copy {
    fn tiles(&self) -> usize {
        (self.to + self.width).div_ceil(T::PANEL) - self.to / T::PANEL
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.input.region]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let columns = self.columns::<T>(tile);
        let start = self.output.at::<T>(0, columns.start);
        vec![Block { count: self.output.batch, stride: T::PANEL, ..self.output.region.block(start, columns.len()) }]
    }

    fn name(&self) -> String {
        format!("copy {}", self.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output] = taken(writes);
        let first = self.from + self.columns::<T>(tile).start - self.to;
        for (row, run) in output.all().take(step.rows.len()).enumerate() {
            let number = |column| input[self.input.at::<T>(row, column)];
            run.iter_mut().zip(first..).for_each(|(to, column)| *to = number(column));
        }
    }
}
