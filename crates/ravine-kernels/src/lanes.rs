use crate::element::Element;

/// A vector register: the handful of operations over which the tiles are written.
///
/// # Safety
///
/// An implementation's `LANES · VECTORS` divides `PANEL`, and its operations touch exactly `LANES` elements at the pointer.
pub(crate) unsafe trait Lanes: Copy {
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
    /// self·b + c, rounded once.
    ///
    /// # Safety
    /// The CPU has the instruction set.
    unsafe fn fma(self, b: Self, c: Self) -> Self;
    /// self + b
    ///
    /// # Safety
    /// The CPU has the instruction set.
    unsafe fn add(self, b: Self) -> Self;
}

/// Implements [`Lanes`] by the intrinsics of one vector type.
macro_rules! lanes {
    ($name:ident, $vector:ty, $element:ty, $lanes:literal, $vectors:literal, $rows:literal,
     $zero:ident, $splat:ident, $load:ident, $store:ident, $fma:ident, $add:ident) => {
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
            #[inline(always)]
            unsafe fn fma(self, b: Self, c: Self) -> Self {
                // SAFETY: by the contract of the trait.
                Self(unsafe { $fma(self.0, b.0, c.0) })
            }
            #[inline(always)]
            unsafe fn add(self, b: Self) -> Self {
                // SAFETY: by the contract of the trait.
                Self(unsafe { $add(self.0, b.0) })
            }
        }
    };
}
#[cfg_attr(not(target_arch = "x86_64"), allow(unused, reason = "no vector sets on this architecture yet"))]
pub(crate) use lanes;
