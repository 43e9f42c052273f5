use crate::block::Block;
use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::left::Left;
use crate::prefetch::prefetch_near;
use crate::product::{Epilogue, Tiles, strip};

/// Rows of steps as they lie in a row-major matrix, `stride` apart; turned, its columns.
#[derive(Clone, Copy)]
pub struct Matrix<'a, T> {
    /// From the first element of the first row on.
    pub values: &'a [T],
    /// From one row of the stored matrix to the next.
    pub stride: usize,
    /// Whether a row of steps is a column of the stored matrix.
    pub turned: bool,
}

impl<'a, T> Matrix<'a, T> {
    /// Its transpose.
    pub fn transposed(self) -> Self {
        Self { turned: !self.turned, ..self }
    }

    /// The same from some row and step on; what the matrix has not is missing.
    pub fn from(self, row: usize, step: usize) -> Self {
        let (row, step) = if self.turned { (step, row) } else { (row, step) };
        let first = row.saturating_mul(self.stride).saturating_add(step);
        Self { values: self.values.get(first..).unwrap_or_default(), ..self }
    }
}

/// What the sums of a product begin with.
#[derive(Clone, Copy)]
pub enum Start<'a, T> {
    /// Nothing.
    Zero,
    /// One number for each column.
    Row(&'a [T]),
    /// What has been written: the chains go on.
    Out,
}

/// `out[r][j] ← start[j] + Σₛ a[r][s]·panel[s][j]`: some rows of at most a panel of columns of a product, `a` read where it lies.
///
/// `panel: [steps][PANEL]` is filled while the first rows are summed where `raw` is given: rows of a panel's columns and the stride from
/// one to the next. But for [`Start::Out`] the old values of `out`, even NaN, are never read.
///
/// # Panics
/// When a slice is too short for its shape.
pub fn multiply<T: Element>(
    isa: Isa,
    a: Matrix<'_, T>,
    raw: Option<(&[T], usize)>,
    panel: &mut [T],
    start: Start<'_, T>,
    out: &mut Block<'_, T>,
) {
    let (steps, (rows, width)) = (panel.len() / T::PANEL, out.dim());
    assert!(width <= T::PANEL, "out is wider than a panel");
    let (start, start_stride) = match start {
        Start::Zero => (std::ptr::null(), 0),
        Start::Row(row) => (row[..width].as_ptr(), 0),
        Start::Out => (out.at(0, 0).cast_const(), out.stride()),
    };
    assert!(
        if a.turned { holds(a.values, a.stride, steps, rows) } else { holds(a.values, a.stride, rows, steps) },
        "a is short"
    );
    assert!(raw.is_none_or(|(raw, stride)| holds(raw, stride, steps, T::PANEL)), "b is short");
    let tiles = Tiles {
        a: a.values.as_ptr(),
        stride: a.stride,
        b: panel.as_mut_ptr(),
        rows,
        steps,
        width,
        raw: raw.map_or(std::ptr::null(), |(raw, _)| raw.as_ptr()),
        apart: raw.map_or(0, |(_, stride)| stride),
    };
    let target = Target { out: out.at(0, 0), stride: out.stride(), width, start, start_stride };
    let kernels = T::kernels(isa);
    // SAFETY: the set is one that the CPU has; the assertions above are the bounds, `out` vouches for its own.
    unsafe { (if a.turned { kernels.multiply_columns } else { kernels.multiply_rows })(&tiles, &target) }
}

/// Whether rows of some length, `stride` apart, lie within the values. Saturated sizes are longer than any slice.
fn holds<T>(values: &[T], stride: usize, rows: usize, len: usize) -> bool {
    rows == 0 || len == 0 || values.len() >= (rows - 1).saturating_mul(stride).saturating_add(len)
}

/// out[row][column] ← start[row][column] + sums, of the last vector only what lies within the width; zeros where `start` is null.
pub(crate) struct Target<T> {
    out: *mut T,
    stride: usize,
    width: usize,
    start: *const T,
    /// 0 where all rows start alike.
    start_stride: usize,
}

/// All rows; the first tile packs where `b` comes raw.
///
/// # Safety
/// As [`Tiles`] says, `raw` for `steps` rows of a panel where it is not null; `target` for all rows and its width; the CPU has the
/// set of `L`.
#[inline(always)]
pub(crate) unsafe fn run<L: Lanes, A: Left<L::Element>>(tiles: &Tiles<L::Element>, target: &Target<L::Element>) {
    let mut row = 0;
    // SAFETY: by the contract, and `row` stays below `rows`.
    unsafe {
        if !tiles.raw.is_null() && tiles.rows > 0 {
            row = strip::<L, _, A, true>(tiles, target, row);
        }
        while row < tiles.rows {
            row += strip::<L, _, A, false>(tiles, target, row);
        }
    }
}

impl<L: Lanes> Epilogue<L> for Target<L::Element> {
    #[inline(always)]
    fn expect(&self, row: usize, rows: usize) {
        for row in row..row + rows {
            for column in [0, L::Element::PANEL / 2, self.width - 1] {
                prefetch_near(self.out.wrapping_add(row * self.stride + column));
            }
        }
    }

    #[inline(always)]
    unsafe fn begin(&self, row: usize, column: usize) -> L {
        let (start, left) =
            (self.start.wrapping_add(row * self.start_stride + column), self.width.saturating_sub(column));
        // SAFETY: the start has the row and as many columns as count.
        unsafe {
            match self.start.is_null() {
                true => L::zero(),
                false if left >= L::LANES => L::load(start),
                false => L::load_part(start, left),
            }
        }
    }

    #[inline(always)]
    unsafe fn finish(&self, row: usize, column: usize, sums: L) {
        let (out, left) = (self.out.wrapping_add(row * self.stride + column), self.width.saturating_sub(column));
        // SAFETY: the row is one of the target's, and no more columns are written than it has.
        unsafe { if left >= L::LANES { sums.store(out) } else { sums.store_part(out, left) } }
    }
}
