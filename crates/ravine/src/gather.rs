use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use ravine_kernels::{Element, padded};

/// input ← the features of the batch's examples, as they came, in panels. A tile is a panel.
pub(crate) struct Gather {
    pub(crate) input: Region,
    pub(crate) width: usize,
    pub(crate) batch: usize,
}

impl<T: Element> Op<T> for Gather {
    fn tiles(&self) -> usize {
        padded::<T>(self.width) / T::PANEL
    }

    fn reads(&self) -> Vec<Region> {
        Vec::new()
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let size = self.batch * T::PANEL;
        vec![self.input.block(tile * size, size)]
    }

    fn name(&self) -> String {
        "gather".into()
    }

    /// A step works while memory looks for the rows of the next.
    fn run(&self, tile: usize, step: &Step<'_, T>, _: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut panel] = taken(writes);
        let first = tile * T::PANEL;
        let width = T::PANEL.min(self.width - first);
        for (&example, target) in step.rows.iter().zip(panel.whole().chunks_exact_mut(T::PANEL)) {
            step.dataset.scatter(step.isa, example, first, &mut target[..width]);
        }
        let tiles = padded::<T>(self.width) / T::PANEL;
        step.next.iter().skip(tile).step_by(tiles).for_each(|&example| step.dataset.expect(example));
    }
}
