//! exp, log, tanh and the normal distribution in f64, the same to the bit as `src/reference/math.ts`.
//!
//! Only + − × ÷, comparisons, selections and operations on bits: no libm and no fused multiply–add. Nothing branches,
//! so that a loop over these functions becomes vector code.

use std::f64::consts::LOG2_E;

/// ln 2 in two parts: `LN2_HIGH` ends in 21 zero bits, so that k·`LN2_HIGH` is exact.
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;

/// 1.5·2⁵²: adding it rounds to a whole number, which the low bits of the sum then hold.
const SHIFTER: f64 = 6755399441055744.0;

/// eˣ = 2ᵏ·eʳ with k = round(x / ln 2), r = x − k·ln 2 and eʳ = 1 + r + r·c / (2 − c), where c = r − r²·P(r²).
///
/// Error at most 0.72 ulp (subnormal results: 0.77) as measured. Overflow gives ∞, underflow subnormals and then 0.
/// Source: fdlibm `e_exp.c`, with the reduction always done and the last sum compensated.
#[inline(always)]
pub fn exp64(x: f64) -> f64 {
    // Beyond these bounds the result no longer changes; NaN passes.
    let x = x.clamp(-746.0, 710.0);
    let shifted = x * LOG2_E + SHIFTER;
    let k = shifted - SHIFTER;
    let high = x - k * LN2_HIGH;
    let low = k * LN2_LOW;
    let r = high - low;
    let z = r * r;
    let p = -1.6533902205465252e-6 + z * 4.1381367970572385e-8;
    let p = 6.613756321437934e-5 + z * p;
    let p = -0.0027777777777015593 + z * p;
    let p = 0.16666666666666602 + z * p;
    let c = r - z * p;
    // The large part of 1 + r and what its rounding lost: that saves a quarter of an ulp.
    let sum = 1.0 + high;
    let lost = high - (sum - 1.0);
    let y = sum + (lost - (low - r * c / (2.0 - c)));
    // 2ᵏ may lie beyond the range where y·2ᵏ does not: two powers, each with an exponent in range, the last rounds.
    let exponents = shifted.to_bits().wrapping_sub(SHIFTER.to_bits()).wrapping_add(2 * 1023);
    let first = exponents >> 1;
    y * power(first) * power(exponents.wrapping_sub(first))
}

/// 2^(exponent − 1023).
#[inline(always)]
fn power(exponent: u64) -> f64 {
    f64::from_bits(exponent << 52)
}

/// The upper bits of √½, from which a mantissa runs to √2.
const SQRT_HALF: u64 = 0x3fe6a09e00000000;
const TWO_54: f64 = 18014398509481984.0;

/// ln x = k·ln 2 + ln(1 + f) with x = 2ᵏ·(1 + f), √½ < 1 + f < √2;
/// ln(1 + f) = f − f²/2 + s·(f²/2 + R(s²)) with s = f / (2 + f).
///
/// Error at most 0.85 ulp as measured. ln 0 = −∞, ln ∞ = ∞, and NaN below 0.
/// Source: fdlibm `e_log.c`, in musl's order of operations.
#[inline(always)]
pub fn log64(x: f64) -> f64 {
    let subnormal = x < f64::MIN_POSITIVE;
    let normal = if subnormal { x * TWO_54 } else { x };
    let offset = normal.to_bits().wrapping_sub(SQRT_HALF);
    let exponent = (offset as i64) >> 52;
    let k = exponent as f64 - if subnormal { 54.0 } else { 0.0 };
    let f = f64::from_bits((offset & 0xfffffffffffff).wrapping_add(SQRT_HALF)) - 1.0;
    let half = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
    let odd = 0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586);
    let odd = z * (0.6666666666666735 + w * odd);
    let y = s * (half + (odd + even)) + k * LN2_LOW - half + f + k * LN2_HIGH;
    let y = if x < f64::INFINITY { y } else { x };
    let y = if x > 0.0 { y } else { f64::NAN };
    if x == 0.0 { f64::NEG_INFINITY } else { y }
}

/// tanh |x| = |x| − |x|·x²·P(x²)/Q(x²) below 13/16, by the ninth convergent of Lambert's continued fraction, whose
/// coefficients are whole numbers; 1 − 2 / (e^{2|x|} + 1) above. Odd: the sign is that of x.
///
/// Error at most 1.00 ulp as measured.
/// Source: x / (1 + x² / (3 + x² / (5 + …))), Lambert 1761; the split as in Cephes `tanh.c`.
#[inline(always)]
pub fn tanh64(x: f64) -> f64 {
    let size = x.abs();
    let small = size < 0.8125;
    let z = size * size;
    let p = 11486475.0 + z * (810810.0 + z * (12870.0 + z * 44.0));
    let q = 34459425.0 + z * (16216200.0 + z * (945945.0 + z * (13860.0 + z * 45.0)));
    // One division serves both formulas.
    let numerator = if small { z * p } else { 2.0 };
    let denominator = if small { q } else { exp64(2.0 * size) + 1.0 };
    let quotient = numerator / denominator;
    let y = if small { size - size * quotient } else { 1.0 - quotient };
    y.copysign(x)
}

