use crate::error::{Result, expect_shape};
use crate::pool::{available_threads, pool};
use ndarray::{ArrayView2, ArrayViewMut2};
use ravine_kernels::{Element, Isa, Out, Rows, pack, padded, product, transpose_panel, unpack};
use rayon::prelude::*;

/// The most rows of C that one task computes: with them a panel of B is read from the nearest cache.
const ROWS: usize = 96;
/// Tiles are at their best in multiples of this.
const STEP: usize = 4;
/// Multiply–adds from which a second thread pays.
const SHARED: usize = 1 << 18;

/// C ← A·B.  `a` [m, k], `b` [k, n] (transposes are views), `c` [m, n] overwritten; its old values, even NaN, are never read.
///
/// # Errors
/// [`crate::Error::Shape`] when the sizes disagree.
pub fn matmul<T: Element>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>, mut c: ArrayViewMut2<'_, T>) -> Result<()> {
    let ((m, k), (_, n)) = (a.dim(), b.dim());
    expect_shape("matmul", "b", &[k, n], b.shape())?;
    expect_shape("matmul", "out", &[m, n], c.shape())?;
    if m == 0 || n == 0 {
        return Ok(());
    }
    match c.as_slice_mut() {
        Some(out) => affine(a, b, None, out, |_| {}),
        None => {
            let mut out = vec![T::ZERO; m * n];
            affine(a, b, None, &mut out, |_| {})?;
            c.iter_mut().zip(out).for_each(|(to, from)| *to = from);
            Ok(())
        }
    }
}

/// out[r] ← finish(start + A[r]·B), by blocks of rows; `out` row-major [m, n].
pub(crate) fn affine<T: Element>(
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    start: Option<&[T]>,
    out: &mut [T],
    finish: impl Fn(&mut [T]) + Sync,
) -> Result<()> {
    let ((m, k), n) = (a.dim(), b.ncols());
    let mut panels = vec![T::ZERO; padded::<T>(n) * k];
    let start = start.map(|start| widened(start, padded::<T>(n)));
    let fill = |(p, panel): (usize, &mut [T])| pack_panel(b, p * T::PANEL, panel);
    let threads = if m * n * k < SHARED { 1 } else { available_threads() };
    let (height, size) = (height(m, threads), (k * T::PANEL).max(1));
    let block = |panels: &[T], i: usize, out: &mut [T]| {
        let rows = out.len() / n;
        let a = pack_rows(a.slice(ndarray::s![i * height..i * height + rows, ..]));
        let a = Rows { panels: &a, capacity: rows, first: 0 };
        for (p, panel) in panels_of(panels, k, n).enumerate() {
            let start = start.as_ref().map(|start| &start[p * T::PANEL..][..T::PANEL]);
            multiply(a, rows, panel, start, out, (n, p * T::PANEL));
        }
        finish(out);
    };
    if threads == 1 {
        panels.chunks_exact_mut(size).enumerate().for_each(fill);
        out.chunks_mut(height * n).enumerate().for_each(|(i, rows)| block(&panels, i, rows));
        return Ok(());
    }
    pool(threads)?.install(|| {
        panels.par_chunks_exact_mut(size).enumerate().for_each(fill);
        out.par_chunks_mut(height * n).enumerate().for_each(|(i, rows)| block(&panels, i, rows));
    });
    Ok(())
}

/// Rows of one task: as many tasks for each thread as for every other.
fn height(m: usize, threads: usize) -> usize {
    let rounds = m.div_ceil(threads * ROWS).max(1);
    m.div_ceil(threads * rounds).next_multiple_of(STEP)
}

/// One panel of some rows of C, straight into its place where it is whole.
fn multiply<T: Element>(
    a: Rows<'_, T>,
    rows: usize,
    panel: &[T],
    start: Option<&[T]>,
    out: &mut [T],
    (n, first): (usize, usize),
) {
    let width = T::PANEL.min(n - first);
    if width == T::PANEL {
        product(Isa::chosen(), a, panel, start, Out { values: &mut out[first..], stride: n, rows, width });
        return;
    }
    let mut tile = vec![T::ZERO; rows * T::PANEL];
    product(Isa::chosen(), a, panel, start, Out { values: &mut tile, stride: T::PANEL, rows, width });
    unpack(&tile, out, n, first);
}

/// The vector, padded with zeros.
fn widened<T: Element>(vector: &[T], len: usize) -> Vec<T> {
    let mut wide = vector.to_vec();
    wide.resize(len, T::ZERO);
    wide
}

/// The panels [k][PANEL] of B; with k = 0 they are empty, and still as many.
fn panels_of<T: Element>(panels: &[T], k: usize, n: usize) -> impl Iterator<Item = &[T]> {
    let size = k * T::PANEL;
    (0..n.div_ceil(T::PANEL)).map(move |p| &panels[p * size..(p + 1) * size])
}

/// panel[k][j] ← B[k][first + j], whichever way B lies.
fn pack_panel<T: Element>(b: ArrayView2<'_, T>, first: usize, panel: &mut [T]) {
    match (b.as_slice(), b.t().as_slice()) {
        (Some(rows), _) => pack(rows, b.ncols(), first, panel),
        (None, Some(columns)) => transpose_panel(Isa::chosen(), columns, b.nrows(), first, panel),
        _ => pack(&b.iter().copied().collect::<Vec<_>>(), b.ncols(), first, panel),
    }
}

/// Some rows of A in panels [k / PANEL][rows][PANEL].
fn pack_rows<T: Element>(a: ArrayView2<'_, T>) -> Vec<T> {
    let (rows, k) = a.dim();
    let mut panels = vec![T::ZERO; padded::<T>(k) * rows];
    for (p, panel) in panels.chunks_exact_mut((rows * T::PANEL).max(1)).enumerate() {
        let width = T::PANEL.min(k - p * T::PANEL);
        let part = a.slice(ndarray::s![.., p * T::PANEL..p * T::PANEL + width]);
        for (source, target) in part.rows().into_iter().zip(panel.chunks_exact_mut(T::PANEL)) {
            target.iter_mut().zip(source).for_each(|(to, &from)| *to = from);
        }
    }
    panels
}
