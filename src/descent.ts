import type { UpdateRule } from './backend.js'
import { hyperparameterError } from './errors.js'
import { initialOf, type Optimizer, updateRule } from './optimizer.js'
import { observed } from './optimizers/epochs.js'
import type { Sgd } from './optimizers/sgd.js'
import { arithmetic } from './reference/fma.js'
import { MEMORY, update } from './reference/rule.js'
import { restarting } from './restart.js'
import type { Places } from './schedules/places.js'

/** What a function says of the point that is to be left. */
export interface Slope {
  readonly value: number
  readonly gradient: Float64Array
  /** f elsewhere. */
  readonly valueAt: (point: Float64Array) => number
}

/** One step of an optimizer on x, in place; the optimizer's own memory is behind it. */
export type Descent = (slope: Slope) => void

/** What an optimizer keeps of n variables, in the order of `statesOf`, before its first step. */
export const statesFor = (optimizer: Optimizer, n: number): Float64Array[] =>
  initialOf(optimizer).map((value) => new Float64Array(n).fill(value))

/**
 * At most so many steps on `x`, by the reference's rules, which are in f64 what the addon's are.
 *
 * @param states move along; with restart they stay as they are
 * @param shape of x as a parameter: Muon moves matrices
 */
export function descentOf(
  where: string,
  optimizer: Optimizer,
  x: Float64Array,
  steps: number,
  states = statesFor(optimizer, x.length),
  shape: readonly number[] = [x.length],
): Descent {
  const { restart, ...others } = optimizer as Sgd
  if (!restart) return ruled(where, optimizer, x, steps, states, shape)
  if (watches(optimizer)) throw hyperparameterError(where, 'schedules of the step with restart', 'reduceOnPlateau')
  return restarting(where, { ...others, restart }, x)
}

function ruled(
  where: string,
  optimizer: Optimizer,
  x: Float64Array,
  steps: number,
  states: readonly Float64Array[],
  shape: readonly number[],
): Descent {
  // All of x is one parameter.
  const specs = [{ name: 'x', shape }]
  const memory = new Float64Array(MEMORY)
  const own = states.map((state) => [state])
  const learnt = { arithmetic: arithmetic('f64'), specs, parameters: [x], states: own, memory }
  let [done, first, end] = [0, 0, 0]
  let [rule, places]: [UpdateRule, Places] = [{ groups: [], of: [] }, {}]
  return ({ value, gradient }) => {
    places = observed(optimizer, places, { loss: value })
    if (done === end) {
      // As many rules as there were before, since those of some optimizers are found by going through all from the first.
      const ahead = watches(optimizer) ? 1 : Math.max(done, 1)
      ;[first, end] = [done, Math.min(done + ahead, steps)]
      rule = updateRule(where, optimizer, specs, first + 1, end - first, places)
    }
    update(learnt, rule, done++ - first, [gradient])
  }
}

/** Whether a schedule looks at the values on the way: each is to `reduceOnPlateau` what the loss of an epoch is. */
const watches = (optimizer: Optimizer) => Object.keys(observed(optimizer, {}, { loss: 0 })).length > 0
