use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::momentum::Momentum;
use crate::product::{CHAIN, Epilogue};
use crate::update::{Step, Target};

/// Columns whose weights are asked for before they are updated.
const AHEAD: usize = 8;

/// The entries that are not zero of panels of raw features, column by column: `[PANEL]` counts, then for each column room for
/// `batch` pairs (row, value) and one more, rows ascending. Numbers of rows lie as bits in elements.
#[derive(Clone, Copy)]
pub struct Columns<'a, T> {
    /// All panels, one after another, each [`Columns::size`] long.
    pub lists: &'a [T],
    /// Rows that a column has room for.
    pub batch: usize,
}

impl<T: Element> Columns<'_, T> {
    /// Elements of one panel's lists.
    pub const fn size(batch: usize) -> usize {
        T::PANEL * (1 + 2 * (batch + 1))
    }

    /// Rows below `rows` that have no entry in a column.
    pub fn absent(&self, column: usize, rows: usize) -> impl Iterator<Item = usize> {
        let (counts, pairs) = self.lists[column / T::PANEL * Self::size(self.batch)..].split_at(T::PANEL);
        let (column, count) = (column % T::PANEL, counts[column % T::PANEL].index() as usize);
        let pairs = &pairs[column * 2 * (self.batch + 1)..][..2 * count.min(self.batch)];
        let mut present = pairs.iter().step_by(2).map(|row| row.index() as usize).peekable();
        (0..rows).filter(move |row| present.next_if_eq(row).is_none())
    }

    /// (count, first pair) of a column; a count is at most `batch`.
    #[inline(always)]
    fn column(&self, column: usize) -> (usize, *const T) {
        let panel = &self.lists[column / T::PANEL * Self::size(self.batch)..][..Self::size(self.batch)];
        let place = T::PANEL + column % T::PANEL * 2 * (self.batch + 1);
        ((panel[column % T::PANEL].index() as usize).min(self.batch), panel[place..].as_ptr())
    }
}

/// out[p][r] ← start[p] + Σₖ x[r][k]·W[p][k] and sums[p] ← Σₖ W[p][k], over the entries of x that are not zero, for adjacent panels
/// p: the same chains as [`crate::product`] has, since a term of zero changes at most the sign of a zero, where weights are finite.
///
/// `weight` [panels][inputs][PANEL], `out` [panels][batch][PANEL], `sums` and `start` [panels][PANEL], which is absent for zeros; of `out` the first `rows` rows are written.
///
/// # Panics
/// When a slice is too short for its shape, or the chains are too long to be left whole.
pub fn sparse_product<T: Element>(
    isa: Isa,
    x: Columns<'_, T>,
    inputs: usize,
    weight: &[T],
    start: Option<&[T]>,
    rows: usize,
    (out, sums): (&mut [T], &mut [T]),
) {
    let panels = sums.len() / T::PANEL;
    assert!(inputs <= CHAIN && rows <= x.batch && rows > 0, "chains are too long");
    assert!(weight.len() >= panels * inputs * T::PANEL && out.len() >= panels * x.batch * T::PANEL, "slices are short");
    for p in 0..panels {
        let out = &mut out[p * x.batch * T::PANEL..][..rows * T::PANEL];
        match start {
            Some(start) => {
                out.chunks_exact_mut(T::PANEL).for_each(|row| row.copy_from_slice(&start[p * T::PANEL..][..T::PANEL]))
            }
            None => out.fill(T::ZERO),
        }
    }
    let job =
        Forward { x, inputs, weight: weight.as_ptr(), rows, out: out.as_mut_ptr(), sums: sums.as_mut_ptr(), panels };
    // SAFETY: the set is one that the CPU has; the assertions above are the bounds.
    unsafe { (T::kernels(isa).sparse_product)(&job) }
}

/// g[k] ← scale·Σᵣ x[r][k]·b[r] + shift over the entries of x that are not zero, handed to the optimizer's rule while in
/// registers, for `columns` of x: the sparse twin of [`crate::update`].
///
/// `b` [batch][PANEL], `shift` [PANEL]; `weight` and `velocity` [columns][PANEL], updated.
///
/// # Panics
/// When a slice is too short for its shape, or the chains are too long to be left whole.
pub fn sparse_update<T: Element>(
    isa: Isa,
    x: Columns<'_, T>,
    columns: std::ops::Range<usize>,
    b: &[T],
    (weight, velocity): (&mut [T], &mut [T]),
    rule: &Momentum<T>,
    (scale, shift): (T, &[T]),
) {
    assert!(x.batch <= CHAIN, "chains are too long");
    assert!(b.len() >= x.batch * T::PANEL && shift.len() >= T::PANEL, "slices are short");
    assert!(weight.len() >= columns.len() * T::PANEL && weight.len() == velocity.len(), "slices are short");
    let target = Target { weight: weight.as_mut_ptr(), velocity: velocity.as_mut_ptr(), scale, shift: shift.as_ptr() };
    let job = Backward { x, columns, b: b.as_ptr() };
    // SAFETY: the set is one that the CPU has; the assertions above are the bounds.
    unsafe { (T::kernels(isa).sparse_update)(&job, &target, rule) }
}

