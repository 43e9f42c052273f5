//! The first layer over raw features that are mostly zero: only what is not zero is visited, with the bits of the dense way.

use crate::arena::{Block, Region};
use crate::dataset::Features;
use crate::dense::Place;
use crate::gradient::fold_in;
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::update::folded;
use ravine_kernels::{
    BLOCK, Columns, Element, Lists, PANELS, activate, fold, list, prefetch, sift, sparse_gradient, sparse_product,
    sparse_update,
};
use std::ops::Range;

/// Bytes that come at once.
const LINE: usize = 64;
/// Rows of a tile of lists.
const ROWS: usize = 8;
/// Inputs of a tile of an update.
const INPUTS: usize = 256;

/// rows ← the entries of the batch's features that are not zero, row by row. A tile is some rows.
pub(crate) struct List {
    pub(crate) rows: Region,
    pub(crate) width: usize,
    pub(crate) batch: usize,
}

impl<T: Element> Op<T> for List {
    fn tiles(&self) -> usize {
        self.batch.div_ceil(ROWS)
    }

    fn reads(&self) -> Vec<Region> {
        Vec::new()
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (first, size) = (tile * ROWS, Lists::<T>::size(self.width, self.width));
        vec![self.rows.block(first * size, ROWS.min(self.batch - first) * size)]
    }

    fn name(&self) -> String {
        "list".into()
    }

    /// Of the lists only what is filled, which the features decide.
    fn touched(&self) -> usize {
        0
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, _: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut lists] = taken(writes);
        // A plan visits only what is not zero where the features are bytes.
        let Features::Bytes(bytes) = &step.dataset.features else { return };
        let row = |&example: &u32| &bytes[example as usize * self.width..][..self.width];
        let rows = step.rows.iter().skip(tile * ROWS).take(ROWS).map(row);
        // Rows lie anywhere in memory: all are asked for before the first is read.
        rows.clone().flat_map(|row| row.chunks(LINE)).for_each(prefetch);
        rows.zip(lists.whole().chunks_exact_mut(Lists::<T>::size(self.width, self.width)))
            .for_each(|(row, to)| list(row, to));
    }
}

/// columns ← the same entries, column by column. A tile is a block of columns.
pub(crate) struct Sift {
    pub(crate) rows: Region,
    pub(crate) columns: Region,
    pub(crate) width: usize,
    pub(crate) batch: usize,
}

impl<T: Element> Op<T> for Sift {
    fn tiles(&self) -> usize {
        self.width.div_ceil(BLOCK)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.rows]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (first, end) = (tile * BLOCK / T::PANEL, ((tile + 1) * BLOCK).min(self.width).div_ceil(T::PANEL));
        let size = Columns::<T>::size(self.batch);
        vec![self.columns.block(first * size, (end - first) * size)]
    }

    fn name(&self) -> String {
        "sift".into()
    }

    /// As [`List`].
    fn touched(&self) -> usize {
        0
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [rows, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut columns] = taken(writes);
        let lists = Lists { rows, inputs: self.width, most: self.width };
        sift(lists, step.rows.len(), tile, columns.whole(), self.batch);
    }
}

/// output ← activation(input·Wᵀ + b), normalisation folded. A tile is a group of panels of outputs.
pub(crate) struct SparseForward {
    pub(crate) place: Place,
    pub(crate) rows: Region,
}

impl SparseForward {
    fn panels<T: Element>(&self, tile: usize) -> std::ops::Range<usize> {
        tile * PANELS..((tile + 1) * PANELS).min(self.place.output_panels::<T>())
    }
}

impl<T: Element> Op<T> for SparseForward {
    fn tiles(&self) -> usize {
        self.place.output_panels::<T>().div_ceil(PANELS)
    }

