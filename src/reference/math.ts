// exp, log and tanh in f64, the same to the bit as crates/ravine-kernels/src/math.rs: only + − × ÷, comparisons and
// operations on bits, since Math.exp and its kin differ from engine to engine.

const { abs } = Math

/** ln 2 in two parts: `LN2_HIGH` ends in 21 zero bits, so that k·`LN2_HIGH` is exact. */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const LOG2_E = Math.LOG2E

/** 1.5·2⁵²: adding it rounds to a whole number, and subtracting it again leaves that. */
const SHIFTER = 6755399441055744

/**
 * eˣ = 2ᵏ·eʳ with k = round(x / ln 2), r = x − k·ln 2 and eʳ = 1 + r + r·c / (2 − c), where c = r − r²·P(r²).
 *
 * Error at most 0.72 ulp (subnormal results: 0.77) as measured. Overflow gives ∞, underflow subnormals and then 0.
 * Source: fdlibm `e_exp.c`, with the reduction always done and the last sum compensated.
 */
export function exp64(x: number): number {
  // Beyond these bounds the result no longer changes; NaN passes.
  const within = x > 710 ? 710 : Math.max(x, -746)
  const k = within * LOG2_E + SHIFTER - SHIFTER
  const high = within - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const z = r * r
  const p3 = -1.6533902205465252e-6 + z * 4.1381367970572385e-8
  const p2 = 6.613756321437934e-5 + z * p3
  const p1 = -0.0027777777777015593 + z * p2
  const c = r - z * (0.16666666666666602 + z * p1)
  // The large part of 1 + r and what its rounding lost: that saves a quarter of an ulp.
  const sum = 1 + high
  const lost = high - (sum - 1)
  const y = sum + (lost - (low - (r * c) / (2 - c)))
  // 2ᵏ may lie beyond the range where y·2ᵏ does not: two powers, each with an exponent in range, the last rounds.
  const exponents = (k | 0) + 2 * 1023
  const first = exponents >> 1
  return y * POWERS[first] * POWERS[exponents - first]
}

/** POWERS[e] = 2^(e − 1023), by its bits. */
const POWERS = new Float64Array(BigUint64Array.from({ length: 2048 }, (_, e) => BigInt(e) << 52n).buffer)

/** The upper word of √½, from which a mantissa runs to √2. */
const SQRT_HALF = 0x3fe6a09e

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)

/**
 * ln x = k·ln 2 + ln(1 + f) with x = 2ᵏ·(1 + f), √½ < 1 + f < √2;
 * ln(1 + f) = f − f²/2 + s·(f²/2 + R(s²)) with s = f / (2 + f).
 *
 * Error at most 0.85 ulp as measured. ln 0 = −∞, ln ∞ = ∞, and NaN below 0.
 * Source: fdlibm `e_log.c`, in musl's order of operations.
 */
export function log64(x: number): number {
  if (!(x > 0 && x < Infinity)) return x === 0 ? -Infinity : x > 0 ? x : NaN
  const subnormal = x < 2 ** -1022
  float[0] = subnormal ? x * 2 ** 54 : x
  const offset = words[1] - SQRT_HALF
  const k = (offset >> 20) - (subnormal ? 54 : 0)
  words[1] = (offset & 0xfffff) + SQRT_HALF
  const f = float[0] - 1
  const half = 0.5 * f * f
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373))
  const odd = 0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)
  const rest = z * (0.6666666666666735 + w * odd) + even
  return s * (half + rest) + k * LN2_LOW - half + f + k * LN2_HIGH
}

/**
 * tanh |x| = |x| − |x|·x²·P(x²)/Q(x²) below 13/16, by the ninth convergent of Lambert's continued fraction, whose
 * coefficients are whole numbers; 1 − 2 / (e^{2|x|} + 1) above. Odd: the sign is that of x.
 *
 * Error at most 1.00 ulp as measured.
 * Source: x / (1 + x² / (3 + x² / (5 + …))), Lambert 1761; the split as in Cephes `tanh.c`.
 */
export function tanh64(x: number): number {
  const size = abs(x)
  const y = size < 0.8125 ? size - size * remainder(size * size) : 1 - 2 / (exp64(2 * size) + 1)
  return x > 0 ? y : x < 0 ? -y : x
}

/** z·P(z)/Q(z) = 1 − tanh(√z)/√z. */
function remainder(z: number): number {
  const p = 11486475 + z * (810810 + z * (12870 + z * 44))
  const q = 34459425 + z * (16216200 + z * (945945 + z * (13860 + z * 45)))
  return (z * p) / q
}
