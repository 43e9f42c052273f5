use crate::arena::{Block, Region};
use crate::dense::Place;
use crate::op::{Op, Reads, Step, Writes, taken};
use ravine_kernels::{Element, add_rows, momentum, update};

/// Panels of inputs that one tile updates.
const GROUP: usize = 8;

/// g ← gradOutputᵀ·input; then the optimizer's rule on W and its velocity, tile by tile while g is in registers.
pub(crate) struct WeightUpdate {
    pub(crate) place: Place,
    pub(crate) grad_output: Region,
}

impl WeightUpdate {
    /// (panel of outputs, inputs) of a tile.
    fn place<T: Element>(&self, tile: usize) -> (usize, std::ops::Range<usize>) {
        let groups = self.place.input_panels::<T>().div_ceil(GROUP);
        let first = tile % groups * GROUP * T::PANEL;
        (tile / groups, first..self.place.layer.inputs.min(first + GROUP * T::PANEL))
    }
}

impl<T: Element> Op<T> for WeightUpdate {
    fn tiles(&self) -> usize {
        self.place.output_panels::<T>() * self.place.input_panels::<T>().div_ceil(GROUP)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.place.input, self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (panel, inputs) = self.place::<T>(tile);
        let (start, len) = ((panel * self.place.layer.inputs + inputs.start) * T::PANEL, inputs.len() * T::PANEL);
        vec![self.place.weight.block(start, len), self.place.weight_velocity.block(start, len)]
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut weight, mut velocity] = taken(writes);
        let (panel, inputs) = self.place::<T>(tile);
        let delta = &grad_output[self.place.value_panel::<T>(panel, step.rows.len())];
        let mut sums = [T::ZERO; 32];
        let fold = folded(step, delta, &mut sums[..T::PANEL]).filter(|_| self.place.folded);
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

/// (scale, offset·Σδ) of a folded layer's weight gradient; `sums` are one panel.
pub(crate) fn folded<'a, T: Element>(step: &Step<'_, T>, delta: &[T], sums: &'a mut [T]) -> Option<(T, &'a [T])> {
    let fold = step.dataset.fold?;
    add_rows(step.isa, sums, delta);
    sums.iter_mut().for_each(|sum| *sum = fold.offset * *sum);
    Some((fold.scale, sums))
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
