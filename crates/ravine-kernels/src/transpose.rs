use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;

/// `target[j][r] ← source[r][j]` of one square of panels; `source` has `rows` rows, `stride` apart, at most PANEL, and the columns of
/// `target` beyond them become 0.
///
/// # Panics
/// When the target is not a whole square, or the source has not as many rows.
pub fn transpose_square<T: Element>(isa: Isa, source: &[T], stride: usize, rows: usize, target: &mut [T]) {
    let last = rows.saturating_sub(1).saturating_mul(stride);
    assert!(rows == 0 || source.len() >= last.saturating_add(T::PANEL), "the source is short");
    assert!(rows <= T::PANEL && target.len() == T::PANEL * T::PANEL, "not a square");
    // SAFETY: the set is one that the CPU has; the assertions are the bounds.
    unsafe { (T::kernels(isa).transpose)(source.as_ptr(), stride, rows, target.as_mut_ptr()) }
}

/// One panel of the transpose of a row-major matrix `[rows, columns]`: `panel[c][j] ← matrix[first + j][c]`, padded with zeros.
///
/// # Panics
/// When the panel has not as many rows as the matrix has columns.
pub fn transpose_panel<T: Element>(isa: Isa, matrix: &[T], columns: usize, first: usize, panel: &mut [T]) {
    let rows = T::PANEL.min(matrix.len().checked_div(columns).unwrap_or(0) - first);
    transpose_rows(isa, &matrix[first * columns..], columns, rows, &mut panel[..columns * T::PANEL]);
}

/// `panel[c][j] ← source[j·stride + c]` of `rows` rows, at most PANEL; zeros beyond them.
///
/// # Panics
/// When the source is short of columns that the panel has rows.
pub fn transpose_rows<T: Element>(isa: Isa, source: &[T], stride: usize, rows: usize, panel: &mut [T]) {
    let size = T::PANEL * T::PANEL;
    let whole = panel.len() / size * T::PANEL;
    for (block, square) in panel.chunks_exact_mut(size).enumerate() {
        transpose_square(isa, &source[block * T::PANEL..], stride, rows, square);
    }
    // What is left of the columns is no square.
    for (c, target) in panel[whole * T::PANEL..].chunks_exact_mut(T::PANEL).enumerate() {
        for (j, value) in target.iter_mut().enumerate() {
            *value = if j < rows { source[j * stride + whole + c] } else { T::ZERO };
        }
    }
}

/// Blocks as high as a vector is wide, transposed in registers.
///
/// # Safety
/// The CPU has the set of `L`; `source` may be read for PANEL columns of `rows ≤ PANEL` rows, `target` written for a square.
#[inline(always)]
pub(crate) unsafe fn square<L: Lanes>(source: *const L::Element, stride: usize, rows: usize, target: *mut L::Element) {
    for row in (0..L::Element::PANEL).step_by(L::LANES) {
        for column in (0..L::Element::PANEL).step_by(L::LANES) {
            let (from, to) = (row * stride + column, column * L::Element::PANEL + row);
            let left = rows.saturating_sub(row);
            // SAFETY: the block lies within the square; of the source only its rows are read.
            unsafe {
                match L::LANES {
                    16 => block::<L, 16>(source.wrapping_add(from), stride, left, target.add(to)),
                    8 => block::<L, 8>(source.wrapping_add(from), stride, left, target.add(to)),
                    4 => block::<L, 4>(source.wrapping_add(from), stride, left, target.add(to)),
                    2 => block::<L, 2>(source.wrapping_add(from), stride, left, target.add(to)),
                    _ => block::<L, 1>(source.wrapping_add(from), stride, left, target.add(to)),
                }
            }
        }
    }
}

/// N×N by log₂N rounds of a perfect shuffle: row i is zipped with row i + N/2.
///
/// # Safety
/// As [`square`]; N is the number of lanes.
#[inline(always)]
unsafe fn block<L: Lanes, const N: usize>(
    source: *const L::Element,
    stride: usize,
    rows: usize,
    target: *mut L::Element,
) {
    // SAFETY: by the contract: rows below `rows` may be read, all N may be written.
    unsafe {
        let mut lanes = [L::zero(); N];
        for (r, row) in lanes.iter_mut().enumerate().take(rows) {
            *row = L::load(source.wrapping_add(r * stride));
        }
        for _ in 0..N.ilog2() {
            let before = lanes;
            for i in 0..N / 2 {
                (lanes[2 * i], lanes[2 * i + 1]) = before[i].zip(before[i + N / 2]);
            }
        }
        for (r, row) in lanes.into_iter().enumerate() {
            row.store(target.add(r * L::Element::PANEL));
        }
    }
}
