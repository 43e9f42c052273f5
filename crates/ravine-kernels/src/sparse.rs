use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::lists::{BLOCK, Lists};
use crate::product::CHAIN;
use std::ops::Range;

/// `out[p][r] ← start[p] + Σₖ x[r][k]·W[p][k]` and `sums[p] ← Σₖ W[p][k]`, over the entries of x that are not zero, for adjacent panels
/// p: the same chains as [`crate::product`] has, since a term of zero changes at most the sign of a zero where weights are finite.
///
/// `weight: [panels][inputs][PANEL]`, `out: [panels][batch][PANEL]`, `sums` and `start`, absent for zeros, `[panels][PANEL]`; of `out` the
/// first `rows` rows are written.
///
/// # Panics
/// When a slice is too short for its shape.
pub fn sparse_product<T: Element>(
    isa: Isa,
    x: Lists<'_, T>,
    weight: &[T],
    start: Option<&[T]>,
    (rows, batch): (usize, usize),
    (out, sums): (&mut [T], &mut [T]),
) {
    let panels = sums.len() / T::PANEL;
    assert!(rows <= batch && x.inputs > 0, "more rows than a batch");
    assert!(x.rows.len() >= rows * Lists::<T>::size(x.inputs, x.most), "lists are short");
    assert!(weight.len() >= panels * x.inputs * T::PANEL && out.len() >= panels * batch * T::PANEL, "slices are short");
    for (p, out) in out.chunks_exact_mut(batch * T::PANEL).take(panels).enumerate() {
        let start = start.map(|start| &start[p * T::PANEL..][..T::PANEL]);
        out[..rows * T::PANEL].chunks_exact_mut(T::PANEL).for_each(|row| match start {
            Some(start) => row.copy_from_slice(start),
            None => row.fill(T::ZERO),
        });
    }
    let (weight, out, sums) = (weight.as_ptr(), out.as_mut_ptr(), sums.as_mut_ptr());
    let job = Forward { x, weight, rows, batch, out, sums, panels };
    // SAFETY: the set is one that the CPU has; the assertions above are the bounds.
    unsafe { (T::kernels(isa).sparse_product)(&job) }
}
/// What [`sparse_product`] has checked.
pub(crate) struct Forward<'a, T> {
    x: Lists<'a, T>,
    weight: *const T,
    rows: usize,
    batch: usize,
    out: *mut T,
    sums: *mut T,
    panels: usize,
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

/// `G` panels of `V` vectors each, chain after chain; returns `G`.
///
/// # Safety
/// As [`forward`].
#[inline(always)]
unsafe fn panels<L: Lanes, const G: usize, const V: usize>(job: &Forward<'_, L::Element>, panel: usize) -> usize {
    let width = L::Element::PANEL;
    // SAFETY: panels and rows are within the checked bounds.
    unsafe {
        let weight = job.weight.add(panel * job.x.inputs * width);
        let (out, sums) = (job.out.add(panel * job.batch * width), job.sums.add(panel * width));
        let mut total = [[L::zero(); V]; G];
        for block in 0..job.x.inputs.min(CHAIN).div_ceil(BLOCK) {
            total = add_columns(job, block..block + 1, weight, total);
            for row in 0..job.rows {
                let (entries, out) = (job.x.run(row, block..block + 1), out.add(row * width));
                if !entries.is_empty() {
                    let sums = load::<L, G, V>(out, job.batch * width);
                    store(add_entries(job, entries, weight, sums), out, job.batch * width);
                }
            }
        }
        // What lies behind the first cut is summed by itself; blocks would save nothing where entries are so far apart.
        for first in (CHAIN..job.x.inputs).step_by(CHAIN) {
            let blocks = first / BLOCK..job.x.inputs.min(first + CHAIN).div_ceil(BLOCK);
            total = add(total, add_columns(job, blocks.clone(), weight, [[L::zero(); V]; G]));
            for row in 0..job.rows {
                let (entries, out) = (job.x.run(row, blocks.clone()), out.add(row * width));
                if !entries.is_empty() {
                    let part = add_entries(job, entries, weight, [[L::zero(); V]; G]);
                    store(add(load(out, job.batch * width), part), out, job.batch * width);
                }
            }
        }
        store(total, sums, width);
    }
    G
}

/// sums[g] + Σₖ W[g][k] over some blocks of columns, which come near thereby.
///
/// # Safety
/// As [`forward`], for the panels from `weight` on.
#[inline(always)]
unsafe fn add_columns<L: Lanes, const G: usize, const V: usize>(
    job: &Forward<'_, L::Element>,
    blocks: Range<usize>,
    weight: *const L::Element,
    mut sums: [[L; V]; G],
) -> [[L; V]; G] {
    for column in blocks.start * BLOCK..job.x.inputs.min(blocks.end * BLOCK) {
        // SAFETY: the column is below `inputs`.
        unsafe { sums = add(sums, load(weight.add(column * L::Element::PANEL), job.x.inputs * L::Element::PANEL)) }
    }
    sums
}

/// sums[g] + Σ value·W[g][column] over entries.
///
/// # Safety
/// As [`forward`], for the panels from `weight` on.
#[inline(always)]
unsafe fn add_entries<L: Lanes, const G: usize, const V: usize>(
    job: &Forward<'_, L::Element>,
    entries: &[[L::Element; 2]],
    weight: *const L::Element,
    mut sums: [[L; V]; G],
) -> [[L; V]; G] {
    let width = L::Element::PANEL;
    for [column, value] in entries {
        let column = (column.index() as usize).min(job.x.inputs - 1);
        // SAFETY: the column is clamped to those that there are.
        unsafe {
            let value = L::splat(value);
            let row = load::<L, G, V>(weight.add(column * width), job.x.inputs * width);
            for (sum, lanes) in sums.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
                *sum = value.fma(*lanes, *sum);
            }
        }
    }
    sums
}

/// a + b
#[inline(always)]
fn add<L: Lanes, const G: usize, const V: usize>(mut a: [[L; V]; G], b: [[L; V]; G]) -> [[L; V]; G] {
    a.as_flattened_mut().iter_mut().zip(b.as_flattened()).for_each(|(a, b)| *a = *a + *b);
    a
}

/// `G` rows, `stride` apart.
///
/// # Safety
/// The CPU has the set of `L`; all rows may be read.
#[inline(always)]
pub(crate) unsafe fn load<L: Lanes, const G: usize, const V: usize>(
    source: *const L::Element,
    stride: usize,
) -> [[L; V]; G] {
    // SAFETY: by the contract.
    std::array::from_fn(|g| std::array::from_fn(|v| unsafe { L::load(source.add(g * stride + v * L::LANES)) }))
}

/// The inverse of [`load`].
///
/// # Safety
/// The CPU has the set of `L`; all rows may be written.
#[inline(always)]
unsafe fn store<L: Lanes, const G: usize, const V: usize>(rows: [[L; V]; G], target: *mut L::Element, stride: usize) {
    for (g, row) in rows.into_iter().enumerate() {
        for (v, lanes) in row.into_iter().enumerate() {
            // SAFETY: by the contract.
            unsafe { lanes.store(target.add(g * stride + v * L::LANES)) }
        }
    }
}
