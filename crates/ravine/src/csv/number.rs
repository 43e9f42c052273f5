use super::marks::{HIGH, ONES};
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
    quotient(whole, fraction, negative)
}

fn quotient<T: Element>(whole: u64, fraction: usize, negative: bool) -> Option<T> {
    let value = whole as f64 / TENS[fraction];
    let value = if negative { -value } else { value };
    (value.to_bits() & BEYOND != HALFWAY).then(|| T::from_f64(value))
}

/// The same of up to eight bytes, the last of `word`, all at once; none of what is no such number, or a longer one, or has blanks around it.
#[inline]
pub(super) fn short<T: Element>(word: u64, length: usize) -> Option<T> {
    if !(1..=8).contains(&length) {
        return None;
    }
    let before = 64 - 8 * length;
    let negative = (word >> before) as u8 == b'-';
    // What stands before the number becomes zeros, and so does its sign.
    let digits = (word ^ (ONES * u64::from(b'0'))) >> before << before;
    let digits = if negative { digits & !(0xff << before) } else { digits };
    let (digits, fraction) = without_point(digits);
    let count = length - usize::from(negative) - usize::from(fraction.is_some());
    let too_large = (digits | digits.wrapping_add(ONES * 0x76)) & HIGH;
    if count == 0 || too_large != 0 {
        return None;
    }
    quotient(whole(digits), fraction.unwrap_or(0), negative)
}

/// Digits that have closed up over the first point among them, and how many are behind it.
#[inline]
fn without_point(digits: u64) -> (u64, Option<usize>) {
    let other = digits ^ (ONES * u64::from(b'.' ^ b'0'));
    let found = other.wrapping_sub(ONES) & !other & HIGH;
    if found == 0 {
        return (digits, None);
    }
    let place = found.trailing_zeros() / 8;
    let before = (1 << (8 * place)) - 1;
    let behind = !(before << 8 | 0xff);
    ((digits & before) << 8 | digits & behind, Some(7 - place as usize))
}

/// Of eight digits, the first in the lowest byte: pairs, fours and all of them. Source: Lemire 2021, Number parsing at a gigabyte per second.
#[inline]
fn whole(digits: u64) -> u64 {
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours * 10_000 + (fours >> 32)) & 0xffff_ffff
}
