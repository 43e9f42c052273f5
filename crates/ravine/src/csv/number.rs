use ravine_kernels::Element;
use std::str::FromStr;

/// Powers of ten that f64 has exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];
/// Whole numbers up to this one f64 has all, and more digits than it has need a longer arithmetic.
const WHOLE: u64 = 1 << 53;
const DIGITS: usize = 18;
/// The bits of an f64 that f32 has not, and what they are halfway between two f32.
const BEYOND: u64 = (1 << 29) - 1;
const HALFWAY: u64 = 1 << 28;

/// A finite number, rounded once: the nearest that there is.
#[inline]
pub(super) fn number<T: Element + FromStr>(bytes: &[u8]) -> Option<T> {
    simple(bytes).or_else(|| std::str::from_utf8(bytes).ok()?.parse().ok().filter(|number: &T| number.is_finite()))
}

/// ±m/10ᵏ of digits with a point or none, where both are exact in f64, so that the quotient is rounded once (Clinger 1990, How to read
/// floating point numbers accurately); and once only in f32, unless it lies halfway.
#[inline]
fn simple<T: Element>(bytes: &[u8]) -> Option<T> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (mut whole, mut point) = (0u64, None);
    if digits.len() > DIGITS {
        return None;
    }
    for (at, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => whole = whole * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let fraction = point.map_or(0, |point| digits.len() - 1 - point);
    if digits.len() == usize::from(point.is_some()) || whole > WHOLE {
        return None;
    }
    let value = whole as f64 / TENS[fraction];
    let value = if negative { -value } else { value };
    (value.to_bits() & BEYOND != HALFWAY).then(|| T::from_f64(value))
}
