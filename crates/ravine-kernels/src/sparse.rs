use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::momentum::Momentum;
use crate::product::CHAIN;
use crate::update::{Step, Target};
use std::ops::Range;

/// Columns of a block: with them the weights of a group of panels are read from the nearest cache.
pub const BLOCK: usize = 64;

/// The entries of a batch of raw features that are not zero, row by row: of each row, for each block of [`BLOCK`] columns where its
/// entries begin and at last where they end, then room for `most` pairs (column, value), columns ascending. Whole numbers lie as bits
/// in elements.
#[derive(Clone, Copy)]
pub struct Lists<'a, T> {
    /// All rows, one after another, each [`Lists::size`] long.
    pub rows: &'a [T],
    /// Columns.
    pub inputs: usize,
    /// Lists that a row has room for.
    pub most: usize,
}

impl<'a, T: Element> Lists<'a, T> {
    /// Elements of one row's list.
    pub const fn size(inputs: usize, most: usize) -> usize {
        inputs.div_ceil(BLOCK) + 1 + 2 * most
    }

    /// Pairs (column, value) of a row within some adjacent blocks.
    #[inline(always)]
    pub(crate) fn run(&self, row: usize, blocks: Range<usize>) -> &'a [[T; 2]] {
        let list = &self.rows[row * Self::size(self.inputs, self.most)..][..Self::size(self.inputs, self.most)];
        let (places, pairs) = list.split_at(self.inputs.div_ceil(BLOCK) + 1);
        let (first, end) = (places[blocks.start].index() as usize, places[blocks.end].index() as usize);
        pairs.as_chunks().0.get(first..end).unwrap_or_default()
    }

    /// Rows below `rows` that have no entry in a column.
    pub fn absent(&self, column: usize, rows: usize) -> impl Iterator<Item = usize> {
        let block = column / BLOCK;
        let present = move |row| self.run(row, block..block + 1).iter().any(|[c, _]| c.index() as usize == column);
        (0..rows).filter(move |&row| !present(row))
    }
}

/// The entries that are not zero of panels of raw features, column by column: `[PANEL]` counts, then for each column room for
/// `batch` pairs (row, value), rows ascending. Numbers of rows lie as bits in elements.
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
        T::PANEL * (1 + 2 * batch)
    }

    /// Rows below `rows` that have no entry in a column.
    pub fn absent(&self, column: usize, rows: usize) -> impl Iterator<Item = usize> {
        let (counts, pairs) = self.lists[column / T::PANEL * Self::size(self.batch)..].split_at(T::PANEL);
        let (column, count) = (column % T::PANEL, counts[column % T::PANEL].index() as usize);
        let pairs = &pairs[column * 2 * self.batch..][..2 * count.min(self.batch)];
        let mut present = pairs.iter().step_by(2).map(|row| row.index() as usize).peekable();
        (0..rows).filter(move |row| present.next_if_eq(row).is_none())
    }

    /// (count, first pair) of a column; a count is at most `batch`.
    #[inline(always)]
    fn column(&self, column: usize) -> (usize, *const T) {
        let panel = &self.lists[column / T::PANEL * Self::size(self.batch)..][..Self::size(self.batch)];
        let place = T::PANEL + column % T::PANEL * 2 * self.batch;
        ((panel[column % T::PANEL].index() as usize).min(self.batch), panel[place..].as_ptr())
    }
}

/// out[p][r] ← start[p] + Σₖ x[r][k]·W[p][k] and sums[p] ← Σₖ W[p][k], over the entries of x that are not zero, for adjacent panels
/// p: the same chains as [`crate::product`] has, since a term of zero changes at most the sign of a zero where weights are finite.
///
/// `weight` [panels][inputs][PANEL], `out` [panels][batch][PANEL], `sums` and `start`, absent for zeros, [panels][PANEL]; of `out` the
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

/// Panels of outputs that [`sparse_update`] takes at once, at most.
pub const PANELS: usize = 4;

