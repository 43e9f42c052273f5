use crate::arena::{Block, Region};
use ravine_kernels::Element;
use std::ops::Range;

/// A row of some width for each example of a batch, in panels: [width / PANEL][batch][PANEL].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values {
    pub(crate) region: Region,
    pub(crate) width: usize,
    pub(crate) batch: usize,
}

impl Values {
    pub(crate) fn panels<T: Element>(self) -> usize {
        self.width.div_ceil(T::PANEL)
    }

    /// Columns of panel `p`.
    pub(crate) fn columns<T: Element>(self, p: usize) -> usize {
        T::PANEL.min(self.width - p * T::PANEL)
    }

    /// Where panel `p` lies, its first `rows` rows.
    pub(crate) fn panel<T: Element>(self, p: usize, rows: usize) -> Range<usize> {
        let start = p * self.batch * T::PANEL;
        start..start + rows * T::PANEL
    }

    /// Where a number lies.
    pub(crate) fn at<T: Element>(self, row: usize, column: usize) -> usize {
        (column / T::PANEL * self.batch + row) * T::PANEL + column % T::PANEL
    }

    /// Panel `p` as what a tile writes.
    pub(crate) fn panel_block<T: Element>(self, p: usize) -> Block {
        self.region.block(p * self.batch * T::PANEL, self.batch * T::PANEL)
    }

    /// So many rows of every panel as what a tile writes: a run for each panel.
    pub(crate) fn rows_block<T: Element>(self, first: usize, rows: usize) -> Block {
        let stride = self.batch * T::PANEL;
        Block { count: self.panels::<T>(), stride, ..self.region.block(first * T::PANEL, rows * T::PANEL) }
    }
}

/// Rows of a tile that takes rows whole.
pub(crate) const ROWS: usize = 16;

/// The rows of such a tile that a batch of `rows` has, the first of them and behind the last.
pub(crate) fn rows_of(tile: usize, rows: usize) -> Range<usize> {
    (tile * ROWS).min(rows)..((tile + 1) * ROWS).min(rows)
}
