import type { Philox } from './random.js'
import { log64 } from './reference/math.js'

/** Coefficients of ascending powers. */
type Polynomial = readonly number[]

const near: readonly [Polynomial, Polynomial] = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
]
const middle: readonly [Polynomial, Polynomial] = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
]
const far: readonly [Polynomial, Polynomial] = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
]

/** A number of the normal distribution N(0, 1), from one of the uniform: the same bits on every engine. */
export const normal = (random: Philox): number => quantile64(random.unit())

/**
 * x with Φ(x) = p, 0 < p < 1, by rational functions of ¼·0.85² − (p − ½)² or, in the tails, of √(−ln min(p, 1 − p)).
 *
 * Error at most 3 ulp as measured.
 * Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988 (PPND16).
 */
export function quantile64(p: number): number {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) return q * ratio(near, 0.180625 - q * q)
  const root = Math.sqrt(-log64(q < 0 ? p : 1 - p))
  const x = root <= 5 ? ratio(middle, root - 1.6) : ratio(far, root - 5)
  return q < 0 ? -x : x
}

const ratio = ([above, below]: readonly [Polynomial, Polynomial], x: number) => horner(above, x) / horner(below, x)

const horner = (coefficients: Polynomial, x: number) =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)