/// eˣ − 1 = x + x·c / (2 − c) below ln 2 / 2 in magnitude, with the c of [`exp64`]; eˣ − 1 as it stands beyond.
///
/// Error at most 1.25 ulp as measured.
/// Source: fdlibm `e_exp.c`, whose last sum is left out.
#[inline(always)]
pub fn expm64(x: f64) -> f64 {
    let z = x * x;
    let p = -1.6533902205465252e-6 + z * 4.1381367970572385e-8;
    let p = 6.613756321437934e-5 + z * p;
    let p = -0.0027777777777015593 + z * p;
    let p = 0.16666666666666602 + z * p;
    let c = x - z * p;
    let near = x + x * c / (2.0 - c);
    if x.abs() < 0.34657359027997264 { near } else { exp64(x) - 1.0 }
}

/// ln(1 + x) = ln u + (x − (u − 1)) / u with u = 1 + x, rounded: the quotient is what the rounding lost. x is finite and > −1.
///
/// Error at most 1.00 ulp as measured.
/// Source: Kahan's correction, as in HP-15C Advanced Functions Handbook, 1982.
#[inline(always)]
pub fn logp64(x: f64) -> f64 {
    let u = 1.0 + x;
    log64(u) + (x - (u - 1.0)) / u
}

/// 1/√(2π)
pub(crate) const DENSITY: f64 = 0.3989422804014327;
/// Adding and subtracting it rounds to a multiple of 1/16.
const SIXTEENTHS: f64 = SHIFTER / 16.0;

/// Φ(x) = ∫ e^(−t²/2)/√(2π) dt from −∞ to x, by rational functions of |x| on three ranges.
///
/// Error at most 3.5 ulp as measured, down to the smallest normal results.
/// Source: Cody, "Rational Chebyshev approximations for the error function", 1969, as in his ANORM (ACM algorithm 715).
#[inline(always)]
pub fn normal64(x: f64) -> f64 {
    // Beyond 40 the result no longer changes; NaN passes.
    let y = x.abs().clamp(0.0, 40.0);
    let z = y * y;
    // e^(−y²/2) with y² = h² + (y − h)(y + h), where h² is exact.
    let h = y + SIXTEENTHS - SIXTEENTHS;
    let scale = exp64(h * h * -0.5) * exp64((y - h) * (y + h) * -0.5);
    let tail = scale * if y <= 5.656854249492381 { middle(y) } else { (DENSITY - far(1.0 / z)) / y };
    let beyond = if x > 0.0 { 1.0 - tail } else { tail };
    if y <= 0.67448975 { 0.5 + x * near(z) } else { beyond }
}

/// (Φ(x) − ½)/x of z = x².
#[inline(always)]
fn near(z: f64) -> f64 {
    let p = 161.02823106855587 + z * (2.2352520354606837 + z * 0.06568233791820745);
    let p = 18154.98125334356 + z * (1067.6894854603709 + z * p);
    let q = 976.0985517377767 + z * (47.202581904688245 + z);
    let q = 45507.78933502673 + z * (10260.932208618979 + z * q);
    p / q
}

/// (1 − Φ(y))·e^(y²/2)
#[inline(always)]
fn middle(y: f64) -> f64 {
    let p = 8.883149794388377 + y * (0.39894151208813466 + y * 1.0765576773720192e-08);
    let p = 597.2702763948002 + y * (93.50665613217785 + y * p);
    let p = 6848.190450536283 + y * (2494.5375852903726 + y * p);
    let p = 9842.714838383978 + y * (11602.65143764735 + y * p);
    let q = 235.387901782625 + y * (22.266688044328117 + y);
    let q = 6485.558298266761 + y * (1519.3775994075547 + y * q);
    let q = 34900.95272114598 + y * (18615.571640885097 + y * q);
    let q = 19685.429676859992 + y * (38912.00328609327 + y * q);
    p / q
}

/// 1/√(2π) − y·(1 − Φ(y))·e^(y²/2) of w = 1/y².
#[inline(always)]
fn far(w: f64) -> f64 {
    let p = 0.12740116116024736 + w * (0.215898534057957 + w * 0.023073441764940174);
    let p = 0.0014216191932278934 + w * (0.022235277870649807 + w * p);
    let p = 2.9112874951168793e-05 + w * p;
    let q = 0.4682382124808651 + w * (1.284260096144911 + w);
    let q = 0.0037823963320275824 + w * (0.06598813786892856 + w * q);
    let q = 7.297515550839662e-05 + w * q;
    w * p / q
}
