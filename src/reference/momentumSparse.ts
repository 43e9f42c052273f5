import type { FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'
import { momentumStep, withoutDenormals } from './momentum.js'

/**
 * One momentum step of the rows that are listed; the gradients of a row that is listed more than once are summed first, in order.
 *
 * `parameter` and `velocity` [count, width], `rows` [n], `gradientRows` [n, width].
 */
export function momentumStepSparse(
  arithmetic: Arithmetic,
  parameter: FloatArray,
  rows: Uint32Array,
  gradientRows: FloatArray,
  velocity: FloatArray,
  width: number,
  coefficients: Float64Array,
  nesterov: boolean,
): void {
  const row = (values: FloatArray, i: number) => values.subarray(i * width, (i + 1) * width)
  const gradients = new Map<number, FloatArray>()
  rows.forEach((touched, i) => {
    const sum = gradients.get(touched)
    if (sum) add(arithmetic, sum, row(gradientRows, i))
    else gradients.set(touched, row(gradientRows, i).slice())
  })
  for (const [touched, gradient] of gradients) {
    momentumStep(arithmetic, row(parameter, touched), gradient, row(velocity, touched), coefficients, nesterov)
  }
}

function add({ round }: Arithmetic, sum: FloatArray, gradient: FloatArray): void {
  for (let j = 0; j < sum.length; j++) sum[j] = round(sum[j] + gradient[j])
}

/**
 * (p, v) ← (ap + bv, cp + dv) of row `rows[i]`, in place: what the steps that it has missed come to.
 *
 * (a, b, c, d) is row `places[i]` of `drifts`.
 */
export function momentumCatchUp(
  { fma, round }: Arithmetic,
  parameter: FloatArray,
  velocity: FloatArray,
  rows: Uint32Array,
  places: Uint32Array,
  drifts: Float64Array,
  width: number,
): void {
  rows.forEach((row, i) => {
    const [a, b, c, d] = Array.from(drifts.subarray(4 * places[i], 4 * places[i] + 4), round)
    for (let j = row * width; j < (row + 1) * width; j++) {
      const [p, v] = [parameter[j], velocity[j]]
      const kept = round(d * v)
      parameter[j] = fma(b, v, round(a * p))
      // An infinite parameter says nothing to a velocity that it does not reach.
      velocity[j] = withoutDenormals(c === 0 ? kept : fma(c, p, kept))
    }
  })
}
