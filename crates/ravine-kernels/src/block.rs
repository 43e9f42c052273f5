use std::marker::PhantomData;

/// Rows and columns of a row-major matrix, for writing: blocks that were split share nothing, though their rows interleave.
pub struct Block<'a, T> {
    start: *mut T,
    stride: usize,
    rows: usize,
    columns: usize,
    matrix: PhantomData<&'a mut [T]>,
}

// SAFETY: a block is the only way to its elements, as a mutable slice of them would be.
unsafe impl<T: Send> Send for Block<'_, T> {}

impl<'a, T> Block<'a, T> {
    /// The whole of a row-major matrix.
    ///
    /// # Panics
    /// When there are fewer values than rows · columns.
    pub fn new(values: &'a mut [T], rows: usize, columns: usize) -> Self {
        assert!(values.len() >= rows.saturating_mul(columns), "out is short");
        Self { start: values.as_mut_ptr(), stride: columns, rows, columns, matrix: PhantomData }
    }

    /// (rows, columns)
    pub fn dim(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// The rows above `row`, and the others.
    pub fn split_rows(self, row: usize) -> (Self, Self) {
        let row = row.min(self.rows);
        let start = self.start.wrapping_add(row * self.stride);
        (Self { rows: row, ..self }, Self { start, rows: self.rows - row, ..self })
    }

    /// The columns left of `column`, and the others.
    pub fn split_columns(self, column: usize) -> (Self, Self) {
        let column = column.min(self.columns);
        let start = self.start.wrapping_add(column);
        (Self { columns: column, ..self }, Self { start, columns: self.columns - column, ..self })
    }

    /// Its rows, one after the other.
    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut [T]> {
        let (start, stride, columns) = (self.start, self.stride, self.columns);
        // SAFETY: the row lies within the matrix, no other block has its columns, and each is given once while `self` is borrowed.
        (0..self.rows)
            .map(move |row| unsafe { std::slice::from_raw_parts_mut(start.wrapping_add(row * stride), columns) })
    }

    /// From one row to the next.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// The same, for as long as it is borrowed.
    pub fn reborrow(&mut self) -> Block<'_, T> {
        Block { ..*self }
    }

    /// Where an element lies; one that the block has not may not be touched.
    pub(crate) fn at(&self, row: usize, column: usize) -> *mut T {
        self.start.wrapping_add(row * self.stride + column)
    }
}
