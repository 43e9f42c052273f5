//! The entries of a batch that are not zero, as lists: by rows for the forward pass, by columns for what learns.

use crate::arena::{Block, Region};
use crate::op::{Op, Reads, Step, Writes, taken};
use ravine_kernels::{BLOCK, Columns, Element, Lists, list, sift};

/// Rows of a tile of lists.
const ROWS: usize = 8;

/// Where the lists of a batch lie, and their shape.
#[derive(Clone, Copy)]
pub(crate) struct Listed {
    pub(crate) rows: Region,
    /// Empty where nothing is learnt.
    pub(crate) columns: Region,
    pub(crate) inputs: usize,
    /// Entries of an example at most.
    pub(crate) most: usize,
    pub(crate) batch: usize,
}

impl Listed {
    pub(crate) fn lists<T: Element>(self, rows: &[T]) -> Lists<'_, T> {
        Lists { rows, inputs: self.inputs, most: self.most }
    }

    pub(crate) fn columns<T: Element>(self, lists: &[T]) -> Columns<'_, T> {
        Columns { lists, batch: self.batch }
    }
}

/// rows ← the entries of the batch's features that are not zero, row by row. A tile is some rows.
pub(crate) struct List(pub(crate) Listed);

impl<T: Element> Op<T> for List {
    fn tiles(&self) -> usize {
        self.0.batch.div_ceil(ROWS)
    }

    fn reads(&self) -> Vec<Region> {
        Vec::new()
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let (first, size) = (tile * ROWS, Lists::<T>::size(self.0.inputs, self.0.most));
        vec![self.0.rows.block(first * size, ROWS.min(self.0.batch - first) * size)]
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
        let Listed { inputs, most, .. } = self.0;
        let [rows, next] = [step.rows, step.next].map(|rows| rows.chunks(ROWS).nth(tile).unwrap_or_default());
        let targets = lists.whole().chunks_exact_mut(Lists::<T>::size(inputs, most));
        rows.iter().zip(targets).for_each(|(&example, target)| list(step.dataset.row(example), target, inputs));
        // Rows lie anywhere in memory: those of the next step are asked for while this one works.
        next.iter().for_each(|&example| step.dataset.expect(example));
    }
}

/// columns ← the same entries, column by column. A tile is a block of columns.
pub(crate) struct Sift(pub(crate) Listed);

impl<T: Element> Op<T> for Sift {
    fn tiles(&self) -> usize {
        self.0.inputs.div_ceil(BLOCK)
    }

    fn reads(&self) -> Vec<Region> {
        vec![self.0.rows]
    }

    fn writes(&self, tile: usize) -> Vec<Block> {
        let Listed { columns, inputs, batch, .. } = self.0;
        let (first, end) = (tile * BLOCK / T::PANEL, ((tile + 1) * BLOCK).min(inputs).div_ceil(T::PANEL));
        let size = Columns::<T>::size(batch);
        vec![columns.block(first * size, (end - first) * size)]
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
        sift(self.0.lists(rows), step.rows.len(), tile, columns.whole(), self.0.batch);
    }
}
