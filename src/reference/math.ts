// exp, log, tanh and the normal distribution in f64, the same to the bit as crates/ravine-kernels/src/math.rs: only
// + − × ÷, comparisons and operations on bits, since Math.exp and its kin differ from engine to engine. pow64 and cosPi64
// have no twin: schedules are numbers before they come to an engine.

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

/**
 * xⁿ for x ≥ 0: for whole n from 0 to 64 by repeated squaring, exact where all products are; else e^(n·ln x).
 *
 * Relative error at most n·2⁻⁵³ by squaring, else (2 + 3·|n·ln x|)·2⁻⁵³.
 */
export function pow64(x: number, n: number): number {
  if (!(Number.isInteger(n) && n >= 0 && n <= 64)) return exp64(n * log64(x))
  let product = 1
  for (let square = x, rest = n; rest > 0; rest >>= 1) {
    if (rest & 1) product *= square
    square *= square
  }
  return product
}

/**
 * cos πt for t in [0, 1]: by symmetry, which costs no rounding, cos πr or sin πr with r ≤ ¼. cos π0 = 1, cos π½ = 0, cos π1 = −1.
 *
 * Error at most 1.76 ulp as measured.
 */
export function cosPi64(t: number): number {
  if (t <= 0.25) return cosine(Math.PI * t)
  if (t < 0.75) return sine(Math.PI * (0.5 - t))
  return -cosine(Math.PI * (1 - t))
}

/** cos x for |x| ≤ π/4: 1 − x²/2 + x⁴·P(x²), the first difference compensated. Source: fdlibm `k_cos.c`, in FreeBSD's order. */
function cosine(x: number): number {
  const z = x * x
  const w = z * z
  const low = z * (0.0416666666666666 + z * (-0.001388888888887411 + z * 2.480158728947673e-5))
  const high = w * w * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11))
  const half = 0.5 * z
  const sum = 1 - half
  return sum + (1 - sum - half + z * (low + high))
}

/** sin x for |x| ≤ π/4: x + x³·P(x²). Source: fdlibm `k_sin.c`. */
function sine(x: number): number {
  const z = x * x
  const p2 = 0.00833333333332249 + z * (-0.0001984126982985795 + z * 2.7557313707070068e-6)
  const p5 = z * z * z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)
  return x + z * x * (-0.16666666666666632 + z * (p2 + p5))
}

/**
 * eˣ − 1 = x + x·c / (2 − c) below ln 2 / 2 in magnitude, with the c of `exp64`; eˣ − 1 as it stands beyond.
 *
 * Error at most 1.25 ulp as measured.
 * Source: fdlibm `e_exp.c`, whose last sum is left out.
 */
export function expm64(x: number): number {
  if (!(abs(x) < 0.34657359027997264)) return exp64(x) - 1
  const z = x * x
  const p3 = -1.6533902205465252e-6 + z * 4.1381367970572385e-8
  const p2 = 6.613756321437934e-5 + z * p3
  const p1 = -0.0027777777777015593 + z * p2
  const c = x - z * (0.16666666666666602 + z * p1)
  return x + (x * c) / (2 - c)
}

/**
 * ln(1 + x) = ln u + (x − (u − 1)) / u with u = 1 + x, rounded: the quotient is what the rounding lost. x is finite and > −1.
 *
 * Error at most 1.00 ulp as measured.
 * Source: Kahan's correction, as in HP-15C Advanced Functions Handbook, 1982.
 */
export function logp64(x: number): number {
  const u = 1 + x
  return log64(u) + (x - (u - 1)) / u
}

/** 1/√(2π) */
export const DENSITY = 0.3989422804014327
/** Adding and subtracting it rounds to a multiple of 1/16. */
const SIXTEENTHS = SHIFTER / 16

/**
 * Φ(x) = ∫ e^(−t²/2)/√(2π) dt from −∞ to x, by rational functions of |x| on three ranges.
 *
 * Error at most 3.5 ulp as measured, down to the smallest normal results.
 * Source: Cody, "Rational Chebyshev approximations for the error function", 1969, as in his ANORM (ACM algorithm 715).
 */
export function normal64(x: number): number {
  // Beyond 40 the result no longer changes; NaN passes.
  const y = Math.min(abs(x), 40)
  const z = y * y
  if (y <= 0.67448975) return 0.5 + x * near(z)
  // e^(−y²/2) with y² = h² + (y − h)(y + h), where h² is exact.
  const h = y + SIXTEENTHS - SIXTEENTHS
  const scale = exp64(h * h * -0.5) * exp64((y - h) * (y + h) * -0.5)
  const tail = scale * (y <= 5.656854249492381 ? middle(y) : (DENSITY - far(1 / z)) / y)
  return x > 0 ? 1 - tail : tail
}

/** (Φ(x) − ½)/x of z = x². */
function near(z: number): number {
  const p1 = 161.02823106855587 + z * (2.2352520354606837 + z * 0.06568233791820745)
  const p0 = 18154.98125334356 + z * (1067.6894854603709 + z * p1)
  const q1 = 976.0985517377767 + z * (47.202581904688245 + z)
  const q0 = 45507.78933502673 + z * (10260.932208618979 + z * q1)
  return p0 / q0
}

/** (1 − Φ(y))·e^(y²/2) */
function middle(y: number): number {
  const p3 = 8.883149794388377 + y * (0.39894151208813466 + y * 1.0765576773720192e-8)
  const p2 = 597.2702763948002 + y * (93.50665613217785 + y * p3)
  const p1 = 6848.190450536283 + y * (2494.5375852903726 + y * p2)
  const p0 = 9842.714838383978 + y * (11602.65143764735 + y * p1)
  const q3 = 235.387901782625 + y * (22.266688044328117 + y)
  const q2 = 6485.558298266761 + y * (1519.3775994075547 + y * q3)
  const q1 = 34900.95272114598 + y * (18615.571640885097 + y * q2)
  const q0 = 19685.429676859992 + y * (38912.00328609327 + y * q1)
  return p0 / q0
}

/** 1/√(2π) − y·(1 − Φ(y))·e^(y²/2) of w = 1/y². */
function far(w: number): number {
  const p2 = 0.12740116116024736 + w * (0.215898534057957 + w * 0.023073441764940174)
  const p1 = 0.0014216191932278934 + w * (0.022235277870649807 + w * p2)
  const p0 = 2.9112874951168793e-5 + w * p1
  const q2 = 0.4682382124808651 + w * (1.284260096144911 + w)
  const q1 = 0.0037823963320275824 + w * (0.06598813786892856 + w * q2)
  const q0 = 7.297515550839662e-5 + w * q1
  return (w * p0) / q0
}
