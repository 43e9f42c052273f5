import type { FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'
import { sum16 } from './loss.js'
import { product, rowMajor, transposed } from './matmul.js'
import { finish } from './pieces.js'
import { settled } from './rules/decay.js'

/** X ← aX + (bA + cA²)X with A = XXᵀ, which takes singular values near 1 in a few steps. */
const COEFFICIENTS = [3.4445, -4.775, 2.0315]
/** Is added to the norm that X is divided by. */
const EPSILON = 1e-7

/**
 * m ← μm + (1−μ)g;  u = μm + (1−μ)g to look ahead, else m;  X ← u / (‖u‖ + ε), then some steps of the iteration;
 * W ← W − ηλW;  W ← W − ηs·X with s = √max(1, rows/columns) or, to match, 0.2·√max(rows, columns)
 *
 * By (μ, 1−μ, 1 to look ahead, steps, η, 1 to match, ηλ), rounded all but η; `weight` [rows, columns].
 */
export function muon(
  arithmetic: Arithmetic,
  row: ArrayLike<number>,
  [rows, columns]: readonly number[],
  weight: FloatArray,
  velocity: FloatArray,
  gradient: FloatArray,
): void {
  const { fma, round } = arithmetic
  const [momentum, gain, decoupled] = [row[0], row[1], row[6]].map(round)
  const u = weight.slice()
  for (const [i, g] of gradient.entries()) {
    const pushed = round(gain * g)
    velocity[i] = settled(fma(momentum, velocity[i], pushed))
    u[i] = row[2] ? fma(momentum, velocity[i], pushed) : velocity[i]
  }
  const x = orthogonal(arithmetic, normalised(arithmetic, u, columns), rows, columns, row[3])
  const scale = row[5] ? 0.2 * Math.sqrt(Math.max(rows, columns)) : Math.sqrt(Math.max(rows / columns, 1))
  const rate = round(row[4] * scale)
  for (const [i, w] of weight.entries()) weight[i] = fma(-rate, x[i], fma(-decoupled, w, w))
}

/** X / (‖X‖ + ε), the norm summed in f64 row by row. */
function normalised({ round }: Arithmetic, x: FloatArray, columns: number): FloatArray {
  const squares = new Float64Array(x.length / columns)
  for (const [i, value] of x.entries()) squares[Math.floor(i / columns)] += value * value
  const norm = round(Math.sqrt(sum16(squares, (x) => x)) + EPSILON)
  return x.map((value) => value / norm)
}

function orthogonal(
  arithmetic: Arithmetic,
  given: FloatArray,
  rows: number,
  columns: number,
  steps: number,
): FloatArray {
  if (rows > columns) {
    return turned(orthogonal(arithmetic, turned(given, columns), columns, rows, steps), rows)
  }
  const { fma, round } = arithmetic
  const [a, b, c] = COEFFICIENTS.map(round)
  const [x, next] = [given.slice(), given.slice()]
  const square = new (given.constructor as Float64ArrayConstructor)(rows * rows) as FloatArray
  const fourth = square.slice()
  for (let step = 0; step < steps; step++) {
    finish(product(arithmetic, rowMajor(x, columns), transposed(x, columns), null, square, rows, columns, rows))
    finish(product(arithmetic, rowMajor(square, rows), rowMajor(square, rows), null, fourth, rows, rows, rows))
    for (const [i, value] of square.entries()) fourth[i] = fma(c, fourth[i], round(b * value))
    finish(product(arithmetic, rowMajor(fourth, rows), rowMajor(x, columns), null, next, rows, rows, columns))
    for (const [i, value] of next.entries()) x[i] = fma(a, x[i], value)
  }
  return x
}

/** The transpose of a row-major matrix of so many columns. */
function turned(matrix: FloatArray, columns: number): FloatArray {
  const rows = matrix.length / columns
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)])
}
