use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::lists::Columns;
use crate::part::Part;
use crate::product::CHAIN;
use crate::rule::Rule;
use crate::sparse::load;
use crate::step::{Step, with_step};
use crate::update::Target;
use std::ops::Range;

/// Columns between the one that is summed and the one whose memory is asked for.
const AHEAD: usize = 4;

/// Panels of outputs that [`sparse_update`] takes at once, at most.
pub const PANELS: usize = 4;

/// `g[p][k] ← scale·Σᵣ x[r][k]·b[p][r] + shift[p]` over the entries of x that are not zero, handed to the optimizer's rule while in
/// registers, for `columns` of x and adjacent panels p: the sparse twin of [`crate::update`].
///
/// `b: [panels][batch][PANEL]`, `shift: [panels][PANEL]`; of each panel a part of the weight and its states `[columns][PANEL]`, updated.
///
/// # Panics
/// When a slice is too short for its shape, there are more panels than [`PANELS`], the chains are too long to be left whole, or the
/// rule does not fuse.
pub fn sparse_update<T: Element>(
    isa: Isa,
    x: Columns<'_, T>,
    columns: Range<usize>,
    b: &[T],
    parts: &mut [Part<'_, T>],
    rule: &Rule<T>,
    (scale, shift): (T, &[T]),
) {
    let job = Backward::new(x, columns, b, parts.len());
    assert!(parts.iter().all(|part| part.value.len() >= job.columns.len() * T::PANEL), "slices are short");
    assert!(shift.len() >= parts.len() * T::PANEL, "the shift is short");
    let mut targets = [const { Target::nowhere() }; PANELS];
    for (target, (part, shift)) in targets.iter_mut().zip(parts.iter_mut().zip(shift.chunks_exact(T::PANEL))) {
        *target = Target::new(part, rule, Some((scale, shift)));
    }
    // SAFETY: the set is one that the CPU has; the assertions, here and of the targets, are the bounds.
    unsafe { (T::kernels(isa).sparse_update)(&job, &targets, rule) }
}

/// # Safety
/// The CPU has the set of `L`; there are targets for all panels of the job, of its columns, for this rule.
#[inline(always)]
pub(crate) unsafe fn run<L: Lanes>(
    job: &Backward<'_, L::Element>,
    targets: &[Target<L::Element>; PANELS],
    rule: &Rule<L::Element>,
) {
    // SAFETY: by the contract.
    unsafe {
        let scale = L::splat(&targets[0].scale);
        with_step!(L, rule, step => backward::<L, _>(job, &Updating { targets, scale, step }));
    }
}

/// `out[p][k] ← Σᵣ x[r][k]·b[p][r]` over the entries of x that are not zero, for `columns` of x and adjacent panels p: the sparse
/// twin of [`crate::gradient`].
///
/// `b: [panels][batch][PANEL]`; of each panel `out: [columns][PANEL]`, overwritten.
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
    /// Asks for the memory of a row.
    fn expect(&self, panel: Self::Panel, row: usize);
    /// # Safety
    /// The CPU has the set of `L`; the vector at (`row`, `column`) lies within the panel.
    unsafe fn take(&self, panel: Self::Panel, row: usize, column: usize, sums: L);
}

/// The optimizer's rule, on a target for each panel.
struct Updating<'a, L: Lanes, S> {
    targets: &'a [Target<L::Element>; PANELS],
    scale: L,
    step: S,
}

impl<L: Lanes, S: Step<L>> Sink<L> for Updating<'_, L, S> {
    type Panel = Target<L::Element>;

    #[inline(always)]
    fn panel(&self, panel: usize) -> Self::Panel {
        self.targets[panel]
    }

    #[inline(always)]
    fn expect(&self, target: Self::Panel, row: usize) {
        target.expect(row);
    }

    #[inline(always)]
    unsafe fn take(&self, target: Self::Panel, row: usize, column: usize, sums: L) {
        // SAFETY: by the contract of the trait.
        unsafe {
            let gradient = self.scale.fma(sums, L::load(target.shift.add(column)));
            self.step.take(&target, row * L::Element::PANEL + column, gradient);
        }
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
    fn expect(&self, _: Self::Panel, _: usize) {}

    #[inline(always)]
    unsafe fn take(&self, panel: Self::Panel, row: usize, column: usize, sums: L) {
        // SAFETY: by the contract of the trait.
        unsafe { sums.store(panel.add(row * L::Element::PANEL + column)) }
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
            targets.iter().for_each(|&target| sink.expect(target, i + AHEAD));
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
