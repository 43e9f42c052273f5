use crate::element::Element;
use crate::isa::Isa;
use crate::lanes::Lanes;
use crate::momentum::{Kind, Momentum};
use crate::prefetch::prefetch_near;
use crate::product::{Epilogue, Tiles};

/// g[c][j] ← Σᵣ a[r][c]·b[r][j], the gradient of some columns of a weight for one panel of its outputs, used while it is in
/// registers: folded (g ← scale·g + shift[j], where there is a fold) and handed to the optimizer's rule on `weight` and `velocity`.
///
/// `a` [rows][PANEL] one panel of the layer's input, its first columns read; `b` [rows][PANEL] one panel of the gradient of its
/// output; `weight` and `velocity` [columns][PANEL], updated: their length says how many columns; of a panel
/// `width` outputs count, and those beyond them may be left as they are.
///
/// # Panics
/// When a slice is too short for its shape.
pub fn update<T: Element>(
    isa: Isa,
    a: &[T],
    b: &[T],
    (weight, velocity): (&mut [T], &mut [T]),
    rule: &Momentum<T>,
    fold: Option<(T, &[T])>,
    width: usize,
) {
    let (columns, steps) = (weight.len() / T::PANEL, b.len() / T::PANEL);
    assert!(columns <= T::PANEL && a.len() >= steps * T::PANEL, "a is short");
    assert!(velocity.len() == weight.len(), "velocity is not as long as the weight");
    assert!(fold.is_none_or(|(_, shift)| shift.len() >= T::PANEL), "the shift is short");
    let tiles = Tiles::transposed(a, b, columns, steps, width.min(T::PANEL));
    let target = Target {
        weight: weight.as_mut_ptr(),
        velocity: velocity.as_mut_ptr(),
        scale: fold.map_or(T::ONE, |(scale, _)| scale),
        shift: fold.map_or(std::ptr::null(), |(_, shift)| shift.as_ptr()),
    };
    // SAFETY: the set is one that the CPU has; the assertions above are the bounds.
    unsafe { (T::kernels(isa).update)(&tiles, &target, rule) }
}

/// What [`update`] writes, and the fold of the gradient: `shift` is null where there is none.
#[derive(Clone, Copy)]
pub(crate) struct Target<T> {
    pub(crate) weight: *mut T,
    pub(crate) velocity: *mut T,
    pub(crate) scale: T,
    pub(crate) shift: *const T,
}

/// Hands the sums of a tile to the optimizer's rule on a target.
pub(crate) struct Updating<'a, L: Lanes, const KIND: usize> {
    target: &'a Target<L::Element>,
    step: Step<L, KIND>,
}

impl<'a, L: Lanes, const KIND: usize> Updating<'a, L, KIND> {
    /// # Safety
    /// The CPU has the set of `L`.
    #[inline(always)]
    pub(crate) unsafe fn new(target: &'a Target<L::Element>, rule: &Momentum<L::Element>) -> Self {
        // SAFETY: by the contract.
        Self { target, step: unsafe { Step::new(rule, target.scale) } }
    }
}

impl<L: Lanes, const KIND: usize> Epilogue<L> for Updating<'_, L, KIND> {
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
        let Target { weight, velocity, shift, .. } = *self.target;
        let place = row * L::Element::PANEL + column;
        // SAFETY: by the contract of the trait.
        unsafe {
            let shift = if shift.is_null() { shift } else { shift.add(column) };
            self.step.take(weight.add(place), velocity.add(place), shift, sums);
        }
    }
}

impl<T: Element> Target<T> {
    /// For want of one.
    pub(crate) const fn nowhere() -> Self {
        let (null, scale) = (std::ptr::null_mut(), T::ONE);
        Self { weight: null, velocity: null, scale, shift: null }
    }

    /// Asks for the memory of a row.
    #[inline(always)]
    pub(crate) fn expect(&self, row: usize) {
        for place in [row * T::PANEL, row * T::PANEL + T::PANEL / 2] {
            prefetch_near(self.weight.wrapping_add(place));
            prefetch_near(self.velocity.wrapping_add(place));
        }
    }
}

pub(crate) const PLAIN: usize = Kind::Plain as usize;
pub(crate) const NESTEROV: usize = Kind::Nesterov as usize;
pub(crate) const ANY: usize = Kind::Any as usize;

/// The optimizer's rule: [`crate::momentum`] in vectors, of one [`Kind`].
pub(crate) struct Step<L: Lanes, const KIND: usize> {
    momentum: L,
    gain: L,
    less_rate: L,
    coupled: (L, bool),
    less_decoupled: (L, bool),
    smallest: L,
    scale: L,
    nesterov: bool,
}

impl<L: Lanes, const KIND: usize> Step<L, KIND> {
    /// # Safety
    /// The CPU has the set of `L`.
    #[inline(always)]
    pub(crate) unsafe fn new(rule: &Momentum<L::Element>, scale: L::Element) -> Self {
        // SAFETY: the pointers are to locals.
        let splat = |value: L::Element| unsafe { L::splat(&value) };
        Self {
            momentum: splat(rule.momentum),
            gain: splat(rule.gain),
            less_rate: splat(-rule.rate),
            coupled: (splat(rule.coupled), rule.coupled != L::Element::ZERO),
            less_decoupled: (splat(-rule.decoupled), rule.decoupled != L::Element::ZERO),
            smallest: splat(L::Element::SMALLEST_VELOCITY),
            scale: splat(scale),
            nesterov: rule.nesterov,
        }
    }

    /// Updates the vectors at `weight` and `velocity` by a gradient, folded with the vector at `shift` unless that is null.
    ///
    /// # Safety
    /// The CPU has the set of `L`; the pointers may be read, the first two written, for one vector.
    #[inline(always)]
    pub(crate) unsafe fn take(
        &self,
        weight: *mut L::Element,
        velocity: *mut L::Element,
        shift: *const L::Element,
        gradient: L,
    ) {
        // SAFETY: by the contract.
        unsafe {
            let gradient = if shift.is_null() { gradient } else { self.scale.fma(gradient, L::load(shift)) };
            let old = L::load(weight);
            let (gradient, start) = match KIND {
                ANY => (
                    gradient.or(self.coupled.0.fma(old, gradient), self.coupled.1),
                    old.or(self.less_decoupled.0.fma(old, old), self.less_decoupled.1),
                ),
                _ => (gradient, old),
            };
            let pushed = self.gain.mul(gradient);
            let next = self.momentum.fma(L::load(velocity), pushed).unless_below(self.smallest);
            next.store(velocity);
            let direction = match KIND {
                PLAIN => next,
                NESTEROV => self.momentum.fma(next, pushed),
                _ => next.or(self.momentum.fma(next, pushed), self.nesterov),
            };
            self.less_rate.fma(direction, start).store(weight);
        }
    }
}
