use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::left::Left;

/// Steps of a chain before it is cut: longer ones are summed in parts, in order, so that the error stays small.
pub const CHAIN: usize = 4096;

/// Sums a(r, s)·b[s] over s, by pointers whose bounds [`product`], [`gradient`], [`crate::update`] and [`crate::multiply`] have
/// checked: `a` for every (r, s), `b` for `steps` panels' rows. What they start from and what becomes of them is the epilogue's.
pub(crate) struct Tiles<T> {
    pub(crate) a: *const T,
    /// From one panel, row or column of `a` to the next, in elements, as its [`Left`] says.
    pub(crate) stride: usize,
    pub(crate) b: *const T,
    pub(crate) rows: usize,
    pub(crate) steps: usize,
    /// Columns that count; those beyond them may be left out.
    pub(crate) width: usize,
    /// Where the rows of `b` lie that are packed while the first tile is summed, and how far apart; null where `b` is packed.
    pub(crate) raw: *const T,
    pub(crate) apart: usize,
}

/// Rows `first` … of a matrix in panels `[columns / PANEL][capacity][PANEL]`.
#[derive(Clone, Copy)]
pub struct Rows<'a, T> {
    /// All panels.
    pub panels: &'a [T],
    /// Rows of a panel.
    pub capacity: usize,
    /// The first that is meant.
    pub first: usize,
}

/// Where some rows of one panel of a product go.
pub struct Out<'a, T> {
    /// From the first column of the first row on.
    pub values: &'a mut [T],
    /// From one row to the next, a panel or more.
    pub stride: usize,
    /// How many.
    pub rows: usize,
    /// Columns that count, at most a panel; up to a panel may be written.
    pub width: usize,
}

/// `out[r][j] ← start[j] + Σₛ a[r][s]·b[s][j]`: some rows of one panel of a product.
///
/// `b: [steps][PANEL]`, `start: [PANEL]`, absent for zeros; the old values of `out`, even NaN, are never read.
///
/// # Panics
/// When a slice is too short for its shape.
pub fn product<T: Element>(isa: Isa, a: Rows<'_, T>, b: &[T], start: Option<&[T]>, out: Out<'_, T>) {
    let (Out { values, stride, rows, width }, steps) = (out, b.len() / T::PANEL);
    // Saturated sizes are longer than any slice, where wrapped ones would pass.
    let panel = a.capacity.saturating_mul(T::PANEL);
    let len = steps.div_ceil(T::PANEL).saturating_mul(panel);
    assert!(a.first.saturating_add(rows) <= a.capacity && a.panels.len() >= len, "a is short");
    assert!(start.is_none_or(|start| start.len() >= T::PANEL), "start is short");
    let last = rows.saturating_sub(1).saturating_mul(stride);
    assert!(rows == 0 || values.len() >= last.saturating_add(T::PANEL), "out is short");
    assert!(stride >= T::PANEL && width <= T::PANEL, "rows of out meet");
    let start = start.map_or(std::ptr::null(), <[T]>::as_ptr);
    // Without steps `a` may be empty, and nothing of it is read.
    let a = a.panels[a.first.saturating_mul(T::PANEL).min(a.panels.len())..].as_ptr();
    let tiles = Tiles { a, stride: panel, b: b.as_ptr(), rows, steps, width, ..Tiles::packed() };
    // SAFETY: the set is one that the CPU has; the assertions above are the bounds.
    unsafe { (T::kernels(isa).product)(&tiles, &Store { out: values.as_mut_ptr(), stride, start }) }
}

/// `out[c][j] ← Σᵣ a[r][c]·b[r][j]`: the gradient of some columns of a weight, for one panel of its outputs.
///
/// `a: [rows][PANEL]` one panel of the layer's input, of which columns `first` … are read; `b: [rows][PANEL]` one panel of the
/// gradient of its output; `out: [columns][PANEL]`, overwritten: its length says how many columns.
///
/// # Panics
/// When a slice is too short for its shape.
pub fn gradient<T: Element>(isa: Isa, a: &[T], first: usize, b: &[T], out: &mut [T]) {
    let (columns, steps) = (out.len() / T::PANEL, b.len() / T::PANEL);
    assert!(first.saturating_add(columns) <= T::PANEL && a.len() >= steps * T::PANEL, "a is short");
    let tiles = Tiles::transposed(&a[first.min(a.len())..], b, columns, steps, T::PANEL);
    // SAFETY: the set is one that the CPU has; the assertion above is the bounds.
    unsafe {
        (T::kernels(isa).gradient)(&tiles, &Store { out: out.as_mut_ptr(), stride: T::PANEL, start: std::ptr::null() })
    }
}

