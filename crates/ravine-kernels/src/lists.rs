use crate::element::Element;
use std::ops::Range;

/// Columns of a block: with them the weights of a group of panels are read from the nearest cache.
pub const BLOCK: usize = 64;

/// The entries of a batch of raw features that are not zero, row by row: of each row, for each block of [`BLOCK`] columns where its
/// entries begin and at last where they end, then room for `most` pairs (column, value), columns ascending. Whole numbers lie as bits
/// in elements.
#[derive(Clone, Copy)]
pub struct Lists<'a, T> {
    /// All rows, one after another, each [`Lists::size`] long.
    pub rows: &'a [T],
    /// Columns.
    pub inputs: usize,
    /// Lists that a row has room for.
    pub most: usize,
}

impl<'a, T: Element> Lists<'a, T> {
    /// Elements of one row's list.
    pub const fn size(inputs: usize, most: usize) -> usize {
        inputs.div_ceil(BLOCK) + 1 + 2 * most
    }

    /// Pairs (column, value) of a row within some adjacent blocks.
    #[inline(always)]
    pub(crate) fn run(&self, row: usize, blocks: Range<usize>) -> &'a [[T; 2]] {
        let list = &self.rows[row * Self::size(self.inputs, self.most)..][..Self::size(self.inputs, self.most)];
        let (places, pairs) = list.split_at(self.inputs.div_ceil(BLOCK) + 1);
        let (first, end) = (places[blocks.start].index() as usize, places[blocks.end].index() as usize);
        pairs.as_chunks().0.get(first..end).unwrap_or_default()
    }

    /// Rows below `rows` that have no entry in a column.
    pub fn absent(&self, column: usize, rows: usize) -> impl Iterator<Item = usize> {
        let block = column / BLOCK;
        let present = move |row| self.run(row, block..block + 1).iter().any(|[c, _]| c.index() as usize == column);
        (0..rows).filter(move |&row| !present(row))
    }
}

/// The entries that are not zero of panels of raw features, column by column: `[PANEL]` counts, then for each column room for
/// `batch` pairs (row, value), rows ascending. Numbers of rows lie as bits in elements.
#[derive(Clone, Copy)]
pub struct Columns<'a, T> {
    /// All panels, one after another, each [`Columns::size`] long.
    pub lists: &'a [T],
    /// Rows that a column has room for.
    pub batch: usize,
}

impl<T: Element> Columns<'_, T> {
    /// Elements of one panel's lists.
    pub const fn size(batch: usize) -> usize {
        T::PANEL * (1 + 2 * batch)
    }

    /// Rows below `rows` that have no entry in a column.
    pub fn absent(&self, column: usize, rows: usize) -> impl Iterator<Item = usize> {
        let (counts, pairs) = self.lists[column / T::PANEL * Self::size(self.batch)..].split_at(T::PANEL);
        let (column, count) = (column % T::PANEL, counts[column % T::PANEL].index() as usize);
        let pairs = &pairs[column * 2 * self.batch..][..2 * count.min(self.batch)];
        let mut present = pairs.iter().step_by(2).map(|row| row.index() as usize).peekable();
        (0..rows).filter(move |row| present.next_if_eq(row).is_none())
    }

    /// (count, first pair) of a column; a count is at most `batch`.
    #[inline(always)]
    pub(crate) fn column(&self, column: usize) -> (usize, *const T) {
        let panel = &self.lists[column / T::PANEL * Self::size(self.batch)..][..Self::size(self.batch)];
        let place = T::PANEL + column % T::PANEL * 2 * self.batch;
        ((panel[column % T::PANEL].index() as usize).min(self.batch), panel[place..].as_ptr())
    }
}
