//! One element at a time: every CPU, and the twin that the vector sets are tested against.

use crate::dispatch::kernels;
use crate::element::Element;
use crate::lanes::Lanes;

#[derive(Clone, Copy)]
pub(crate) struct One<T>(T);

// SAFETY: every operation touches the one element at the pointer, for which the caller vouches.
unsafe impl<T: Element> Lanes for One<T> {
    type Element = T;
    const LANES: usize = 1;
    const VECTORS: usize = 4;
    const ROWS: usize = 2;

    #[inline(always)]
    unsafe fn zero() -> Self {
        Self(T::ZERO)
    }
    #[inline(always)]
    unsafe fn splat(source: *const T) -> Self {
        // SAFETY: by the contract of the trait.
        Self(unsafe { *source })
    }
    #[inline(always)]
    unsafe fn load(source: *const T) -> Self {
        // SAFETY: by the contract of the trait.
        Self(unsafe { *source })
    }
    #[inline(always)]
    unsafe fn store(self, target: *mut T) {
        // SAFETY: by the contract of the trait.
        unsafe { *target = self.0 }
    }
    #[inline(always)]
    unsafe fn fma(self, b: Self, c: Self) -> Self {
        Self(self.0.fma(b.0, c.0))
    }
    #[inline(always)]
    unsafe fn add(self, b: Self) -> Self {
        Self(self.0 + b.0)
    }
    #[inline(always)]
    unsafe fn mul(self, b: Self) -> Self {
        Self(self.0 * b.0)
    }
    #[inline(always)]
    unsafe fn unless_below(self, limit: Self) -> Self {
        if self.0.abs() < limit.0 { Self(T::ZERO) } else { self }
    }
    #[inline(always)]
    unsafe fn or(self, b: Self, other: bool) -> Self {
        if other { b } else { self }
    }
    #[inline(always)]
    unsafe fn zip(self, b: Self) -> (Self, Self) {
        (self, b)
    }
}

kernels!(f32, super::One<f32>);
kernels!(f64, super::One<f64>);