/// g[p][k] ← scale·Σᵣ x[r][k]·b[p][r] + shift[p] over the entries of x that are not zero, handed to the optimizer's rule while in
/// registers, for `columns` of x and adjacent panels p: the sparse twin of [`crate::update`].
///
/// `b` [panels][batch][PANEL], `shift` [panels][PANEL]; of each panel the weight and velocity [columns][PANEL], updated.
///
/// # Panics
/// When a slice is too short for its shape, there are more panels than [`PANELS`], or the chains are too long to be left whole.
pub fn sparse_update<T: Element>(
    isa: Isa,
    x: Columns<'_, T>,
    columns: Range<usize>,
    b: &[T],
    states: &mut [(&mut [T], &mut [T])],
    rule: &Momentum<T>,
    (scale, shift): (T, &[T]),
) {
    let job = Backward::new(x, columns, b, states.len());
    let long = |slice: &[T]| slice.len() >= job.columns.len() * T::PANEL;
    assert!(states.iter().all(|(weight, velocity)| long(weight) && long(velocity)), "slices are short");
    assert!(shift.len() >= states.len() * T::PANEL, "the shift is short");
    let mut targets = [const { Target::nowhere() }; PANELS];
    let shifts = shift.chunks_exact(T::PANEL);
    for (target, ((weight, velocity), shift)) in targets.iter_mut().zip(states.iter_mut().zip(shifts)) {
        *target = Target { weight: weight.as_mut_ptr(), velocity: velocity.as_mut_ptr(), scale, shift: shift.as_ptr() };
    }
    // SAFETY: the set is one that the CPU has; the assertions are the bounds.
    unsafe { (T::kernels(isa).sparse_update)(&job, &targets, rule) }
}

/// out[p][k] ← Σᵣ x[r][k]·b[p][r] over the entries of x that are not zero, for `columns` of x and adjacent panels p: the sparse
/// twin of [`crate::gradient`].
///
/// `b` [panels][batch][PANEL]; of each panel `out` [columns][PANEL], overwritten.
///
/// # Panics
/// As [`sparse_update`].
pub fn sparse_gradient<T: Element>(isa: Isa, x: Columns<'_, T>, columns: Range<usize>, b: &[T], out: &mut [&mut [T]]) {
    let job = Backward::new(x, columns, b, out.len());
    assert!(out.iter().all(|out| out.len() >= job.columns.len() * T::PANEL), "slices are short");
    let mut targets = [std::ptr::null_mut(); PANELS];
    targets.iter_mut().zip(out).for_each(|(target, out)| *target = out.as_mut_ptr());
    // SAFETY: the set is one that the CPU has; the assertions are the bounds.
    unsafe { (T::kernels(isa).sparse_gradient)(&job, &targets) }
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

/// What [`sparse_update`] and [`sparse_gradient`] have checked; where the sums go is the sink's.
pub(crate) struct Backward<'a, T> {
    x: Columns<'a, T>,
    columns: Range<usize>,
    b: *const T,
    panels: usize,
}

impl<'a, T: Element> Backward<'a, T> {
    fn new(x: Columns<'a, T>, columns: Range<usize>, b: &[T], panels: usize) -> Self {
        assert!(x.batch <= CHAIN && panels <= PANELS, "chains are too long");
        assert!(b.len() >= panels * x.batch * T::PANEL, "slices are short");
        Self { x, columns, b: b.as_ptr(), panels }
    }
}

/// Where the sums of columns go while they are in registers.
pub(crate) trait Sink<L: Lanes> {
    /// What belongs to one panel.
    type Panel: Copy;
    fn panel(&self, panel: usize) -> Self::Panel;
    /// # Safety
    /// The CPU has the set of `L`; the vector at (`row`, `column`) lies within the panel.
    unsafe fn take(&self, panel: Self::Panel, row: usize, column: usize, sums: L);
}

/// The optimizer's rule, on a target for each panel.
pub(crate) struct Updating<'a, L: Lanes, const KIND: usize> {
    targets: &'a [Target<L::Element>; PANELS],
    step: Step<L, KIND>,
}

impl<'a, L: Lanes, const KIND: usize> Updating<'a, L, KIND> {
    /// # Safety
    /// The CPU has the set of `L`.
    #[inline(always)]
    pub(crate) unsafe fn new(targets: &'a [Target<L::Element>; PANELS], rule: &Momentum<L::Element>) -> Self {
        // SAFETY: by the contract.
        Self { targets, step: unsafe { Step::new(rule, targets[0].scale) } }
    }
}

