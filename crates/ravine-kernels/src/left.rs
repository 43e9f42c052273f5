use crate::element::Element;
use crate::product::CHAIN;

/// How the broadcast side of a product lies: a(row, step) is at `place`.
pub(crate) trait Left<T: Element> {
    /// Steps that lie evenly apart, from each multiple of it on.
    const EVEN: usize;
    /// In elements; `stride` is from one panel, row or column to the next.
    fn place(stride: usize, row: usize, step: usize) -> usize;
}

/// Panels [steps / PANEL][rows][PANEL].
pub(crate) struct InPanels;
/// One panel [steps][PANEL], of whose columns each is a row.
pub(crate) struct OnePanel;
/// A row-major matrix [rows, steps].
pub(crate) struct InRows;
/// A row-major matrix [steps, rows].
pub(crate) struct InColumns;

impl<T: Element> Left<T> for InPanels {
    const EVEN: usize = T::PANEL;
    #[inline(always)]
    fn place(stride: usize, row: usize, step: usize) -> usize {
        step / T::PANEL * stride + row * T::PANEL + step % T::PANEL
    }
}

impl<T: Element> Left<T> for OnePanel {
    const EVEN: usize = T::PANEL;
    #[inline(always)]
    fn place(_: usize, row: usize, step: usize) -> usize {
        step * T::PANEL + row
    }
}

impl<T: Element> Left<T> for InRows {
    const EVEN: usize = CHAIN;
    #[inline(always)]
    fn place(stride: usize, row: usize, step: usize) -> usize {
        row * stride + step
    }
}

impl<T: Element> Left<T> for InColumns {
    const EVEN: usize = CHAIN;
    #[inline(always)]
    fn place(stride: usize, row: usize, step: usize) -> usize {
        step * stride + row
    }
}
