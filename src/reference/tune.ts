import type { TunerRule, UpdateRule } from '../backend.js'
import type { FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'
import { type Shape, total, totalSquare, type Updated } from './total.js'
import { guard, tune } from './yellowFin.js'

/** What a tuner says of a step. */
export interface Tuned {
  readonly momentum: number
  /** Multiplies the rate. */
  readonly rate: number
  /** Multiplies the gradients. */
  readonly factor: number
  /** Whether the velocity is zero after the step. */
  readonly restarts: boolean
}

/** All that a tuner looks at. */
export interface Seen {
  readonly arithmetic: Arithmetic
  readonly update: UpdateRule
  readonly parameters: readonly Shape[]
  readonly updated: Updated
  readonly states: readonly (readonly FloatArray[])[]
  readonly gradients: readonly FloatArray[]
  /** Mean over the batch; 0 where it is not known. */
  readonly loss: number
}

/** What the tuner of an update makes of a step; its memory, and averages that it keeps, move on. */
export function tunedBy(
  tuner: TunerRule,
  memory: Float64Array,
  seen: Seen,
  gain: (parameter: number) => number,
): Tuned {
  if (tuner.kind === 'yellowFin') return byYellowFin(tuner.numbers, memory, seen)
  const since = memory[0]
  const momentum = tuner.numbers[Math.min(since, tuner.numbers.length - 1)] ?? 0
  const restarts =
    tuner.kind === 'restartByGradient' ? slope(seen, momentum, gain) < 0 : memory[2] !== 0 && seen.loss > memory[1]
  memory.set([restarts ? 0 : since + 1, seen.loss, 1])
  return { momentum: restarts ? 0 : momentum, rate: 1, factor: 1, restarts }
}

/** Σ g·v with the v that the step will make. */
function slope(
  { arithmetic, parameters, updated, states, gradients }: Seen,
  momentum: number,
  gain: (p: number) => number,
) {
  const { fma, round } = arithmetic
  return total(parameters, updated, (number, place) => {
    const g = gradients[number][place]
    return g * fma(round(momentum), states[0][number][place], round(gain(number) * g))
  })
}

function byYellowFin(numbers: readonly number[], memory: Float64Array, seen: Seen): Tuned {
  const { arithmetic, parameters, updated, states, gradients } = seen
  const { fma, round } = arithmetic
  const norm = Math.sqrt(totalSquare(parameters, updated, gradients))
  const guarded = guard(norm, memory)
  const [beta, gain, factor] = [numbers[0], 1 - numbers[0], guarded].map(round)
  for (const [number, averages] of states[1].entries()) {
    if (!updated(number)) continue
    for (const [i, g] of gradients[number].entries())
      averages[i] = fma(beta, averages[i], round(gain * round(factor * g)))
  }
  const [momentum, rate, clipped] = tune(numbers, guarded * norm, totalSquare(parameters, updated, states[1]), memory)
  return { momentum, rate, factor: guarded * clipped, restarts: false }
}
