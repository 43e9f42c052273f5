//! The first layer over features that are mostly zero: only what is not zero is visited, with the bits of the dense way.
//!
//! A zero term that is left out could have changed two things. It makes +0 of a chain that underflowed to −0: the first layer adds +0
//! at its end, and the optimizer's rule does not tell the zeros of a gradient apart. And it is NaN where its other factor is not
//! finite: such factors are found by their sum, and what they would have made NaN is.

use crate::arena::{Block, Region};
use crate::dense::{Place, finish};
use crate::lists::Listed;
use crate::op::{Op, Reads, Step, Writes, part, taken};
use crate::update::shifted;
use ravine_kernels::{
    Columns, Element, Lists, PANELS, Part, Rule, activate, add_rows, fold, sparse_gradient, sparse_product,
    sparse_update,
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

    /// One panel's δ.
    fn delta<'a, T: Element>(&self, step: &Step<'_, T>, deltas: &'a [T], panel: usize) -> &'a [T] {
        &deltas[self.place.value_panel::<T>(panel, step.rows.len())]
    }
}

/// What the δ of some panels come to: Σδ as the fold of a gradient takes it, and whether one of them may not be finite.
struct Sums<T> {
    shifts: [T; 32 * PANELS],
    scale: Option<T>,
    hides: [bool; PANELS],
}

impl Sparse {
    fn sums<T: Element>(&self, step: &Step<'_, T>, deltas: &[T], panels: Range<usize>) -> Sums<T> {
        let mut sums = Sums { shifts: [T::ZERO; 32 * PANELS], scale: None, hides: [false; PANELS] };
        let shifts = &mut sums.shifts[..panels.len() * T::PANEL];
        for ((panel, shift), hides) in panels.zip(shifts.chunks_exact_mut(T::PANEL)).zip(&mut sums.hides) {
            add_rows(step.isa, shift, self.delta(step, deltas, panel));
            *hides = !finite(shift);
        }
        match step.dataset.fold {
            Some(fold) => sums.scale = Some(shifted(fold, shifts).0),
            None => shifts.fill(T::ZERO),
        }
        sums
    }

    /// The gradient of some inputs by some panels of outputs, its normalisation folded in; of each panel `outs` [inputs][PANEL].
    fn gradients<T: Element>(
        &self,
        step: &Step<'_, T>,
        (lists, deltas): (&[T], &[T]),
        (panels, sums): (Range<usize>, &Sums<T>),
        inputs: Range<usize>,
        outs: &mut [&mut [T]],
    ) {
        let (columns, start) = (self.listed.columns(lists), self.place.value_panel::<T>(panels.start, 0).start);
        sparse_gradient(step.isa, columns, inputs.clone(), &deltas[start..], outs);
        for (((panel, out), hides), shift) in panels.zip(outs).zip(sums.hides).zip(sums.shifts.chunks_exact(T::PANEL)) {
            if hides {
                show_deltas(columns, inputs.start, self.delta(step, deltas, panel), out);
            }
            if let Some(scale) = sums.scale {
                fold(step.isa, out, scale, shift);
            }
        }
    }
}

/// The weight's update by a gradient that stays in registers or, of rules that do not fuse, in the nearest cache.
pub(crate) struct SparseWeightUpdate(pub(crate) Sparse);

impl<T: Element> Op<T> for SparseWeightUpdate {
    fn tiles(&self) -> usize {
        self.0.tiles::<T>()
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.0.listed.columns, self.0.grad_output]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        self.0.place.weight.parts().map(|region| self.0.block::<T>(region, tile)).collect()
    }

    fn name(&self) -> String {
        format!("sparse weight update {}", self.0.place.number)
    }

    /// But for the lists.
    fn touched(&self) -> usize {
        self.0.place.weight.whole().len + self.0.grad_output.len
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [lists, deltas, ..]: Reads<'_, T>, mut writes: Writes<'_, T>) {
        match step.rules.of(self.0.place.weight.number) {
            Some(rule) if rule.fuses() => self.fused(tile, step, (lists, deltas), &mut writes, rule),
            Some(rule) => self.near(tile, step, (lists, deltas), &mut writes, rule),
            None => {}
        }
    }

    fn work(&self) -> usize {
        self.0.place.products()
    }
}

