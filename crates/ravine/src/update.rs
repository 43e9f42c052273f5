use crate::arena::{Block, Region};
use crate::dataset::Fold;
use crate::dense::Place;
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::parameter::Parameter;
use ravine_kernels::{Element, add_rows, gradient, momentum, update};

/// Numbers that a tile of an update by a written gradient takes.
const PIECE: usize = 1 << 13;

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
        let Parameter { value, velocity, .. } = self.place.weight;
        [value, velocity].map(|region| self.place.weight_block::<T>(region, tile)).to_vec()
    }

    fn name(&self) -> String {
        format!("weight update {}", self.place.number)
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
        if self.place.layer.outputs == 1 {
            let input = &input[self.place.value_panel::<T>(inputs.start / T::PANEL, 0).start..];
            return self.single(step, input, delta, (weight.whole(), velocity.whole()), fold);
        }
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

impl WeightUpdate {
    /// Of a single output, by the same chains with the inputs side by side in vectors: the panel of outputs has but one column.
    fn single<T: Element>(
        &self,
        step: &Step<'_, T>,
        input: &[T],
        delta: &[T],
        (weight, velocity): (&mut [T], &mut [T]),
        fold: Option<(T, &[T])>,
    ) {
        let squares = weight.chunks_mut(T::PANEL * T::PANEL).zip(velocity.chunks_mut(T::PANEL * T::PANEL));
        for (input, (weight, velocity)) in input.chunks(self.place.batch * T::PANEL).zip(squares) {
            let [mut g, mut w, mut v] = [[T::ZERO; 32]; 3];
            let [g, w, v] = [&mut g[..T::PANEL], &mut w[..T::PANEL], &mut v[..T::PANEL]];
            gradient(step.isa, delta, 0, &input[..delta.len()], g);
            if let Some((scale, shift)) = fold {
                g.iter_mut().for_each(|g| *g = scale.fma(*g, shift[0]));
            }
            w.iter_mut().zip(weight.iter().step_by(T::PANEL)).for_each(|(to, from)| *to = *from);
            v.iter_mut().zip(velocity.iter().step_by(T::PANEL)).for_each(|(to, from)| *to = *from);
            momentum(step.isa, w, v, g, step.rule);
            weight.iter_mut().step_by(T::PANEL).zip(w).for_each(|(to, from)| *to = *from);
            velocity.iter_mut().step_by(T::PANEL).zip(v).for_each(|(to, from)| *to = *from);
        }
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
    pub(crate) bias: Parameter,
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
        [self.bias.value, self.bias.velocity].map(|region| region.block(tile * T::PANEL, T::PANEL)).to_vec()
    }

    fn name(&self) -> String {
        format!("bias update {}", self.place.number)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut bias, mut velocity] = taken(writes);
        let mut sums = [T::ZERO; 32];
        let sums = &mut sums[..T::PANEL];
        add_rows(step.isa, sums, &grad_output[self.place.value_panel::<T>(tile, step.rows.len())]);
        momentum(step.isa, bias.whole(), velocity.whole(), sums, step.rule);
    }
}

/// The optimizer's rule on a parameter and its velocity, by the gradient that [`crate::gradient`] wrote. A tile is a piece of each.
pub(crate) struct Update {
    pub(crate) name: String,
    pub(crate) parameter: Parameter,
}

impl<T: Element> Op<T> for Update {
    fn tiles(&self) -> usize {
        self.parameter.value.len.div_ceil(PIECE)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.parameter.gradient]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let Parameter { value, velocity, .. } = self.parameter;
        let (start, len) = (tile * PIECE, PIECE.min(value.len - tile * PIECE));
        [value, velocity].map(|region| region.block(start, len)).to_vec()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [gradient, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut value, mut velocity] = taken(writes);
        let gradient = &gradient[tile * PIECE..][..value.whole().len()];
        momentum(step.isa, value.whole(), velocity.whole(), gradient, step.rule);
    }
}
