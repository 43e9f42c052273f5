//! The first layer over features that are mostly zero: only what is not zero is visited, with the bits of the dense way.
//!
//! A zero term that is left out could have changed two things. It makes +0 of a chain that underflowed to −0: the first layer adds +0
//! at its end, and the optimizer's rule does not tell the zeros of a gradient apart. And it is NaN where its other factor is not
//! finite: such factors are found by their sum, and what they would have made NaN is.

use crate::arena::{Block, Region};
use crate::dense::{Place, finish};
use crate::lists::Listed;
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::update::shifted;
use ravine_kernels::{
    Columns, Element, Lists, PANELS, activate, add_rows, fold, sparse_gradient, sparse_product, sparse_update,
};
use std::ops::Range;

/// Inputs of a tile of an update.
const INPUTS: usize = 256;

/// output ← activation(input·Wᵀ + b), normalisation folded. A tile is a group of panels of outputs.
pub(crate) struct SparseForward {
    pub(crate) place: Place,
    pub(crate) listed: Listed,
}

impl SparseForward {
    fn panels<T: Element>(&self, tile: usize) -> Range<usize> {
        tile * PANELS..((tile + 1) * PANELS).min(self.place.output_panels::<T>())
    }
}

impl<T: Element> Op<T> for SparseForward {
    fn tiles(&self) -> usize {
        self.place.output_panels::<T>().div_ceil(PANELS)
    }

    fn reads(&self) -> Vec<Region> {
        std::iter::once(self.listed.rows).chain(self.place.parameters()).collect()
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
        let (panels, rows, lists) = (self.panels::<T>(tile), step.rows.len(), self.listed.lists(lists));
        // The widest group; f64 uses half of it.
        let mut sums = [T::ZERO; 32 * PANELS];
        let sums = &mut sums[..panels.len() * T::PANEL];
        let weight = &weight[self.place.weight_panel::<T>(panels.start).start..];
        let bias = self.place.bias.map(|_| &bias[panels.start * T::PANEL..]);
        let start = bias.filter(|_| !self.place.folded);
        sparse_product(step.isa, lists, weight, start, (rows, self.place.batch), (output.whole(), sums));
        for (p, sums) in sums.chunks_exact_mut(T::PANEL).enumerate() {
            let values = &mut output.whole()[self.place.value_panel::<T>(p, rows)];
            if !finite(sums) {
                show_weights(lists, &weight[self.place.weight_panel::<T>(p)], values);
            }
            finish(step, sums, bias.map(|bias| &bias[p * T::PANEL..]), values);
            activate(step.isa, values, self.place.layer.activation);
        }
    }

    fn work(&self) -> usize {
        self.place.products()
    }
}

/// Whether nothing that was summed can be infinite or NaN.
fn finite<T: Element>(sums: &[T]) -> bool {
    sums.iter().all(|sum| sum.is_finite())
}

/// out[r] ← NaN where the weight of a column without an entry is not finite: zero times it is NaN, and so is what that is added to.
fn show_weights<T: Element>(lists: Lists<'_, T>, weight: &[T], out: &mut [T]) {
    let rows = out.len() / T::PANEL;
    for (column, weights) in weight.chunks_exact(T::PANEL).enumerate().filter(|(_, weights)| !finite(weights)) {
        lists.absent(column, rows).for_each(|row| show(weights, &mut out[row * T::PANEL..]));
    }
}

/// Likewise what a gradient makes of columns from `first` on where the δ of a row without an entry is not finite.
fn show_deltas<T: Element>(columns: Columns<'_, T>, first: usize, delta: &[T], made: &mut [T]) {
    for (column, made) in made.chunks_exact_mut(T::PANEL).enumerate() {
        let absent = columns.absent(first + column, delta.len() / T::PANEL);
        absent.for_each(|row| show(&delta[row * T::PANEL..][..T::PANEL], made));
    }
}

/// target ← NaN where a factor is not finite.
fn show<T: Element>(factors: &[T], target: &mut [T]) {
    let hidden = factors.iter().zip(target).filter(|(factor, _)| !factor.is_finite());
    hidden.for_each(|(_, target)| *target = T::from_f64(f64::NAN));
}

/// A gradient of the weight or an update by it, column by column of the features, in tiles of some panels of outputs and some inputs.
#[derive(Clone, Copy)]
pub(crate) struct Sparse {
    pub(crate) place: Place,
    pub(crate) listed: Listed,
    pub(crate) grad_output: Region,
}

impl Sparse {
    fn tiles<T: Element>(&self) -> usize {
        self.place.output_panels::<T>().div_ceil(PANELS) * self.listed.inputs.div_ceil(INPUTS)
    }

    /// (panels of outputs, inputs) of a tile.
    fn tile<T: Element>(&self, tile: usize) -> (Range<usize>, Range<usize>) {
        let blocks = self.listed.inputs.div_ceil(INPUTS);
        let (panel, input) = (tile / blocks * PANELS, tile % blocks * INPUTS);
        let panels = panel..self.place.output_panels::<T>().min(panel + PANELS);
        (panels, input..self.listed.inputs.min(input + INPUTS))
    }

