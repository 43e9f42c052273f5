use crate::arena::{Block, Region};
use crate::dense::Place;
use crate::op::{Op, Reads, Step, Writes, taken};
use ravine_kernels::{Element, add_rows, fold, gradient, momentum};

/// Panels of inputs that one tile updates.
const GROUP: usize = 8;
/// Elements of the widest square of panels; f64 uses a quarter of it.
const SQUARE: usize = 32 * 32;

/// g ← gradOutputᵀ·input; then the optimizer's rule on W and its velocity, square by square while g is in the cache.
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
        let (scale, shift) = shift(step, delta, self.place.folded);
        let mut square = [T::ZERO; SQUARE];
        let size = T::PANEL * T::PANEL;
        let squares = weight.whole().chunks_mut(size).zip(velocity.whole().chunks_mut(size));
        for (i, (weight, velocity)) in squares.enumerate() {
            let values = self.place.value_panel::<T>(inputs.start / T::PANEL + i, step.rows.len());
            let gradients = &mut square[..weight.len()];
            gradient(step.isa, &input[values], 0, delta, gradients);
            if self.place.folded {
                fold(step.isa, gradients, scale, &shift);
            }
            momentum(step.isa, weight, velocity, gradients, step.rule);
        }
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}

/// (scale, offset·Σδ) of a folded layer's weight gradient.
fn shift<T: Element>(step: &Step<'_, T>, delta: &[T], folded: bool) -> (T, [T; 32]) {
    let mut shift = [T::ZERO; 32];
    let Some(fold) = step.dataset.fold.filter(|_| folded) else {
        return (T::ONE, shift);
    };
    add_rows(step.isa, &mut shift[..T::PANEL], delta);
    shift.iter_mut().for_each(|sum| *sum = fold.offset * *sum);
    (fold.scale, shift)
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
