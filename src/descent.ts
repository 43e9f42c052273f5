import { initialOf, type Optimizer, updateRule } from './optimizer.js'
import { arithmetic } from './reference/fma.js'
import { update } from './reference/rule.js'

/** What a function says of the point that is to be left. */
export interface Slope {
  readonly value: number
  readonly gradient: Float64Array
  /** f elsewhere. */
  readonly valueAt: (point: Float64Array) => number
}

/** One step of an optimizer on x, in place; the optimizer's own memory is behind it. */
export type Descent = (slope: Slope) => void

/** All of x is one parameter. */
const variables = [{ name: 'x' }]

/** Steps on `x` by the reference's rules, which are in f64 what the addon's are. */
export function descentOf(optimizer: Optimizer, x: Float64Array): Descent {
  const states = initialOf(optimizer).map((value) => [new Float64Array(x.length).fill(value)])
  let step = 0
  return ({ gradient }) => {
    step += 1
    const rule = updateRule('minimize', optimizer, variables, step, 1)
    update(arithmetic('f64'), rule, 0, [x], states, [gradient])
  }
}
