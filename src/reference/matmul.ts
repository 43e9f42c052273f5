import type { FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'
import type { Pieces } from './pieces.js'

/** What a product reads: numbers of the element type, or bytes as they came. */
export type Numbers = FloatArray | Uint8Array

/** The numbers data[first], data[first + step], data[first + 2·step], … */
export interface Vector {
  readonly data: Numbers
  readonly first: number
  readonly step: number
}

/** Element (i, j) is data[i·rowStep + j·columnStep]. */
export interface Matrix {
  readonly data: Numbers
  readonly rowStep: number
  readonly columnStep: number
}

/** A chain longer than this is cut at its multiples. */
const CUT = 4096

/** 1, 1, 1, … */
const ones: Vector = { data: Float64Array.of(1), first: 0, step: 0 }

export const rowMajor = (data: Numbers, columns: number): Matrix => ({ data, rowStep: columns, columnStep: 1 })

/** The transpose of a row-major matrix of so many columns. */
export const transposed = (data: Numbers, columns: number): Matrix => ({ data, rowStep: 1, columnStep: columns })

export const row = ({ data, rowStep, columnStep }: Matrix, i: number): Vector => ({
  data,
  first: i * rowStep,
  step: columnStep,
})

export const column = ({ data, rowStep, columnStep }: Matrix, j: number): Vector => ({
  data,
  first: j * columnStep,
  step: rowStep,
})

/**
 * start + Σₖ x[k]·y[k]: one chain of fused multiply–adds over ascending k, so that there is one order of rounding and no other.
 * A chain longer than 4096 is cut at its multiples; the later parts start from 0 and are added in order.
 */
export function chain(arithmetic: Arithmetic, start: number, x: Vector, y: Vector, length: number): number {
  let total = part(arithmetic, start, x, y, 0, Math.min(CUT, length))
  for (let from = CUT; from < length; from += CUT) {
    total = arithmetic.round(total + part(arithmetic, 0, x, y, from, Math.min(from + CUT, length)))
  }
  return total
}

/** Σₖ x[k]: a chain of additions, cut alike. */
export const sum = (arithmetic: Arithmetic, x: Vector, length: number) => chain(arithmetic, 0, x, ones, length)

/**
 * C[i][j] = start[j] + Σₖ A[i][k]·B[k][j], start null for zeros; row by row into `out`, whose old numbers are not read.
 *
 * `a` [m, k], `b` [k, n], `out` [m, n]
 */
export function* product(
  arithmetic: Arithmetic,
  a: Matrix,
  b: Matrix,
  start: FloatArray | null,
  out: FloatArray,
  m: number,
  k: number,
  n: number,
): Pieces {
  for (let i = 0; i < m; i++) {
    const left = row(a, i)
    for (let j = 0; j < n; j++) out[i * n + j] = chain(arithmetic, start ? start[j] : 0, left, column(b, j), k)
    yield
  }
}

function part({ fma }: Arithmetic, start: number, x: Vector, y: Vector, from: number, to: number): number {
  let total = start
  for (let k = from; k < to; k++) {
    const p = x.data[x.first + k * x.step]
    const q = y.data[y.first + k * y.step]
    // A zero factor makes the product exact, and zeros abound in features: no need to emulate.
    total = p === 0 || q === 0 ? total + p * q : fma(p, q, total)
  }
  return total
}
