//! The first layer over features that are mostly zero: only what is not zero is visited, with the bits of the dense way.
//!
//! A zero term that is left out could have changed two things. It makes +0 of a chain that underflowed to −0: the first layer adds +0
//! at its end, and the optimizer's rule does not tell the zeros of a gradient apart. And it is NaN where its other factor is not
//! finite: such factors are found by their sum, and what they would have made NaN is.

use crate::arena::{Block, Region};
use crate::dense::{Place, finish};
use crate::op::{Op, Reads, Step, Writes, taken};
use crate::update::shifted;
use ravine_kernels::{CHAIN, Columns, Element, Isa, activate, add_rows, sift, sparse_product, sparse_update};

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

    fn run(&self, tile: usize, step: &Step<'_, T>, _: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut lists] = taken(writes);
        let first = tile * T::PANEL;
        let columns = first..self.width.min(first + T::PANEL);
        // Rows lie anywhere in memory: all are asked for before the first is read.
        step.rows.iter().for_each(|&example| step.dataset.expect(example, columns.clone()));
        let rows = step.rows.iter().map(|&example| step.dataset.part(example, columns.clone()));
        sift(rows, lists.whole(), self.batch);
    }
}

/// output ← activation(input·Wᵀ + b), normalisation folded. A tile is a group of panels of outputs.
pub(crate) struct SparseForward {
    pub(crate) place: Place,
    pub(crate) lists: Region,
    /// Where a chain is cut, room for a panel of a later part: [tiles][batch][PANEL].
    pub(crate) parts: Region,
}

impl SparseForward {
    /// Elements of `parts` for each tile.
    fn part<T: Element>(place: &Place) -> usize {
        if place.layer.inputs > CHAIN { place.batch * T::PANEL } else { 0 }
    }

    /// Elements of `parts`.
    pub(crate) fn parts<T: Element>(place: &Place) -> usize {
        place.output_panels::<T>().div_ceil(GROUP) * Self::part::<T>(place)
    }

    fn panels<T: Element>(&self, tile: usize) -> std::ops::Range<usize> {
        tile * GROUP..((tile + 1) * GROUP).min(self.place.output_panels::<T>())
    }
}

impl<T: Element> Op<T> for SparseForward {
    fn tiles(&self) -> usize {
        self.place.output_panels::<T>().div_ceil(GROUP)
    }

    fn reads(&self) -> Vec<Region> {
        [Some(self.lists), Some(self.place.weight), self.place.bias].into_iter().flatten().collect()
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (panels, size) = (self.panels::<T>(tile), self.place.batch * T::PANEL);
        let part = Self::part::<T>(&self.place);
        vec![self.place.output.block(panels.start * size, panels.len() * size), self.parts.block(tile * part, part)]
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [lists, weight, bias, _]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut output, mut part] = taken(writes);
        let (panels, Place { layer, batch, .. }) = (self.panels::<T>(tile), self.place);
        let columns = Columns { lists, batch };
        // The widest group; f64 uses half of it.
        let mut sums = [T::ZERO; 32 * GROUP];
        let sums = &mut sums[..panels.len() * T::PANEL];
        let weight = &weight[self.place.weight_panel::<T>(panels.start).start..];
        let bias = self.place.bias.map(|_| &bias[panels.start * T::PANEL..]);
        let (start, rows) = (bias.filter(|_| !self.place.folded), step.rows.len());
        if layer.inputs <= CHAIN {
            sparse_product(step.isa, columns, layer.inputs, weight, start, rows, (output.whole(), sums));
        } else {
            let out = (output.whole(), part.whole(), &mut sums[..]);
            cut_product(step.isa, columns, layer.inputs, weight, start, rows, out);
        }
        for (p, sums) in sums.chunks_exact_mut(T::PANEL).enumerate() {
            let values = &mut output.whole()[self.place.value_panel::<T>(p, rows)];
            if !finite(sums) {
                show_weights(columns, &weight[self.place.weight_panel::<T>(p)], values);
            }
            finish(step, sums, bias.map(|bias| &bias[p * T::PANEL..]), values);
            activate(step.isa, values, layer.activation);
        }
    }

    fn work(&self) -> usize {
        self.place.products() / 4
    }
}