/// What [`sparse_product`] has checked.
pub(crate) struct Forward<'a, T> {
    x: Columns<'a, T>,
    inputs: usize,
    weight: *const T,
    rows: usize,
    out: *mut T,
    sums: *mut T,
    panels: usize,
}

/// What [`sparse_update`] has checked.
pub(crate) struct Backward<'a, T> {
    x: Columns<'a, T>,
    columns: std::ops::Range<usize>,
    b: *const T,
}

/// Panel after panel, as many at once as the registers hold.
///
/// # Safety
/// The CPU has the set of `L`; the bounds are those of [`sparse_product`].
#[inline(always)]
pub(crate) unsafe fn forward<L: Lanes>(job: &Forward<'_, L::Element>) {
    let mut panel = 0;
    while panel < job.panels {
        let left = job.panels - panel;
        // SAFETY: the panels lie within the job's.
        unsafe {
            panel += match (L::Element::PANEL / L::LANES, left) {
                (2, 4..) => panels::<L, 4, 2>(job, panel),
                (2, 2..) => panels::<L, 2, 2>(job, panel),
                (2, _) => panels::<L, 1, 2>(job, panel),
                (4, 2..) => panels::<L, 2, 4>(job, panel),
                (4, _) => panels::<L, 1, 4>(job, panel),
                (8, _) => panels::<L, 1, 8>(job, panel),
                (16, _) => panels::<L, 1, 16>(job, panel),
                _ => panels::<L, 1, 32>(job, panel),
            }
        }
    }
}

/// `G` panels of `V` vectors each; returns `G`.
///
/// # Safety
/// As [`forward`].
#[inline(always)]
unsafe fn panels<L: Lanes, const G: usize, const V: usize>(job: &Forward<'_, L::Element>, panel: usize) -> usize {
    let width = L::Element::PANEL;
    let (weight_stride, out_stride) = (job.inputs * width, job.x.batch * width);
    // SAFETY: panels, rows and columns are within the checked bounds; rows of entries are clamped to the job's.
    unsafe {
        let weight = job.weight.add(panel * weight_stride);
        let out = job.out.add(panel * out_stride);
        let mut sums = [[L::zero(); V]; G];
        for column in 0..job.inputs {
            let mut row = [[L::zero(); V]; G];
            for (g, (row, sums)) in row.iter_mut().zip(&mut sums).enumerate() {
                let weight = weight.add(g * weight_stride + column * width);
                for (v, (lanes, sum)) in row.iter_mut().zip(sums).enumerate() {
                    *lanes = L::load(weight.add(v * L::LANES));
                    *sum = sum.add(*lanes);
                }
            }
            let (count, pairs) = job.x.column(column);
            for entry in 0..count {
                let r = ((*pairs.add(2 * entry)).index() as usize).min(job.rows - 1);
                let value = L::splat(pairs.add(2 * entry + 1));
                for (g, row) in row.iter().enumerate() {
                    let out = out.add(g * out_stride + r * width);
                    for (v, lanes) in row.iter().enumerate() {
                        let place = out.add(v * L::LANES);
                        value.fma(*lanes, L::load(place)).store(place);
                    }
                }
            }
        }
        for (g, sums) in sums.into_iter().enumerate() {
            for (v, sum) in sums.into_iter().enumerate() {
                sum.store(job.sums.add((panel + g) * width + v * L::LANES));
            }
        }
    }
    G
}

/// Column after column.
///
/// # Safety
/// The CPU has the set of `L`; the bounds are those of [`sparse_update`].
#[inline(always)]
pub(crate) unsafe fn backward<L: Lanes>(
    job: &Backward<'_, L::Element>,
    target: &Target<L::Element>,
    rule: &Momentum<L::Element>,
) {
    // SAFETY: by the contract.
    unsafe {
        let step = Step::<L>::new(target, rule);
        match L::Element::PANEL / L::LANES {
            2 => columns::<L, 2>(job, &step),
            4 => columns::<L, 4>(job, &step),
            8 => columns::<L, 8>(job, &step),
            16 => columns::<L, 16>(job, &step),
            _ => columns::<L, 32>(job, &step),
        }
    }
}

/// # Safety
/// As [`backward`].
#[inline(always)]
unsafe fn columns<L: Lanes, const V: usize>(job: &Backward<'_, L::Element>, step: &Step<'_, L>) {
    let width = L::Element::PANEL;
    for (i, column) in job.columns.clone().enumerate() {
        // SAFETY: rows of entries are clamped to the batch; the place lies within the columns.
        unsafe {
            Epilogue::<L>::expect(step, i + AHEAD, 1);
            let (count, pairs) = job.x.column(column);
            let mut sums = [L::zero(); V];
            for entry in 0..count {
                let r = ((*pairs.add(2 * entry)).index() as usize).min(job.x.batch - 1);
                let value = L::splat(pairs.add(2 * entry + 1));
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = value.fma(L::load(job.b.add(r * width + v * L::LANES)), *sum);
                }
            }
            for (v, sums) in sums.into_iter().enumerate() {
                step.finish(i, v * L::LANES, sums);
            }
        }
    }
}
