use crate::error::{Result, expect_shape};
use crate::pool::{available_threads, pool};
use crate::spare::Spare;
use ndarray::{ArrayView2, ArrayViewMut2};
use ravine_kernels::{Element, Isa, Out, Rows, pack, padded, product, transpose_panel, unpack};
use rayon::prelude::*;

/// The most rows of C that one task computes: with them a panel of B is read from the nearest cache.
const ROWS: usize = 96;
/// Tiles are at their best in multiples of this.
const STEP: usize = 4;
/// Multiply–adds from which a second thread pays for being woken.
const SHARED: usize = 1 << 24;

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
    let threads = if m * n * k < SHARED { 1 } else { available_threads() };
    let start = start.map(|start| widened(start, padded::<T>(n)));
    let right = packed(b, threads)?;
    // A transposed operand is turned at once, the rows of the other way are packed by those who multiply them.
    let turned = if a.is_standard_layout() { None } else { Some(packed(a, threads)?) };
    let height = height(m, threads);
    let block = |(i, out): (usize, &mut [T])| {
        let rows = out.len() / n;
        let own = turned.is_none().then(|| packed(a.slice(ndarray::s![i * height..i * height + rows, ..]), 1));
        let own = own.transpose()?;
        let a = match (&turned, &own) {
            (Some(all), _) => Rows { panels: all, capacity: m, first: i * height },
            (None, own) => Rows { panels: own.as_deref().unwrap_or_default(), capacity: rows, first: 0 },
        };
        for p in 0..n.div_ceil(T::PANEL) {
            let panel = &right[p * k * T::PANEL..(p + 1) * k * T::PANEL];
            let start = start.as_ref().map(|start| &start[p * T::PANEL..][..T::PANEL]);
            multiply(a, rows, panel, start, out, (n, p * T::PANEL));
        }
        finish(out);
        Ok(())
    };
    if threads == 1 {
        return out.chunks_mut(height * n).enumerate().try_for_each(block);
    }
    pool(threads)?.install(|| out.par_chunks_mut(height * n).enumerate().try_for_each(block))
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
    let mut tile = Spare::new(rows * T::PANEL);
    product(Isa::chosen(), a, panel, start, Out { values: &mut tile, stride: T::PANEL, rows, width });
    unpack(&tile, out, n, first);
}

/// The vector, padded with zeros.
fn widened<T: Element>(vector: &[T], len: usize) -> Vec<T> {
    let mut wide = vector.to_vec();
    wide.resize(len, T::ZERO);
    wide
}

/// All panels of a matrix [rows, columns]: [columns / PANEL][rows][PANEL].
fn packed<T: Element>(matrix: ArrayView2<'_, T>, threads: usize) -> Result<Spare<T>> {
    let (rows, columns) = matrix.dim();
    let mut panels = Spare::new(padded::<T>(columns) * rows);
    let size = (rows * T::PANEL).max(1);
    let fill = |(p, panel): (usize, &mut [T])| pack_panel(matrix, p * T::PANEL, panel);
    if threads == 1 {
        panels.chunks_exact_mut(size).enumerate().for_each(fill);
    } else {
        pool(threads)?.install(|| panels.par_chunks_exact_mut(size).enumerate().for_each(fill));
    }
    Ok(panels)
}

/// panel[r][j] ← M[r][first + j], whichever way M lies.
fn pack_panel<T: Element>(matrix: ArrayView2<'_, T>, first: usize, panel: &mut [T]) {
    match (matrix.as_slice(), matrix.t().as_slice()) {
        (Some(rows), _) => pack(rows, matrix.ncols(), first, panel),
        (None, Some(columns)) => transpose_panel(Isa::chosen(), columns, matrix.nrows(), first, panel),
        _ => {
            let part = matrix.slice(ndarray::s![.., first..matrix.ncols().min(first + T::PANEL)]);
            for (row, target) in part.rows().into_iter().zip(panel.chunks_exact_mut(T::PANEL)) {
                target.iter_mut().zip(row).for_each(|(to, &from)| *to = from);
            }
        }
    }
}