impl<L: Lanes, const KIND: usize> Sink<L> for Updating<'_, L, KIND> {
    type Panel = Target<L::Element>;

    #[inline(always)]
    fn panel(&self, panel: usize) -> Self::Panel {
        self.targets[panel]
    }

    #[inline(always)]
    unsafe fn take(&self, Target { weight, velocity, shift, .. }: Self::Panel, row: usize, column: usize, sums: L) {
        let place = row * L::Element::PANEL + column;
        // SAFETY: by the contract of the trait.
        unsafe { self.step.take(weight.add(place), velocity.add(place), shift.add(column), sums) }
    }
}

/// An array for each panel.
pub(crate) struct Storing<'a, T>(pub(crate) &'a [*mut T; PANELS]);

impl<L: Lanes> Sink<L> for Storing<'_, L::Element> {
    type Panel = *mut L::Element;

    #[inline(always)]
    fn panel(&self, panel: usize) -> Self::Panel {
        self.0[panel]
    }

    #[inline(always)]
    unsafe fn take(&self, panel: Self::Panel, row: usize, column: usize, sums: L) {
        // SAFETY: by the contract of the trait.
        unsafe { sums.store(panel.add(row * L::Element::PANEL + column)) }
    }
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
///
/// # Safety
/// The CPU has the set of `L`.
#[inline(always)]
unsafe fn add<L: Lanes, const G: usize, const V: usize>(mut a: [[L; V]; G], b: [[L; V]; G]) -> [[L; V]; G] {
    // SAFETY: by the contract.
    a.as_flattened_mut().iter_mut().zip(b.as_flattened()).for_each(|(a, b)| *a = unsafe { a.add(*b) });
    a
}

/// `G` rows, `stride` apart.
///
/// # Safety
/// The CPU has the set of `L`; all rows may be read.
#[inline(always)]
unsafe fn load<L: Lanes, const G: usize, const V: usize>(source: *const L::Element, stride: usize) -> [[L; V]; G] {
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

/// Panel after panel, as many at once as the registers hold.
///
/// # Safety
/// The CPU has the set of `L`; the sink has room for the columns of each panel.
#[inline(always)]
pub(crate) unsafe fn backward<L: Lanes, S: Sink<L>>(job: &Backward<'_, L::Element>, sink: &S) {
    let mut panel = 0;
    while panel < job.panels {
        let left = job.panels - panel;
        // SAFETY: the panels lie within the job's.
        unsafe {
            panel += match (L::Element::PANEL / L::LANES, left) {
                (2, 4..) => columns::<L, S, 4, 2>(job, panel, sink),
                (2, 2..) => columns::<L, S, 2, 2>(job, panel, sink),
                (2, _) => columns::<L, S, 1, 2>(job, panel, sink),
                (4, 2..) => columns::<L, S, 2, 4>(job, panel, sink),
                (4, _) => columns::<L, S, 1, 4>(job, panel, sink),
                (8, _) => columns::<L, S, 1, 8>(job, panel, sink),
                (16, _) => columns::<L, S, 1, 16>(job, panel, sink),
                _ => columns::<L, S, 1, 32>(job, panel, sink),
            }
        }
    }
}

/// `G` panels of `V` vectors each, column after column; returns `G`.
///
/// # Safety
/// As [`backward`].
#[inline(always)]
unsafe fn columns<L: Lanes, S: Sink<L>, const G: usize, const V: usize>(
    job: &Backward<'_, L::Element>,
    panel: usize,
    sink: &S,
) -> usize {
    let (width, stride) = (L::Element::PANEL, job.x.batch * L::Element::PANEL);
    // SAFETY: rows of entries are clamped to the batch; the places lie within the columns.
    unsafe {
        let b = job.b.add(panel * stride);
        let targets: [S::Panel; G] = std::array::from_fn(|g| sink.panel(panel + g));
        for (i, column) in job.columns.clone().enumerate() {
            let (count, pairs) = job.x.column(column);
            let mut sums = [[L::zero(); V]; G];
            for entry in 0..count {
                let r = ((*pairs.add(2 * entry)).index() as usize).min(job.x.batch - 1);
                let value = L::splat(pairs.add(2 * entry + 1));
                let row = load::<L, G, V>(b.add(r * width), stride);
                for (sum, lanes) in sums.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
                    *sum = value.fma(*lanes, *sum);
                }
            }
            for (sums, &target) in sums.iter().zip(&targets) {
                sums.iter().enumerate().for_each(|(v, sum)| sink.take(target, i, v * L::LANES, *sum));
            }
        }
    }
    G
}
