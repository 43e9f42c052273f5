import type { UpdateRule } from './backend.js'
import { initialOf, type Optimizer, updateRule } from './optimizer.js'
import type { Sgd } from './optimizers/sgd.js'
import { arithmetic } from './reference/fma.js'
import { update } from './reference/rule.js'
import { restarting } from './restart.js'

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

/** At most so many steps on `x`, by the reference's rules, which are in f64 what the addon's are. */
export function descentOf(where: string, optimizer: Optimizer, x: Float64Array, steps: number): Descent {
  const { restart, ...others } = optimizer as Sgd
  return restart ? restarting(where, { ...others, restart }, x) : ruled(where, optimizer, x, steps)
}

function ruled(where: string, optimizer: Optimizer, x: Float64Array, steps: number): Descent {
  const states = initialOf(optimizer).map((value) => [new Float64Array(x.length).fill(value)])
  let [done, first, end, rule] = [0, 0, 0, NONE]
  return ({ gradient }) => {
    // As many rules as there were before, since those of some optimizers are found by going through all from the first.
    if (done === end) {
      ;[first, end] = [done, Math.min(Math.max(2 * done, 1), steps)]
      rule = updateRule(where, optimizer, variables, first + 1, end - first)
    }
    update(arithmetic('f64'), rule, done++ - first, [x], states, [gradient])
  }
}

const NONE: UpdateRule = { groups: [], of: [] }