    fn reads(&self) -> Vec<Region> {
        std::iter::once(self.rows).chain(self.place.parameters()).collect()
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

    fn run(&self, tile: usize, step: &Step<'_, T>, [rows_in, weight, bias, _]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output] = taken(writes);
        let (panels, Place { layer, batch, .. }) = (self.panels::<T>(tile), self.place);
        let lists = Lists { rows: rows_in, inputs: layer.inputs, most: layer.inputs };
        // The widest group; f64 uses half of it.
        let mut sums = [T::ZERO; 32 * PANELS];
        let sums = &mut sums[..panels.len() * T::PANEL];
        let weight = &weight[self.place.weight_panel::<T>(panels.start).start..];
        let rows = step.rows.len();
        sparse_product(step.isa, lists, weight, (rows, batch), (output.whole(), sums));
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
    pub(crate) columns: Region,
    pub(crate) grad_output: Region,
}

impl<T: Element> Op<T> for SparseWeightUpdate {
    fn tiles(&self) -> usize {
        tiles::<T>(&self.place)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.columns, self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let weight = self.place.weight;
        [weight.value, weight.velocity].map(|region| block::<T>(&self.place, region, tile)).to_vec()
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
        let ((panels, inputs), batch) = (tile_of::<T>(&self.place, tile), self.place.batch);
        let mut shifts = [T::ZERO; 32 * PANELS];
        let shifts = &mut shifts[..panels.len() * T::PANEL];
        let mut scale = T::ONE;
        for (panel, shift) in panels.clone().zip(shifts.chunks_exact_mut(T::PANEL)) {
            let delta = &grad_output[self.place.value_panel::<T>(panel, step.rows.len())];
            scale = folded(step, delta, shift).map_or(T::ONE, |(scale, _)| scale);
        }
        let delta = &grad_output[self.place.value_panel::<T>(panels.start, 0).start..];
        let mut states = [(); PANELS].map(|()| (&mut [][..], &mut [][..]));
        for (state, pair) in states.iter_mut().zip(weight.all().zip(velocity.all())) {
            *state = pair;
        }
        let states = &mut states[..panels.len()];
        sparse_update(step.isa, Columns { lists, batch }, inputs, delta, states, step.rule, (scale, shifts));
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}

/// Into how many tiles a gradient or update of the weight is cut: some panels of outputs and some inputs each.
fn tiles<T: Element>(place: &Place) -> usize {
    place.output_panels::<T>().div_ceil(PANELS) * place.layer.inputs.div_ceil(INPUTS)
}

/// (panels of outputs, inputs) of such a tile.
fn tile_of<T: Element>(place: &Place, tile: usize) -> (Range<usize>, Range<usize>) {
    let blocks = place.layer.inputs.div_ceil(INPUTS);
    let (panel, input) = (tile / blocks * PANELS, tile % blocks * INPUTS);
    let panels = panel..place.output_panels::<T>().min(panel + PANELS);
    (panels, input..place.layer.inputs.min(input + INPUTS))
}

/// Its part of a region that lies as the weight does.
fn block<T: Element>(place: &Place, region: Region, tile: usize) -> Block {
    let ((panels, inputs), stride) = (tile_of::<T>(place, tile), place.layer.inputs * T::PANEL);
    let (start, len) = (panels.start * stride + inputs.start * T::PANEL, inputs.len() * T::PANEL);
    Block { count: panels.len(), stride, ..region.block(start, len) }
}

/// The weight's gradient, written: what [`SparseWeightUpdate`] hands to the rule, in the same tiles.
pub(crate) struct SparseWeightGradient {
    pub(crate) place: Place,
    pub(crate) columns: Region,
    pub(crate) grad_output: Region,
}

impl<T: Element> Op<T> for SparseWeightGradient {
    fn tiles(&self) -> usize {
        tiles::<T>(&self.place)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.columns, self.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![block::<T>(&self.place, self.place.weight.gradient, tile)]
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
        let ((panels, inputs), batch) = (tile_of::<T>(&self.place, tile), self.place.batch);
        let delta = &grad_output[self.place.value_panel::<T>(panels.start, 0).start..];
        let mut outs = [(); PANELS].map(|()| &mut [][..]);
        outs.iter_mut().zip(gradient.all()).for_each(|(out, run)| *out = run);
        let outs = &mut outs[..panels.len()];
        sparse_gradient(step.isa, Columns { lists, batch }, inputs, delta, outs);
        for (panel, out) in panels.zip(outs) {
            fold_in(step, &grad_output[self.place.value_panel::<T>(panel, step.rows.len())], out);
        }
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}
