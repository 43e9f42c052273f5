use crate::element::Element;

/// Columns rounded up to whole panels.
pub const fn padded<T: Element>(columns: usize) -> usize {
    columns.div_ceil(T::PANEL) * T::PANEL
}

/// One panel of a row-major matrix [rows, columns]: panel[r][j] ← matrix[r][first + j], padded with zeros.
pub fn pack<T: Element>(matrix: &[T], columns: usize, first: usize, panel: &mut [T]) {
    let width = T::PANEL.min(columns - first);
    for (row, target) in matrix.chunks_exact(columns).zip(panel.chunks_exact_mut(T::PANEL)) {
        target[..width].copy_from_slice(&row[first..first + width]);
        target[width..].fill(T::ZERO);
    }
}

/// The inverse of [`pack`]: matrix[r][first + j] ← panel[r][j].
pub fn unpack<T: Element>(panel: &[T], matrix: &mut [T], columns: usize, first: usize) {
    let width = T::PANEL.min(columns - first);
    for (row, source) in matrix.chunks_exact_mut(columns).zip(panel.chunks_exact(T::PANEL)) {
        row[first..first + width].copy_from_slice(&source[..width]);
    }
}

/// The inverse of [`crate::transpose_panel`]: matrix[first + j][c] ← panel[c][j].
pub fn untranspose_panel<T: Element>(panel: &[T], matrix: &mut [T], columns: usize, first: usize) {
    for (j, row) in matrix[first * columns..].chunks_exact_mut(columns).take(T::PANEL).enumerate() {
        row.iter_mut().enumerate().for_each(|(c, value)| *value = panel[c * T::PANEL + j]);
    }
}