impl SparseWeightUpdate {
    fn fused<T: Element>(
        &self,
        tile: usize,
        step: &Step<'_, T>,
        (lists, deltas): (&[T], &[T]),
        writes: &mut Writes<'_, T>,
        rule: &Rule<T>,
    ) {
        let ((panels, inputs), columns) = (self.0.tile::<T>(tile), self.0.listed.columns(lists));
        let sums = self.0.sums(step, deltas, panels.clone());
        let mut parts = all_parts(writes);
        let parts = &mut parts[..panels.len()];
        let delta = &deltas[self.0.place.value_panel::<T>(panels.start, 0).start..];
        let fold = (sums.scale.unwrap_or(T::ONE), &sums.shifts[..]);
        sparse_update(step.isa, columns, inputs.clone(), delta, parts, rule, fold);
        for ((panel, part), _) in panels.zip(parts).zip(sums.hides).filter(|(_, hides)| *hides) {
            let delta = self.0.delta(step, deltas, panel);
            show_deltas(columns, inputs.start, delta, part.value);
            part.states[..rule.states()].iter_mut().for_each(|state| show_deltas(columns, inputs.start, delta, state));
        }
    }

    /// The gradient is written into the nearest cache, some columns at a time, and taken from there.
    fn near<T: Element>(
        &self,
        tile: usize,
        step: &Step<'_, T>,
        (lists, deltas): (&[T], &[T]),
        writes: &mut Writes<'_, T>,
        rule: &Rule<T>,
    ) {
        let ((panels, inputs), size) = (self.0.tile::<T>(tile), T::PANEL * T::PANEL);
        let (sums, mut gradients) = (self.0.sums(step, deltas, panels.clone()), [T::ZERO; PANELS * 32 * 32]);
        for first in inputs.clone().step_by(T::PANEL) {
            let columns = first..inputs.end.min(first + T::PANEL);
            let place = (first - inputs.start) * T::PANEL;
            let mut outs = [(); PANELS].map(|()| &mut [][..]);
            let parts_of = gradients[..panels.len() * size].chunks_exact_mut(size);
            outs.iter_mut().zip(parts_of).for_each(|(out, part)| *out = &mut part[..columns.len() * T::PANEL]);
            let outs = &mut outs[..panels.len()];
            self.0.gradients(step, (lists, deltas), (panels.clone(), &sums), columns, outs);
            for (p, gradient) in outs.iter().enumerate() {
                part(writes, p).within(place..place + gradient.len()).take(step.isa, rule, gradient);
            }
        }
    }
}

/// Of each panel of a tile the weight and its states.
fn all_parts<'a, T: Element>(writes: &'a mut Writes<'_, T>) -> [Part<'a, T>; PANELS] {
    let mut parts = [(); PANELS].map(|()| Part::default());
    let mut runs = writes.iter_mut().flatten();
    if let Some(values) = runs.next() {
        parts.iter_mut().zip(values.all()).for_each(|(part, value)| part.value = value);
    }
    for (s, states) in runs.enumerate() {
        parts.iter_mut().zip(states.all()).for_each(|(part, state)| part.states[s] = state);
    }
    parts
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
        let (panels, inputs) = self.0.tile::<T>(tile);
        let mut outs = [(); PANELS].map(|()| &mut [][..]);
        outs.iter_mut().zip(gradient.all()).for_each(|(out, run)| *out = run);
        let (count, sums) = (panels.len(), self.0.sums(step, deltas, panels.clone()));
        self.0.gradients(step, (lists, deltas), (panels, &sums), inputs, &mut outs[..count]);
    }

    fn work(&self) -> usize {
        self.0.place.products()
    }
}
