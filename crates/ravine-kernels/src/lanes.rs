use crate::element::Element;
use crate::number::Number;

/// A vector register: the handful of operations over which the tiles are written. Whoever has a vector has made it by `zero`, `splat`
/// or `load`, and so has vouched for the CPU: its arithmetic is safe.
///
/// # Safety
///
/// An implementation's `LANES · VECTORS` divides `PANEL`, and its operations touch exactly `LANES` elements at the pointer.
pub(crate) unsafe trait Lanes: Number {
    /// Its elements.
    type Element: Element;
    /// Elements of one vector.
    const LANES: usize;
    /// Vectors of one row of a tile.
    const VECTORS: usize;
    /// Rows of the tallest tile whose accumulators fit the register file.
    const ROWS: usize;

    /// [0; LANES]
    ///
    /// # Safety
    /// The CPU has the instruction set.
    unsafe fn zero() -> Self;
    /// [*source; LANES]
    ///
    /// # Safety
    /// The CPU has the instruction set; `source` may be read.
    unsafe fn splat(source: *const Self::Element) -> Self;
    /// source[0 .. LANES]
    ///
    /// # Safety
    /// The CPU has the instruction set; `source` may be read for `LANES` elements.
    unsafe fn load(source: *const Self::Element) -> Self;
    /// target[0 .. LANES] ← self
    ///
    /// # Safety
    /// The CPU has the instruction set; `target` may be written for `LANES` elements.
    unsafe fn store(self, target: *mut Self::Element);
    /// source[0 .. count], zeros beyond, without a look at what lies there; `count` may pass `LANES`.
    ///
    /// # Safety
    /// The CPU has the instruction set; `source` may be read for `count` elements, or `LANES` where these are fewer.
    #[inline(always)]
    unsafe fn load_part(source: *const Self::Element, count: usize) -> Self {
        let mut lanes = [Self::Element::ZERO; 16];
        // SAFETY: by the contract; no vector has more than 16 elements.
        unsafe {
            std::ptr::copy_nonoverlapping(source, lanes.as_mut_ptr(), count.min(Self::LANES));
            Self::load(lanes.as_ptr())
        }
    }
    /// target[0 .. count] ← self; `count` may pass `LANES`.
    ///
    /// # Safety
    /// The CPU has the instruction set; `target` may be written for `count` elements, or `LANES` where these are fewer.
    #[inline(always)]
    unsafe fn store_part(self, target: *mut Self::Element, count: usize) {
        let mut lanes = [Self::Element::ZERO; 16];
        // SAFETY: by the contract; no vector has more than 16 elements.
        unsafe {
            self.store(lanes.as_mut_ptr());
            std::ptr::copy_nonoverlapping(lanes.as_ptr(), target, count.min(Self::LANES));
        }
    }
    /// self or b, all lanes alike.
    fn or(self, b: Self, other: bool) -> Self;
    /// (self[0], b[0], self[1], b[1], …) as two vectors.
    fn zip(self, b: Self) -> (Self, Self);
}

/// Implements [`Lanes`] and [`Number`] by the intrinsics of one vector type.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! lanes {
    ($name:ident, $vector:ty, $element:ty, $lanes:literal, $vectors:literal, $rows:literal,
     $zero:expr, $splat:ident, $load:ident, $store:ident, $fma:expr, $add:ident, $mul:ident, $div:ident, $sqrt:ident,
     $neg:expr, $unless_below:expr, $or:expr, $zip:expr $(, $load_part:expr, $store_part:expr)?) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name($vector);

        // SAFETY: each operation is the intrinsic for exactly this vector; the caller vouches for the CPU and the pointer.
        unsafe impl crate::lanes::Lanes for $name {
            type Element = $element;
            const LANES: usize = $lanes;
            const VECTORS: usize = $vectors;
            const ROWS: usize = $rows;

            #[inline(always)]
            unsafe fn zero() -> Self {
                // SAFETY: by the contract of the trait.
                Self(unsafe { $zero() })
            }
            #[inline(always)]
            unsafe fn splat(source: *const $element) -> Self {
                // SAFETY: by the contract of the trait.
                Self(unsafe { $splat(*source) })
            }
            #[inline(always)]
            unsafe fn load(source: *const $element) -> Self {
                // SAFETY: by the contract of the trait.
                Self(unsafe { $load(source) })
            }
            #[inline(always)]
            unsafe fn store(self, target: *mut $element) {
                // SAFETY: by the contract of the trait.
                unsafe { $store(target, self.0) }
            }
            $(
                #[inline(always)]
                unsafe fn load_part(source: *const $element, count: usize) -> Self {
                    // SAFETY: by the contract of the trait.
                    Self(unsafe { $load_part(source, count) })
                }
                #[inline(always)]
                unsafe fn store_part(self, target: *mut $element, count: usize) {
                    // SAFETY: by the contract of the trait.
                    unsafe { $store_part(target, count, self.0) }
                }
            )?
            #[inline(always)]
            fn or(self, b: Self, other: bool) -> Self {
                // SAFETY: whoever made the vector has vouched for the CPU.
                Self(unsafe { $or(self.0, b.0, other) })
            }
            #[inline(always)]
            fn zip(self, b: Self) -> (Self, Self) {
                // SAFETY: whoever made the vector has vouched for the CPU.
                let (low, high) = unsafe { $zip(self.0, b.0) };
                (Self(low), Self(high))
            }
        }

        impl crate::number::Number for $name {
            #[inline(always)]
            fn fma(self, b: Self, c: Self) -> Self {
                // SAFETY: whoever made the vector has vouched for the CPU.
                Self(unsafe { $fma(self.0, b.0, c.0) })
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                // SAFETY: whoever made the vector has vouched for the CPU.
                Self(unsafe { $sqrt(self.0) })
            }
            #[inline(always)]
            fn settled(self) -> Self {
                let limit = <$element as crate::element::Element>::SMALLEST_VELOCITY;
                // SAFETY: whoever made the vector has vouched for the CPU.
                Self(unsafe { $unless_below(self.0, $splat(limit)) })
            }
        }

        impl std::ops::Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                // SAFETY: whoever made the vector has vouched for the CPU.
                Self(unsafe { $neg(self.0) })
            }
        }

        crate::lanes::binary!($name, Add, add, $add);
        crate::lanes::binary!($name, Mul, mul, $mul);
        crate::lanes::binary!($name, Div, div, $div);
    };
}
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) use lanes;

/// An operator by an intrinsic.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! binary {
    ($name:ident, $operator:ident, $method:ident, $intrinsic:ident) => {
        impl std::ops::$operator for $name {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: Self) -> Self {
                // SAFETY: whoever made the vectors has vouched for the CPU.
                Self(unsafe { $intrinsic(self.0, b.0) })
            }
        }
    };
}
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) use binary;
