import { coefficients, type Optimizer } from './optimizer.js'
import { arithmetic } from './reference/fma.js'
import { momentumStep } from './reference/momentum.js'

/** What a function says of the point that is to be left. */
export interface Slope {
  readonly value: number
  readonly gradient: Float64Array
  /** f elsewhere. */
  readonly valueAt: (point: Float64Array) => number
}

/** One step of an optimizer on x, in place; the optimizer's own memory is behind it. */
export type Descent = (slope: Slope) => void

/** Steps on `x` by the reference's rules, which are in f64 what the addon's are. */
export function descentOf(optimizer: Optimizer, x: Float64Array): Descent {
  const velocity = new Float64Array(x.length)
  let step = 0
  return ({ gradient }) => {
    step += 1
    const { coefficients: row, nesterov } = coefficients(optimizer, step, 1)
    momentumStep(arithmetic('f64'), x, gradient, velocity, row, nesterov)
  }
}
