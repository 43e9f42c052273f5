use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::left::OnePanel;
use crate::part::Part;
use crate::prefetch::prefetch_near;
use crate::product::{Epilogue, Tiles, tiles};
use crate::rule::Rule;
use crate::step::{Step, with_step};

/// The most states of a rule that takes gradients out of registers.
pub(crate) const MOST_FUSED: usize = 2;

/// `g[c][j] ← Σᵣ a[r][c]·b[r][j]`, the gradient of some columns of a weight for one panel of its outputs, used while it is in
/// registers: folded (`g ← scale·g + shift[j]`, where there is a fold) and handed to an optimizer's rule that [fuses](Rule::fuses).
///
/// `a: [rows][PANEL]` one panel of the layer's input, its first columns read; `b: [rows][PANEL]` one panel of the gradient of its
/// output; `part` the weight and its states `[columns][PANEL]`, updated: its length says how many columns; of a panel
/// `width` outputs count, and those beyond them may be left as they are.
///
/// # Panics
/// When a slice is too short for its shape, or the rule does not fuse.
pub fn update<T: Element>(
    isa: Isa,
    a: &[T],
    b: &[T],
    part: &mut Part<'_, T>,
    rule: &Rule<T>,
    fold: Option<(T, &[T])>,
    width: usize,
) {
    let (columns, steps) = (part.value.len() / T::PANEL, b.len() / T::PANEL);
    assert!(columns <= T::PANEL && a.len() >= steps * T::PANEL, "a is short");
    let tiles = Tiles::transposed(a, b, columns, steps, width.min(T::PANEL));
    let target = Target::new(part, rule, fold);
    // SAFETY: the set is one that the CPU has; the assertions, here and of the target, are the bounds.
    unsafe { (T::kernels(isa).update)(&tiles, &target, rule) }
}

/// # Safety
/// The CPU has the set of `L`; `tiles` are as it says, and `target` is a part of their shape for this rule.
#[inline(always)]
pub(crate) unsafe fn run<L: Lanes>(product: &Tiles<L::Element>, target: &Target<L::Element>, rule: &Rule<L::Element>) {
    // SAFETY: by the contract.
    unsafe {
        let scale = L::splat(&target.scale);
        with_step!(L, rule, step => tiles::<L, _, OnePanel>(product, &Updating { target, scale, step }));
    }
}

/// What [`update`] writes, and the fold of the gradient: `shift` is null where there is none.
#[derive(Clone, Copy)]
pub(crate) struct Target<T> {
    pub(crate) weight: *mut T,
    /// Those that the rule has; others are null.
    pub(crate) states: [*mut T; MOST_FUSED],
    pub(crate) scale: T,
    pub(crate) shift: *const T,
}

impl<T: Element> Target<T> {
    /// # Panics
    /// When a state is not as long as the weight, the shift is not as long as a panel, or the rule does not fuse.
    pub(crate) fn new(part: &mut Part<'_, T>, rule: &Rule<T>, fold: Option<(T, &[T])>) -> Self {
        assert!(rule.fuses(), "the rule does not fuse");
        assert!(fold.is_none_or(|(_, shift)| shift.len() >= T::PANEL), "the shift is short");
        let (mut states, len) = ([std::ptr::null_mut(); MOST_FUSED], part.value.len());
        for (place, state) in states.iter_mut().zip(&mut part.states[..rule.states()]) {
            assert!(state.len() == len, "a state is not as long as the weight");
            *place = state.as_mut_ptr();
        }
        let (scale, shift) = fold.map_or((T::ONE, std::ptr::null()), |(scale, shift)| (scale, shift.as_ptr()));
        Self { weight: part.value.as_mut_ptr(), states, scale, shift }
    }

    /// For want of one.
    pub(crate) const fn nowhere() -> Self {
        let null = std::ptr::null_mut();
        Self { weight: null, states: [null; MOST_FUSED], scale: T::ONE, shift: null }
    }

    /// Asks for the memory of a row.
    #[inline(always)]
    pub(crate) fn expect(&self, row: usize) {
        for place in [row * T::PANEL, row * T::PANEL + T::PANEL / 2] {
            prefetch_near(self.weight.wrapping_add(place));
            self.states.iter().filter(|state| !state.is_null()).for_each(|s| prefetch_near(s.wrapping_add(place)));
        }
    }
}

/// Hands the sums of a tile to the optimizer's rule on a target.
struct Updating<'a, L: Lanes, S> {
    target: &'a Target<L::Element>,
    scale: L,
    step: S,
}

impl<L: Lanes, S: Step<L>> Epilogue<L> for Updating<'_, L, S> {
    #[inline(always)]
    fn expect(&self, row: usize, rows: usize) {
        (row..row + rows).for_each(|row| self.target.expect(row));
    }

    #[inline(always)]
    unsafe fn begin(&self, _: usize, _: usize) -> L {
        // SAFETY: by the contract of the trait.
        unsafe { L::zero() }
    }

    #[inline(always)]
    unsafe fn finish(&self, row: usize, column: usize, sums: L) {
        let shift = self.target.shift;
        // SAFETY: by the contract of the trait.
        unsafe {
            let gradient = if shift.is_null() { sums } else { self.scale.fma(sums, L::load(shift.add(column))) };
            self.step.take(self.target, row * L::Element::PANEL + column, gradient);
        }
    }
}
