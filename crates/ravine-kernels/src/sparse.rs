use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::momentum::Momentum;
use crate::product::CHAIN;
use crate::update::{Step, Target};

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

    /// Pairs (column, value) of a row within a block.
    #[inline(always)]
    fn run(&self, row: usize, block: usize) -> &'a [[T; 2]] {
        let list = &self.rows[row * Self::size(self.inputs, self.most)..][..Self::size(self.inputs, self.most)];
        let (places, pairs) = list.split_at(self.inputs.div_ceil(BLOCK) + 1);
        let (first, end) = (places[block].index() as usize, places[block + 1].index() as usize);
        pairs.as_chunks().0.get(first..end).unwrap_or_default()
    }
}

/// Fills one row's list from its bytes.
pub fn list<T: Element>(row: &[u8], list: &mut [T]) {
    let blocks = row.len().div_ceil(BLOCK);
    let (places, pairs) = list.split_at_mut(blocks + 1);
    let (pairs, mut count) = (pairs.as_chunks_mut().0, 0);
    for (block, bytes) in row.chunks(BLOCK).enumerate() {
        places[block] = T::from_index(count as u32);
        let mut left = nonzero(bytes);
        while left != 0 {
            let column = left.trailing_zeros() as usize;
            pairs[count] = [T::from_index((block * BLOCK + column) as u32), T::from_byte(bytes[column])];
            (left, count) = (left & (left - 1), count + 1);
        }
    }
    places[blocks] = T::from_index(count as u32);
}

/// Which of up to 64 bytes are not zero.
fn nonzero(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let of_word = |(i, word): (usize, &[u8; 8])| eight(u64::from_le_bytes(*word)) << (8 * i);
    let of_byte = |(i, &byte): (usize, &u8)| u64::from(byte != 0) << (words.len() * 8 + i);
    words.iter().enumerate().map(of_word).chain(rest.iter().enumerate().map(of_byte)).fold(0, |mask, bits| mask | bits)
}

/// Which of the eight bytes of a word are not zero: the top bit of each, gathered by a product that puts them side by side.
fn eight(word: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let tops = (((word & LOW) + LOW) | word) & !LOW;
    (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

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

    /// (count, first pair) of a column; a count is at most `batch`.
    #[inline(always)]
    fn column(&self, column: usize) -> (usize, *const T) {
        let panel = &self.lists[column / T::PANEL * Self::size(self.batch)..][..Self::size(self.batch)];
        let place = T::PANEL + column % T::PANEL * 2 * (self.batch + 1);
        ((panel[column % T::PANEL].index() as usize).min(self.batch), panel[place..].as_ptr())
    }
}

/// Fills the lists of the columns of one block from those of the first `rows` rows.
///
/// # Panics
/// When `lists` are not those of the block's panels, or a row has a column twice.
pub fn sift<T: Element>(x: Lists<'_, T>, rows: usize, block: usize, lists: &mut [T], batch: usize) {
    let (mut counts, size) = ([0_u32; BLOCK], Columns::<T>::size(batch));
    for row in 0..rows {
        for &[column, value] in x.run(row, block) {
            let column = column.index() as usize % BLOCK;
            let pair = column % T::PANEL * (batch + 1) + counts[column] as usize;
            let place = column / T::PANEL * size + T::PANEL + 2 * pair;
            lists[place..place + 2].copy_from_slice(&[T::from_index(row as u32), value]);
            counts[column] += 1;
        }
    }
    for (panel, counts) in lists.chunks_mut(size).zip(counts.chunks(T::PANEL)) {
        panel.iter_mut().zip(counts).for_each(|(to, &count)| *to = T::from_index(count));
    }
}

/// out[p][r] ← Σₖ x[r][k]·W[p][k] and sums[p] ← Σₖ W[p][k], over the entries of x that are not zero, for adjacent panels p: the
/// same chains as [`crate::product`] has, since a term of zero changes nothing that begins at +0.
///
/// `weight` [panels][inputs][PANEL], `out` [panels][batch][PANEL], `sums` [panels][PANEL]; of `out` the first `rows` rows are written.
///
/// # Panics
/// When a slice is too short for its shape, or the chains are too long to be left whole.
pub fn sparse_product<T: Element>(
    isa: Isa,
    x: Lists<'_, T>,
    weight: &[T],
    (rows, batch): (usize, usize),
    (out, sums): (&mut [T], &mut [T]),
) {
    let panels = sums.len() / T::PANEL;
    assert!(x.inputs <= CHAIN && rows <= batch && x.inputs > 0, "chains are too long");
    assert!(x.rows.len() >= rows * Lists::<T>::size(x.inputs, x.most), "lists are short");
    assert!(weight.len() >= panels * x.inputs * T::PANEL && out.len() >= panels * batch * T::PANEL, "slices are short");
    for p in 0..panels {
        out[p * batch * T::PANEL..][..rows * T::PANEL].fill(T::ZERO);
    }
    sums.fill(T::ZERO);
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
    columns: std::ops::Range<usize>,
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
pub fn sparse_gradient<T: Element>(
    isa: Isa,
    x: Columns<'_, T>,
    columns: std::ops::Range<usize>,
    b: &[T],
    out: &mut [&mut [T]],
) {
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
    columns: std::ops::Range<usize>,
    b: *const T,
    panels: usize,
}

impl<'a, T: Element> Backward<'a, T> {
    fn new(x: Columns<'a, T>, columns: std::ops::Range<usize>, b: &[T], panels: usize) -> Self {
        assert!(x.batch <= CHAIN && panels <= PANELS, "chains are too long");
        assert!(b.len() >= panels * x.batch * T::PANEL, "slices are short");
        Self { x, columns, b: b.as_ptr(), panels }
    }
}

/// Where the sums of columns go while they are in registers.
pub(crate) trait Sink<L: Lanes> {
    /// # Safety
    /// The CPU has the set of `L`; the vector at `place` lies within the columns of the panel.
    unsafe fn take(&self, panel: usize, place: usize, sums: L);
}

/// The optimizer's rule, on a target for each panel.
pub(crate) struct Updating<'a, L: Lanes> {
    targets: &'a [Target<L::Element>; PANELS],
    step: Step<L>,
}

impl<'a, L: Lanes> Updating<'a, L> {
    /// # Safety
    /// The CPU has the set of `L`.
    #[inline(always)]
    pub(crate) unsafe fn new(targets: &'a [Target<L::Element>; PANELS], rule: &Momentum<L::Element>) -> Self {
        // SAFETY: by the contract.
        Self { targets, step: unsafe { Step::new(rule, targets[0].scale) } }
    }
}

impl<L: Lanes> Sink<L> for Updating<'_, L> {
    #[inline(always)]
    unsafe fn take(&self, panel: usize, place: usize, sums: L) {
        let Target { weight, velocity, shift, .. } = self.targets[panel];
        // SAFETY: by the contract of the trait; shifts are one row of a panel.
        unsafe { self.step.take(weight.add(place), velocity.add(place), shift.add(place % L::Element::PANEL), sums) }
    }
}