impl<T: Element> Tiles<T> {
    /// Of the columns of one panel `a`, each over all its rows.
    pub(crate) fn transposed(a: &[T], b: &[T], rows: usize, steps: usize, width: usize) -> Self {
        Self { a: a.as_ptr(), stride: T::PANEL, b: b.as_ptr(), rows, steps, width, ..Self::packed() }
    }

    /// Nothing yet, `b` in a panel.
    fn packed() -> Self {
        let null = std::ptr::null();
        Self { a: null, stride: 0, b: null, rows: 0, steps: 0, width: 0, raw: null, apart: 0 }
    }
}

/// What the sums of a tile start from and what becomes of them, vector by vector, while they are in registers.
pub(crate) trait Epilogue<L: Lanes> {
    /// Asks for the memory of `rows` rows from `row` on, before their sums are begun.
    fn expect(&self, row: usize, rows: usize);
    /// # Safety
    /// As for `finish`.
    unsafe fn begin(&self, row: usize, column: usize) -> L;
    /// # Safety
    /// The CPU has the set of `L`; the vector at (`row`, `column`) lies within what the epilogue was made for.
    unsafe fn finish(&self, row: usize, column: usize, sums: L);
}

/// out[row][column] ← sums, rows `stride` apart; all rows start alike, from zeros where `start` is null.
pub(crate) struct Store<T> {
    pub(crate) out: *mut T,
    pub(crate) stride: usize,
    pub(crate) start: *const T,
}

impl<L: Lanes> Epilogue<L> for Store<L::Element> {
    #[inline(always)]
    fn expect(&self, _: usize, _: usize) {}

    #[inline(always)]
    unsafe fn begin(&self, _: usize, column: usize) -> L {
        // SAFETY: by the contract of the trait; a start has a whole panel.
        unsafe { if self.start.is_null() { L::zero() } else { L::load(self.start.add(column)) } }
    }

    #[inline(always)]
    unsafe fn finish(&self, row: usize, column: usize, sums: L) {
        // SAFETY: by the contract of the trait.
        unsafe { sums.store(self.out.add(row * self.stride + column)) }
    }
}

/// All rows, in tiles as tall as the registers allow.
///
/// # Safety
/// As [`Tiles`] says; the CPU has the set of `L`.
#[inline(always)]
pub(crate) unsafe fn tiles<L: Lanes, E: Epilogue<L>, A: Left<L::Element>>(tiles: &Tiles<L::Element>, epilogue: &E) {
    let mut row = 0;
    while row < tiles.rows {
        // SAFETY: by the contract, and `row` stays below `rows`.
        row += unsafe { strip::<L, E, A, false>(tiles, epilogue, row) };
    }
}

/// As many rows from `row` on as the registers allow; returns how many.
///
/// # Safety
/// As [`tiles`]; `row < rows`; to PACK, `raw` may be read and `b` written for all steps.
#[inline(always)]
pub(crate) unsafe fn strip<L: Lanes, E: Epilogue<L>, A: Left<L::Element>, const PACK: bool>(
    tiles: &Tiles<L::Element>,
    epilogue: &E,
    row: usize,
) -> usize {
    // SAFETY: `row` and the height stay within `rows`.
    unsafe {
        match tiles.rows - row {
            12.. if L::ROWS >= 12 => columns::<L, E, A, 12, PACK>(tiles, epilogue, row),
            8.. if L::ROWS >= 8 => columns::<L, E, A, 8, PACK>(tiles, epilogue, row),
            6.. if L::ROWS == 6 => columns::<L, E, A, 6, PACK>(tiles, epilogue, row),
            4.. if L::ROWS >= 4 => columns::<L, E, A, 4, PACK>(tiles, epilogue, row),
            2.. => columns::<L, E, A, 2, PACK>(tiles, epilogue, row),
            _ => columns::<L, E, A, 1, PACK>(tiles, epilogue, row),
        }
    }
}

