use crate::arena::{Block, Region};
use crate::dataset::Fold;
use crate::dense::Place;
use crate::op::{Op, Reads, Step, Writes, taken};
use ravine_kernels::{Element, add_rows, momentum, update};

/// g ← gradOutputᵀ·input; then the optimizer's rule on W and its velocity, tile by tile while g is in registers.
pub(crate) struct WeightUpdate {
    pub(crate) place: Place,
    pub(crate) grad_output: Region,
}

impl<T: Element> Op<T> for WeightUpdate {
    fn tiles(&self) -> usize {
        self.place.weight_tiles::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.place.input, self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        self.place.weight_blocks::<T>(tile)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut weight, mut velocity] = taken(writes);
        let (panel, inputs) = self.place.weight_tile::<T>(tile);
        let delta = &grad_output[self.place.value_panel::<T>(panel, step.rows.len())];
        let mut sums = [T::ZERO; 32];
        let sums = &mut sums[..T::PANEL];
        if self.place.folded {
            add_rows(step.isa, sums, delta);
        }
        let fold = step.dataset.fold.filter(|_| self.place.folded).map(|fold| shifted(fold, sums));
        let size = T::PANEL * T::PANEL;
        let squares = weight.whole().chunks_mut(size).zip(velocity.whole().chunks_mut(size));
        for (i, square) in squares.enumerate() {
            let values = self.place.value_panel::<T>(inputs.start / T::PANEL + i, step.rows.len());
            update(step.isa, &input[values], delta, square, step.rule, fold, self.place.width::<T>(panel));
        }
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}

/// (scale, offset·Σδ) of a folded layer's weight gradient; `sums` are Σδ, for one panel.
pub(crate) fn shifted<T: Element>(fold: Fold<T>, sums: &mut [T]) -> (T, &[T]) {
    sums.iter_mut().for_each(|sum| *sum = fold.offset * *sum);
    (fold.scale, sums)
}

/// g ← Σ gradOutput over the batch; then the optimizer's rule on b and its velocity. A tile is a panel of outputs.
pub(crate) struct BiasUpdate {
    pub(crate) place: Place,
    pub(crate) bias: Region,
    pub(crate) velocity: Region,
    pub(crate) grad_output: Region,
}

impl<T: Element> Op<T> for BiasUpdate {
    fn tiles(&self) -> usize {
        self.place.output_panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        [self.bias, self.velocity].map(|region| region.block(tile * T::PANEL, T::PANEL)).to_vec()
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut bias, mut velocity] = taken(writes);
        let mut sums = [T::ZERO; 32];
        let sums = &mut sums[..T::PANEL];
        add_rows(step.isa, sums, &grad_output[self.place.value_panel::<T>(tile, step.rows.len())]);
        momentum(step.isa, bias.whole(), velocity.whole(), sums, step.rule);
    }
}
