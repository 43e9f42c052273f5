//! Gradients that are written, for what needs them whole; [`crate::update`] takes them while they are in registers.

use crate::arena::{Block, Region};
use crate::dense::Place;
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::update::folded;
use ravine_kernels::{Element, add_rows, fold, gradient};

/// g ← gradOutputᵀ·input, its normalisation folded in: what [`crate::update::WeightUpdate`] hands to the rule, in the same tiles.
pub(crate) struct WeightGradient {
    pub(crate) place: Place,
    pub(crate) grad_output: Region,
}

impl<T: Element> Op<T> for WeightGradient {
    fn tiles(&self) -> usize {
        self.place.weight_tiles::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.place.input, self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.place.weight_block::<T>(self.place.weight.gradient, tile)]
    }

    fn name(&self) -> String {
        format!("weight gradient {}", self.place.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [input, grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut out] = taken(writes);
        let (panel, inputs) = self.place.weight_tile::<T>(tile);
        let delta = &grad_output[self.place.value_panel::<T>(panel, step.rows.len())];
        for (i, square) in out.whole().chunks_mut(T::PANEL * T::PANEL).enumerate() {
            let values = self.place.value_panel::<T>(inputs.start / T::PANEL + i, step.rows.len());
            gradient(step.isa, &input[values], 0, delta, square);
        }
        if self.place.folded {
            fold_in(step, delta, out.whole());
        }
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}

/// g ← scale·g + offset·Σδ over rows of one panel of outputs.
pub(crate) fn fold_in<T: Element>(step: &Step<'_, T>, delta: &[T], gradient: &mut [T]) {
    let mut sums = [T::ZERO; 32];
    if let Some((scale, shift)) = folded(step, delta, &mut sums[..T::PANEL]) {
        fold(step.isa, gradient, scale, shift);
    }
}

/// g ← Σ gradOutput over the batch. A tile is a panel of outputs.
pub(crate) struct BiasGradient {
    pub(crate) place: Place,
    pub(crate) gradient: Region,
    pub(crate) grad_output: Region,
}

impl<T: Element> Op<T> for BiasGradient {
    fn tiles(&self) -> usize {
        self.place.output_panels::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.gradient.block(tile * T::PANEL, T::PANEL)]
    }

    fn name(&self) -> String {
        format!("bias gradient {}", self.place.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut sums] = taken(writes);
        add_rows(step.isa, sums.whole(), &grad_output[self.place.value_panel::<T>(tile, step.rows.len())]);
    }
}