/// `R` rows across the panel; returns `R`.
///
/// # Safety
/// As [`strip`]; `row + R ≤ rows`.
#[inline(always)]
unsafe fn columns<L: Lanes, E: Epilogue<L>, A: Left<L::Element>, const R: usize, const PACK: bool>(
    tiles: &Tiles<L::Element>,
    epilogue: &E,
    row: usize,
) -> usize {
    epilogue.expect(row, R);
    let mut column = 0;
    while column < tiles.width {
        let vectors = L::VECTORS.min((tiles.width - column).div_ceil(L::LANES));
        // SAFETY: as many vectors as there are columns left, or one more for an odd number; panels hold that.
        unsafe {
            column += L::LANES
                * match (L::VECTORS, vectors) {
                    (4, 3..) => tile::<L, E, A, R, 4, PACK>(tiles, epilogue, row, column),
                    (_, 2..) => tile::<L, E, A, R, 2, PACK>(tiles, epilogue, row, column),
                    _ => tile::<L, E, A, R, 1, PACK>(tiles, epilogue, row, column),
                };
        }
    }
    R
}

/// Repeats a block for each of the numbers.
macro_rules! each {
    ($name:ident in $($number:literal)*; $block:expr) => {
        $({
            const $name: usize = $number;
            $block
        })*
    };
}

/// One tile: `R` rows of `V` vectors, start to store; returns `V`.
///
/// # Safety
/// As [`strip`]; the tile lies within the rows and the panel.
#[inline(always)]
unsafe fn tile<L: Lanes, E: Epilogue<L>, A: Left<L::Element>, const R: usize, const V: usize, const PACK: bool>(
    tiles: &Tiles<L::Element>,
    epilogue: &E,
    row: usize,
    column: usize,
) -> usize {
    // SAFETY: each part of the chain lies within the steps.
    unsafe {
        let mut start = [[L::zero(); V]; R];
        for (r, lanes) in start.iter_mut().enumerate() {
            for (vector, lanes) in lanes.iter_mut().enumerate() {
                *lanes = epilogue.begin(row + r, column + vector * L::LANES);
            }
        }
        let mut total = chain::<L, A, R, V, PACK>(tiles, row, column, 0, start);
        for first in (CHAIN..tiles.steps).step_by(CHAIN) {
            let part = chain::<L, A, R, V, PACK>(tiles, row, column, first, [[L::zero(); V]; R]);
            for (sum, lanes) in total.as_flattened_mut().iter_mut().zip(part.as_flattened()) {
                *sum = *sum + *lanes;
            }
        }
        // Rows are spelt out: in a loop their sums would take the way over the stack.
        each!(ROW in 0 1 2 3 4 5 6 7 8 9 10 11; if ROW < R {
            for (vector, sums) in total[ROW].into_iter().enumerate() {
                epilogue.finish(row + ROW, column + vector * L::LANES, sums);
            }
        });
    }
    V
}

/// acc + Σₛ a(r, s)·b[s] over the steps from `first` to the next cut.
///
/// # Safety
/// As [`tile`]; `first ≤ steps`, a multiple of [`CHAIN`].
#[inline(always)]
unsafe fn chain<L: Lanes, A: Left<L::Element>, const R: usize, const V: usize, const PACK: bool>(
    tiles: &Tiles<L::Element>,
    row: usize,
    column: usize,
    first: usize,
    mut acc: [[L; V]; R],
) -> [[L; V]; R] {
    let panel = L::Element::PANEL;
    let (row_stride, step_stride) = (A::place(tiles.stride, 1, 0), A::place(tiles.stride, 0, 1));
    let last = tiles.steps.min(first + CHAIN);
    let mut raw = tiles.raw.wrapping_add(first * tiles.apart + column);
    // SAFETY: rows, steps and columns stay within the checked bounds.
    unsafe {
        for block in (first..last).step_by(A::EVEN) {
            let mut a = tiles.a.add(A::place(tiles.stride, row, block));
            let mut b = tiles.b.add(block * panel + column);
            for _ in block..last.min(block + A::EVEN) {
                let mut vectors = [L::zero(); V];
                for (vector, lanes) in vectors.iter_mut().enumerate() {
                    *lanes = L::load(if PACK { raw } else { b }.wrapping_add(vector * L::LANES));
                    if PACK {
                        lanes.store(b.cast_mut().add(vector * L::LANES));
                    }
                }
                for (r, row) in acc.iter_mut().enumerate() {
                    let broadcast = L::splat(a.add(r * row_stride));
                    for (sum, lanes) in row.iter_mut().zip(vectors) {
                        *sum = broadcast.fma(lanes, *sum);
                    }
                }
                a = a.wrapping_add(step_stride);
                b = b.wrapping_add(panel);
                raw = raw.wrapping_add(tiles.apart);
            }
        }
    }
    acc
}
