use crate::arena::{Block, Region};
use crate::dataset::Features;
use crate::op::{Op, Reads, Step, Writes, taken};
use ravine_kernels::{Element, padded, widen};

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

    fn run(&self, tile: usize, step: &Step<'_, T>, _: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut panel] = taken(writes);
        let (first, dataset) = (tile * T::PANEL, step.dataset);
        let width = T::PANEL.min(self.width - first);
        for (&example, target) in step.rows.iter().zip(panel.whole().chunks_exact_mut(T::PANEL)) {
            let place = example as usize * dataset.inputs + first;
            match &dataset.features {
                Features::Floats(floats) => target[..width].copy_from_slice(&floats[place..place + width]),
                Features::Bytes(bytes) => widen(step.isa, &bytes[place..place + width], &mut target[..width]),
            }
        }
    }
}