/// [`sparse_product`] where chains are cut: panel by panel, the parts added in order; `part` is room for one.
fn cut_product<T: Element>(
    isa: Isa,
    x: Columns<'_, T>,
    inputs: usize,
    weight: &[T],
    start: Option<&[T]>,
    rows: usize,
    (out, part, sums): (&mut [T], &mut [T], &mut [T]),
) {
    let panels = out.chunks_exact_mut(x.batch * T::PANEL).zip(weight.chunks_exact(inputs * T::PANEL));
    for (p, ((out, weight), sums)) in panels.zip(sums.chunks_exact_mut(T::PANEL)).enumerate() {
        for (c, weight) in weight.chunks(CHAIN * T::PANEL).enumerate() {
            let lists = &x.lists[c * CHAIN / T::PANEL * Columns::<T>::size(x.batch)..];
            let (x, columns) = (Columns { lists, ..x }, weight.len() / T::PANEL);
            if c == 0 {
                let start = start.map(|start| &start[p * T::PANEL..]);
                sparse_product(isa, x, columns, weight, start, rows, (out, sums));
            } else {
                let mut more = [T::ZERO; 32];
                sparse_product(isa, x, columns, weight, None, rows, (part, &mut more[..T::PANEL]));
                out[..rows * T::PANEL].iter_mut().zip(&*part).for_each(|(sum, &more)| *sum += more);
                sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
        }
    }
}

/// Whether nothing that was summed can be infinite or NaN.
fn finite<T: Element>(sums: &[T]) -> bool {
    sums.iter().all(|sum| sum.is_finite())
}

/// out[r] ← NaN where the weight of a column without an entry is not finite: zero times it is NaN, and so is what that is added to.
fn show_weights<T: Element>(columns: Columns<'_, T>, weight: &[T], out: &mut [T]) {
    let rows = out.len() / T::PANEL;
    for (column, weights) in weight.chunks_exact(T::PANEL).enumerate().filter(|(_, weights)| !finite(weights)) {
        columns.absent(column, rows).for_each(|row| show(weights, &mut out[row * T::PANEL..]));
    }
}

/// Likewise what becomes of a weight and its velocity where the δ of a row without an entry is not finite.
fn show_deltas<T: Element>(columns: Columns<'_, T>, first: usize, delta: &[T], states: [&mut [T]; 2]) {
    for state in states {
        for (column, state) in state.chunks_exact_mut(T::PANEL).enumerate() {
            let absent = columns.absent(first + column, delta.len() / T::PANEL);
            absent.for_each(|row| show(&delta[row * T::PANEL..][..T::PANEL], state));
        }
    }
}

/// target ← NaN where a factor is not finite.
fn show<T: Element>(factors: &[T], target: &mut [T]) {
    let hidden = factors.iter().zip(target).filter(|(factor, _)| !factor.is_finite());
    hidden.for_each(|(_, target)| *target = T::from_f64(f64::NAN));
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
        self.place.weight_blocks::<T>(tile)
    }

    fn run(&self, tile: usize, step: &Step<'_, T>, [lists, grad_output, ..]: Reads<'_, T>, writes: Writes<'_, T>) {
        let [mut weight, mut velocity] = taken(writes);
        let (panel, inputs) = self.place.weight_tile::<T>(tile);
        let batch = self.place.batch;
        let (mut sums, zeros) = ([T::ZERO; 32], [T::ZERO; 32]);
        let sums = &mut sums[..T::PANEL];
        let delta = &grad_output[self.place.value_panel::<T>(panel, step.rows.len())];
        add_rows(step.isa, sums, delta);
        let hides = !finite(sums);
        let fold = step.dataset.fold.map_or((T::ONE, &zeros[..]), |fold| shifted(fold, sums));
        let columns = Columns { lists, batch };
        let whole = &grad_output[self.place.value_panel::<T>(panel, batch)];
        let states = (weight.whole(), velocity.whole());
        sparse_update(step.isa, columns, inputs.clone(), whole, states, step.rule, fold);
        if hides {
            show_deltas(columns, inputs.start, delta, [weight.whole(), velocity.whole()]);
        }
    }

    fn work(&self) -> usize {
        self.place.products() / 4
    }
}
