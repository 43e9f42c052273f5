import type { Dtype } from '../spec.js'

const { abs, fround } = Math

/** fma(a, b, c) = round(a·b + c) with one rounding, and that rounding. */
export interface Arithmetic {
  readonly fma: (a: number, b: number, c: number) => number
  readonly round: (value: number) => number
}

const single: Arithmetic = { fma: fma32, round: fround }
const double: Arithmetic = { fma: fma64, round: (value) => value }

/** The arithmetic of an element type. */
export const arithmetic = (dtype: Dtype): Arithmetic => (dtype === 'f32' ? single : double)

/**
 * fround(a·b + c) of three f32, rounded once, as the instruction does.
 *
 * a·b is exact in f64, so s = a·b + c carries one f64 rounding. Rounding s again goes wrong only if s is a tie.
 */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b
  const sum = product + c
  const nearest = fround(sum)
  // A tie is exactly as far from nearest as from its other f32 neighbour, sum + (sum − nearest). If that is no f32, sum is
  // no tie; and ties are f64, so that rounding to f64, which is monotone, cannot have moved the exact value across one.
  const other = sum + (sum - nearest)
  if (fround(other) !== other || other === nearest) return nearest
  return roundTie(product, c, sum, nearest)
}

function roundTie(product: number, c: number, sum: number, nearest: number): number {
  const error = sumError(product, c, sum)
  return error === 0 ? nearest : fround(towards(sum, error))
}

/** 3·2⁻⁵⁴: x ± |x|·STEP is the f64 beside x. Source: Rump et al., "Computing predecessor and successor", 2009. */
const STEP = 2 ** -53 + 2 ** -54

/** x moved by its last bit in the direction of the error that it has: enough to leave a tie on the right side. */
const towards = (x: number, error: number): number => x + (error > 0 ? abs(x) : -abs(x)) * STEP

/** x + y − sum, exactly. Source: Knuth's TwoSum. */
function sumError(x: number, y: number, sum: number): number {
  const y1 = sum - x
  return x - (sum - y1) + (y - y1)
}

const SPLITTER = 2 ** 27 + 1

/** The upper 26 bits of x: halves of this size have exact products. Source: Veltkamp's splitting. */
function highHalf(x: number): number {
  const scaled = x * SPLITTER
  return scaled - (scaled - x)
}

/** x·y − product, exactly. Source: Dekker's TwoProduct. */
function productError(x: number, y: number, product: number): number {
  const xHigh = highHalf(x)
  const yHigh = highHalf(y)
  const xLow = x - xHigh
  const yLow = y - yHigh
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow)
}

// Between these no error-free transformation overflows, and no error term of a product falls below the smallest f64.
const TINY = 2 ** -960
const HUGE = 2 ** 990

/**
 * a·b + c in f64, rounded once, as the instruction does.
 *
 * a·b + c = high + low + rest by error-free transformations; rest counts only if high + low is a tie.
 * Source: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008, whose rounding to odd is done for ties alone.
 */
export function fma64(a: number, b: number, c: number): number {
  const product = a * b
  const size = abs(product)
  if (!(size > TINY && size < HUGE && abs(a) < HUGE && abs(b) < HUGE && abs(c) < HUGE)) return fmaAtTheEdge(a, b, c)
  const productLow = productError(a, b, product)
  const middle = c + productLow
  const high = product + middle
  const x = sumError(c, productLow, middle)
  const y = sumError(product, middle, high)
  const low = x + y
  const nearest = high + low
  const twice = 2 * sumError(high, low, nearest)
  // As in fma32: nearest + twice is the other neighbour of a tie, and otherwise no f64.
  if (twice === 0 || nearest + twice - nearest !== twice) return nearest
  const rest = sumError(x, y, low)
  return rest === 0 ? nearest : high + towards(low, rest)
}

/** fma64 where error-free transformations fail: infinities, NaN and zeros by a·b + c, the rest in whole numbers. */
function fmaAtTheEdge(a: number, b: number, c: number): number {
  if (a === 0 || b === 0 || !(abs(a) < Infinity && abs(b) < Infinity)) return a * b + c
  if (!(abs(c) < Infinity)) return c
  const product = wholeOf(a) * wholeOf(b)
  return nearestDouble(product + (wholeOf(c) << 1074n))
}

const float = new Float64Array(1)
const bits = new BigUint64Array(float.buffer)
const INFINITE = 0x7ff0000000000000n

/** x·2¹⁰⁷⁴ of a finite f64: a whole number. */
function wholeOf(x: number): bigint {
  float[0] = abs(x)
  const exponent = bits[0] >> 52n
  const mantissa = bits[0] & 0xfffffffffffffn
  const size = exponent === 0n ? mantissa : (mantissa | 0x10000000000000n) << (exponent - 1n)
  return x < 0 ? -size : size
}

/** n / 2²¹⁴⁸ rounded to the nearest f64, ties to even. */
function nearestDouble(n: bigint): number {
  const size = n < 0n ? -n : n
  const exponent = BigInt(Math.max(size.toString(2).length - 53 - 1074, 0))
  // The mantissa's leading bit, or a carry from rounding, adds itself to the exponent above it.
  const encoded = (exponent << 52n) + shiftRight(size, exponent + 1074n)
  bits[0] = encoded < INFINITE ? encoded : INFINITE
  return n < 0n ? -float[0] : float[0]
}

/** n / 2^count to the nearest whole number, ties to even. */
function shiftRight(n: bigint, count: bigint): bigint {
  const half = 1n << (count - 1n)
  const quotient = n >> count
  const remainder = n - (quotient << count)
  return remainder > half || (remainder === half && quotient % 2n === 1n) ? quotient + 1n : quotient
}
