use std::ops::{Add, Div, Mul, Neg};

/// What rules are written over: one element, or a vector of them. Each operation rounds once.
pub trait Number: Copy + Add<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self> {
    /// self·b + c
    fn fma(self, b: Self, c: Self) -> Self;
    /// √self; NaN below 0.
    fn sqrt(self) -> Self;
    /// self, or 0 where it is smaller in magnitude than [`crate::Element::SMALLEST_VELOCITY`]; NaN stays.
    fn settled(self) -> Self;
}
