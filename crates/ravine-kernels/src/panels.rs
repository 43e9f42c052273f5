use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;

/// Columns rounded up to whole panels; saturates, where a wrapped number would look small.
pub const fn padded<T: Element>(columns: usize) -> usize {
    columns.div_ceil(T::PANEL).saturating_mul(T::PANEL)
}

/// One panel of a row-major matrix `[rows, columns]`: `panel[r][j] ← matrix[r][first + j]`, padded with zeros.
pub fn pack<T: Element>(matrix: &[T], columns: usize, first: usize, panel: &mut [T]) {
    let width = T::PANEL.min(columns - first);
    for (row, target) in matrix.chunks_exact(columns).zip(panel.chunks_exact_mut(T::PANEL)) {
        target[..width].copy_from_slice(&row[first..first + width]);
        target[width..].fill(T::ZERO);
    }
}

/// `panel[r][j] ← source[r·stride + j]` for j below `width`, zero beyond it: as [`pack`], by vectors.
///
/// # Panics
/// When the panel is short of rows that the source has, or wider than a panel.
pub fn pack_panel<T: Element>(isa: Isa, source: &[T], stride: usize, width: usize, panel: &mut [T]) {
    let rows = panel.len() / T::PANEL;
    let last = rows.saturating_sub(1).saturating_mul(stride);
    assert!(rows == 0 || source.len() >= last.saturating_add(width), "the source is short");
    assert!(width <= T::PANEL, "wider than a panel");
    // SAFETY: the set is one that the CPU has; the assertions are the bounds.
    unsafe { (T::kernels(isa).pack)(source.as_ptr(), stride, (rows, width), panel.as_mut_ptr()) }
}

/// # Safety
/// The CPU has the set of `L`; `source` may be read for `rows` rows of `width ≤ PANEL`, `stride` apart, `panel` written for `rows`.
#[inline(always)]
pub(crate) unsafe fn run<L: Lanes>(
    source: *const L::Element,
    stride: usize,
    (rows, width): (usize, usize),
    panel: *mut L::Element,
) {
    for row in 0..rows {
        for column in (0..L::Element::PANEL).step_by(L::LANES) {
            let left = width.saturating_sub(column);
            // SAFETY: by the contract; what is not read may lie outside.
            unsafe {
                let from = source.wrapping_add(row * stride + column);
                L::load_part(from, left).store(panel.add(row * L::Element::PANEL + column));
            }
        }
    }
}

/// The inverse of [`pack`]: `matrix[r][first + j] ← panel[r][j]`.
pub fn unpack<T: Element>(panel: &[T], matrix: &mut [T], columns: usize, first: usize) {
    let width = T::PANEL.min(columns - first);
    for (row, source) in matrix.chunks_exact_mut(columns).zip(panel.chunks_exact(T::PANEL)) {
        row[first..first + width].copy_from_slice(&source[..width]);
    }
}

/// The inverse of [`crate::transpose_panel`]: `matrix[first + j][c] ← panel[c][j]`.
pub fn untranspose_panel<T: Element>(panel: &[T], matrix: &mut [T], columns: usize, first: usize) {
    for (j, row) in matrix[first * columns..].chunks_exact_mut(columns).take(T::PANEL).enumerate() {
        row.iter_mut().enumerate().for_each(|(c, value)| *value = panel[c * T::PANEL + j]);
    }
}