    /// Its part of a region that lies as the weight does.
    fn block<T: Element>(&self, region: Region, tile: usize) -> Block {
        let ((panels, inputs), stride) = (self.tile::<T>(tile), self.listed.inputs * T::PANEL);
        let (start, len) = (panels.start * stride + inputs.start * T::PANEL, inputs.len() * T::PANEL);
        Block { count: panels.len(), stride, ..region.block(start, len) }
    }

    /// One panel's δ, Σδ into `sums`; says whether a δ may not be finite.
    fn delta<'a, T: Element>(
        &self,
        step: &Step<'_, T>,
        delta: &'a [T],
        panel: usize,
        sums: &mut [T],
    ) -> (&'a [T], bool) {
        let delta = &delta[self.place.value_panel::<T>(panel, step.rows.len())];
        add_rows(step.isa, sums, delta);
        (delta, !finite(sums))
    }
}

/// The weight's update by a gradient that stays in registers.
pub(crate) struct SparseWeightUpdate(pub(crate) Sparse);

impl<T: Element> Op<T> for SparseWeightUpdate {
    fn tiles(&self) -> usize {
        self.0.tiles::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.0.listed.columns, self.0.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let weight = self.0.place.weight;
        [weight.value, weight.velocity].map(|region| self.0.block::<T>(region, tile)).to_vec()
    }

    fn name(&self) -> String {
        format!("sparse weight update {}", self.0.place.number)
    }

    /// But for the lists.
    fn touched(&self) -> usize {
        self.0.place.weight.state().len + self.0.grad_output.len
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [lists, deltas, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut weight, mut velocity] = taken(writes);
        let ((panels, inputs), columns) = (self.0.tile::<T>(tile), self.0.listed.columns(lists));
        let (mut shifts, mut hides) = ([T::ZERO; 32 * PANELS], [false; PANELS]);
        let shifts = &mut shifts[..panels.len() * T::PANEL];
        for ((panel, shift), hides) in panels.clone().zip(shifts.chunks_exact_mut(T::PANEL)).zip(&mut hides) {
            *hides = self.0.delta(step, deltas, panel, shift).1;
        }
        let scale = match step.dataset.fold {
            Some(fold) => shifted(fold, shifts).0,
            None => {
                shifts.fill(T::ZERO);
                T::ONE
            }
        };
        let mut states = [(); PANELS].map(|()| (&mut [][..], &mut [][..]));
        states.iter_mut().zip(weight.all().zip(velocity.all())).for_each(|(state, pair)| *state = pair);
        let states = &mut states[..panels.len()];
        let delta = &deltas[self.0.place.value_panel::<T>(panels.start, 0).start..];
        sparse_update(step.isa, columns, inputs.clone(), delta, states, step.rule, (scale, shifts));
        for ((panel, (weight, velocity)), _) in panels.zip(states).zip(hides).filter(|(_, hides)| *hides) {
            let delta = &deltas[self.0.place.value_panel::<T>(panel, step.rows.len())];
            show_deltas(columns, inputs.start, delta, weight);
            show_deltas(columns, inputs.start, delta, velocity);
        }
    }

    fn work(&self) -> usize {
        self.0.place.products()
    }
}

/// The weight's gradient, written: what [`SparseWeightUpdate`] hands to the rule, in the same tiles.
pub(crate) struct SparseWeightGradient(pub(crate) Sparse);

impl<T: Element> Op<T> for SparseWeightGradient {
    fn tiles(&self) -> usize {
        self.0.tiles::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.0.listed.columns, self.0.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        vec![self.0.block::<T>(self.0.place.weight.gradient, tile)]
    }

    fn name(&self) -> String {
        format!("sparse weight gradient {}", self.0.place.number)
    }

    /// But for the lists.
    fn touched(&self) -> usize {
        self.0.place.weight.gradient.len + self.0.grad_output.len
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [lists, deltas, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut gradient] = taken(writes);
        let ((panels, inputs), columns) = (self.0.tile::<T>(tile), self.0.listed.columns(lists));
        let mut outs = [(); PANELS].map(|()| &mut [][..]);
        outs.iter_mut().zip(gradient.all()).for_each(|(out, run)| *out = run);
        let outs = &mut outs[..panels.len()];
        let delta = &deltas[self.0.place.value_panel::<T>(panels.start, 0).start..];
        sparse_gradient(step.isa, columns, inputs.clone(), delta, outs);
        for (panel, out) in panels.zip(outs) {
            let mut sums = [T::ZERO; 32];
            let sums = &mut sums[..T::PANEL];
            let (delta, hides) = self.0.delta(step, deltas, panel, sums);
            if hides {
                show_deltas(columns, inputs.start, delta, out);
            }
            if let Some((scale, shift)) = step.dataset.fold.map(|fold| shifted(fold, sums)) {
                fold(step.isa, out, scale, shift);
            }
        }
    }

    fn work(&self) -> usize {
        self.0.place.products()
    }
}
