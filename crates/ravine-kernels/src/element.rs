use crate::dispatch::Kernels;
use crate::isa::{Isa, Set};
use crate::number::Number;
use std::fmt::{Debug, Display};
use std::ops::{AddAssign, Sub};

/// The element types of ravine: `f32` and `f64`.
pub trait Element:
    Number + Default + Debug + Display + PartialEq + PartialOrd + Send + Sync + AddAssign + Sub<Output = Self> + 'static
{
    /// Columns of a panel: 128 bytes.
    const PANEL: usize;
    /// 0
    const ZERO: Self;
    /// 1
    const ONE: Self;
    /// A velocity smaller than this in magnitude becomes 0: denormals would slow a step tenfold.
    const SMALLEST_VELOCITY: Self;

    /// Nearest value, ties to even.
    fn from_f64(value: f64) -> Self;
    /// The same value.
    fn from_byte(value: u8) -> Self;
    /// The same value.
    fn to_f64(self) -> f64;
    /// A small whole number, as bits.
    fn from_index(index: u32) -> Self;
    /// The inverse of [`Element::from_index`].
    fn index(self) -> u32;
    /// |self|
    fn abs(self) -> Self;
    /// Neither NaN nor infinite.
    fn is_finite(self) -> bool;

    #[doc(hidden)]
    fn kernels(isa: Isa) -> &'static Kernels<Self>;
}

macro_rules! element {
    ($type:ident, $fma:ident) => {
        impl Element for $type {
            const PANEL: usize = 128 / size_of::<$type>();
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const SMALLEST_VELOCITY: Self = 1e-30;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn from_byte(value: u8) -> Self {
                $type::from(value)
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn from_index(index: u32) -> Self {
                $type::from_bits(index.into())
            }
            #[inline(always)]
            fn index(self) -> u32 {
                self.to_bits() as u32
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$type>::abs(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                <$type>::is_finite(self)
            }

            fn kernels(isa: Isa) -> &'static Kernels<Self> {
                match isa.0 {
                    Set::Scalar => &crate::scalar::$type::KERNELS,
                    #[cfg(target_arch = "x86_64")]
                    Set::Avx2 => &crate::avx2::$type::KERNELS,
                    #[cfg(target_arch = "x86_64")]
                    Set::Avx512 => &crate::avx512::$type::KERNELS,
                    #[cfg(target_arch = "aarch64")]
                    Set::Neon => &crate::neon::$type::KERNELS,
                }
            }
        }

        impl Number for $type {
            #[inline(always)]
            fn fma(self, b: Self, c: Self) -> Self {
                // Where the processor has no such instruction the C library is asked, and that of mingw rounds twice.
                #[cfg(all(windows, target_env = "gnu"))]
                {
                    libm::$fma(self, b, c)
                }
                #[cfg(not(all(windows, target_env = "gnu")))]
                {
                    self.mul_add(b, c)
                }
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                <$type>::sqrt(self)
            }
            #[inline(always)]
            fn settled(self) -> Self {
                if Element::abs(self) < Self::SMALLEST_VELOCITY { 0.0 } else { self }
            }
        }
    };
}

element!(f32, fmaf);
element!(f64, fma);
