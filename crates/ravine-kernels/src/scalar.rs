//! One element at a time: every CPU, and the twin that the vector sets are tested against.

use crate::dispatch::kernels;
use crate::element::Element;
use crate::lanes::Lanes;
use crate::number::Number;
use std::ops::{Add, Div, Mul, Neg};

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
    fn or(self, b: Self, other: bool) -> Self {
        if other { b } else { self }
    }
    #[inline(always)]
    fn zip(self, b: Self) -> (Self, Self) {
        (self, b)
    }
}

impl<T: Element> Number for One<T> {
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        Self(self.0.fma(b.0, c.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.sqrt())
    }
    #[inline(always)]
    fn settled(self) -> Self {
        Self(self.0.settled())
    }
}

impl<T: Element> Neg for One<T> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// An operator of the element.
macro_rules! binary {
    ($operator:ident, $method:ident) => {
        impl<T: Element> $operator for One<T> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: Self) -> Self {
                Self(self.0.$method(b.0))
            }
        }
    };
}
binary!(Add, add);
binary!(Mul, mul);
binary!(Div, div);

kernels!(f32, super::One<f32>);
kernels!(f64, super::One<f64>);