/// An array for each panel.
pub(crate) struct Storing<'a, T>(pub(crate) &'a [*mut T; PANELS]);

impl<L: Lanes> Sink<L> for Storing<'_, L::Element> {
    #[inline(always)]
    unsafe fn take(&self, panel: usize, place: usize, sums: L) {
        // SAFETY: by the contract of the trait.
        unsafe { sums.store(self.0[panel].add(place)) }
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

/// `G` panels of `V` vectors each, block after block of columns; returns `G`.
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
        for block in 0..job.x.inputs.div_ceil(BLOCK) {
            add_columns::<L, G, V>(job, block, weight, sums);
            for row in 0..job.rows {
                add_entries::<L, G, V>(job, job.x.run(row, block), weight, out.add(row * width));
            }
        }
    }
    G
}

/// sums[g] ← sums[g] + Σₖ W[g][k] over a block of columns, which come near thereby.
///
/// # Safety
/// As [`forward`], for the panels from `weight` and `sums` on.
#[inline(always)]
unsafe fn add_columns<L: Lanes, const G: usize, const V: usize>(
    job: &Forward<'_, L::Element>,
    block: usize,
    weight: *const L::Element,
    sums: *mut L::Element,
) {
    let width = L::Element::PANEL;
    // SAFETY: columns are below `inputs`.
    unsafe {
        let mut total = load::<L, G, V>(sums, width);
        for column in block * BLOCK..job.x.inputs.min((block + 1) * BLOCK) {
            let row = load::<L, G, V>(weight.add(column * width), job.x.inputs * width);
            total.as_flattened_mut().iter_mut().zip(row.as_flattened()).for_each(|(sum, lanes)| *sum = sum.add(*lanes));
        }
        store::<L, G, V>(total, sums, width);
    }
}

/// out[g] ← out[g] + Σ value·W[g][column] over the entries of one row in one block.
///
/// # Safety
/// As [`forward`], for the panels from `weight` on and the row at `out`.
#[inline(always)]
unsafe fn add_entries<L: Lanes, const G: usize, const V: usize>(
    job: &Forward<'_, L::Element>,
    entries: &[[L::Element; 2]],
    weight: *const L::Element,
    out: *mut L::Element,
) {
    if entries.is_empty() {
        return;
    }
    let width = L::Element::PANEL;
    // SAFETY: columns are clamped to those that there are.
    unsafe {
        let mut total = load::<L, G, V>(out, job.batch * width);
        for [column, value] in entries {
            let column = (column.index() as usize).min(job.x.inputs - 1);
            let value = L::splat(value);
            let row = load::<L, G, V>(weight.add(column * width), job.x.inputs * width);
            for (sum, lanes) in total.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
                *sum = value.fma(*lanes, *sum);
            }
        }
        store::<L, G, V>(total, out, job.batch * width);
    }
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
            for (g, sums) in sums.into_iter().enumerate() {
                for (v, sum) in sums.into_iter().enumerate() {
                    sink.take(panel + g, i * width + v * L::LANES, sum);
                }
            }
        }
    }
    G
}
