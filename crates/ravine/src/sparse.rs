//! The first layer over raw features that are mostly zero: only what is not zero is visited, with the bits of the dense way.

use crate::arena::{Block, Region};
use crate::dataset::Features;
use crate::dense::Place;
use crate::gradient::fold_in;
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::update::folded;
use ravine_kernels::{
    Columns, Element, activate, fold, prefetch, sift, sparse_gradient, sparse_product, sparse_update,
};

/// Panels of outputs that a forward tile takes at once.
const GROUP: usize = 4;

/// lists ← the entries of the batch's features that are not zero, column by column. A tile is a panel of inputs.
pub(crate) struct Sift {
    pub(crate) lists: Region,
    pub(crate) width: usize,
    pub(crate) batch: usize,
}

impl<T: Element> Op<T> for Sift {
    fn tiles(&self) -> usize {
        self.width.div_ceil(T::PANEL)
    }

    fn reads(&self) -> Vec<Region> {
        Vec::new()
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let size = Columns::<T>::size(self.batch);
        vec![self.lists.block(tile * size, size)]
    }

    fn name(&self) -> String {
        "sift".into()
    }

    /// Of the lists only what is filled, which the features decide.
    fn touched(&self) -> usize {
        0
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, _: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut lists] = taken(writes);
        let first = tile * T::PANEL;
        let width = T::PANEL.min(self.width - first);
        // A plan visits only what is not zero where the features are bytes.
        let Features::Bytes(bytes) = &step.dataset.features else { return };
        let row = |&example: &u32| &bytes[example as usize * self.width + first..][..width];
        // Rows lie anywhere in memory: all are asked for before the first is read.
        step.rows.iter().for_each(|example| prefetch(row(example)));
        let rows = step.rows.iter().map(row);
        sift(rows, lists.whole(), self.batch);
    }
}

/// output ← activation(input·Wᵀ + b), normalisation folded. A tile is a group of panels of outputs.
pub(crate) struct SparseForward {
    pub(crate) place: Place,
    pub(crate) lists: Region,
}

impl SparseForward {
    fn panels<T: Element>(&self, tile: usize) -> std::ops::Range<usize> {
        tile * GROUP..((tile + 1) * GROUP).min(self.place.output_panels::<T>())
    }
}

impl<T: Element> Op<T> for SparseForward {
    fn tiles(&self) -> usize {
        self.place.output_panels::<T>().div_ceil(GROUP)
    }

    fn reads(&self) -> Vec<Region> {
        std::iter::once(self.lists).chain(self.place.parameters()).collect()
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (panels, size) = (self.panels::<T>(tile), self.place.batch * T::PANEL);
        vec![self.place.output.block(panels.start * size, panels.len() * size)]
    }

    fn name(&self) -> String {
        format!("sparse forward {}", self.place.number)
    }

    /// But for the lists.
    fn touched(&self) -> usize {
        self.place.weight.value.len + self.place.output.len
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [lists, weight, bias, _]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output] = taken(writes);
        let (panels, Place { layer, batch, .. }) = (self.panels::<T>(tile), self.place);
        let columns = Columns { lists, batch };
        // The widest group; f64 uses half of it.
        let mut sums = [T::ZERO; 32 * GROUP];
        let sums = &mut sums[..panels.len() * T::PANEL];
        let weight = &weight[self.place.weight_panel::<T>(panels.start).start..];
        let rows = step.rows.len();
        sparse_product(step.isa, columns, layer.inputs, weight, rows, (output.whole(), sums));
        let bias = self.place.bias.map(|_| &bias[panels.start * T::PANEL..]);
        let scale = base(step, sums, bias);
        for (p, base) in sums.chunks_exact(T::PANEL).enumerate() {
            let values = &mut output.whole()[self.place.value_panel::<T>(p, rows)];
            fold(step.isa, values, scale, base);
            activate(step.isa, values, layer.activation);
        }
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}

/// sums ← offset·sums + b; returns the scale. A weight that is not finite would be hidden where every feature is zero, and is not in
/// the dense way: it makes its output NaN.
fn base<T: Element>(step: &Step<'_, T>, sums: &mut [T], bias: Option<&[T]>) -> T {
    let (scale, offset) = step.dataset.fold.map_or((T::ONE, T::ZERO), |fold| (fold.scale, fold.offset));
    for (j, sum) in sums.iter_mut().enumerate() {
        let base = offset.fma(*sum, bias.map_or(T::ZERO, |bias| bias[j]));
        *sum = if sum.is_finite() { base } else { T::from_f64(f64::NAN) };
    }
    scale
}

/// The weight's gradient and update, column by column of the features. A tile is a panel of outputs and some panels of inputs.
pub(crate) struct SparseWeightUpdate {
    pub(crate) place: Place,
    pub(crate) lists: Region,
    pub(crate) grad_output: Region,
}

impl<T: Element> Op<T> for SparseWeightUpdate {
    fn tiles(&self) -> usize {
        self.place.weight_tiles::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.lists, self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let weight = self.place.weight;
        [weight.value, weight.velocity].map(|region| self.place.weight_block::<T>(region, tile)).to_vec()
    }

    fn name(&self) -> String {
        format!("sparse weight update {}", self.place.number)
    }

    /// But for the lists.
    fn touched(&self) -> usize {
        self.place.weight.state().len + self.grad_output.len
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [lists, grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut weight, mut velocity] = taken(writes);
        let (panel, inputs) = self.place.weight_tile::<T>(tile);
        let batch = self.place.batch;
        let mut sums = [T::ZERO; 32];
        let delta = &grad_output[self.place.value_panel::<T>(panel, step.rows.len())];
        let Some(fold) = folded(step, delta, &mut sums[..T::PANEL]) else { return };
        let delta = &grad_output[self.place.value_panel::<T>(panel, batch)];
        let states = (weight.whole(), velocity.whole());
        sparse_update(step.isa, Columns { lists, batch }, inputs, delta, states, step.rule, fold);
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}

/// The weight's gradient, written: what [`SparseWeightUpdate`] hands to the rule, in the same tiles.
pub(crate) struct SparseWeightGradient {
    pub(crate) place: Place,
    pub(crate) lists: Region,
    pub(crate) grad_output: Region,
}

impl<T: Element> Op<T> for SparseWeightGradient {
    fn tiles(&self) -> usize {
        self.place.weight_tiles::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.lists, self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.place.weight_block::<T>(self.place.weight.gradient, tile)]
    }

    fn name(&self) -> String {
        format!("sparse weight gradient {}", self.place.number)
    }

    /// But for the lists.
    fn touched(&self) -> usize {
        self.place.weight.gradient.len + self.grad_output.len
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [lists, grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut gradient] = taken(writes);
        let (panel, inputs) = self.place.weight_tile::<T>(tile);
        let batch = self.place.batch;
        let delta = &grad_output[self.place.value_panel::<T>(panel, batch)];
        sparse_gradient(step.isa, Columns { lists, batch }, inputs, delta, gradient.whole());
        fold_in(step, &delta[..step.rows.len() * T::PANEL], gradient.whole());
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}
