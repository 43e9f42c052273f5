import type { RuleName, UpdateRule } from '../backend.js'
import type { FloatArray } from '../spec.js'
import { clip } from './clip.js'
import type { Arithmetic } from './fma.js'
import { momentumStep } from './momentum.js'
import { muon } from './muon.js'
import { adadelta } from './rules/adadelta.js'
import { adagrad } from './rules/adagrad.js'
import { adam } from './rules/adam.js'
import { aggMo } from './rules/aggMo.js'
import { amsgrad } from './rules/amsgrad.js'
import { lion } from './rules/lion.js'
import { nadam } from './rules/nadam.js'
import { qhm } from './rules/qhm.js'
import { rmsprop } from './rules/rmsprop.js'
import type { Shape } from './total.js'
import { type Tuned, tunedBy } from './tune.js'

/** One step of a rule in place, by a row of its numbers, each rounded to the element type. */
export type Apply = (
  arithmetic: Arithmetic,
  row: readonly number[],
  parameter: FloatArray,
  states: readonly FloatArray[],
  gradient: FloatArray,
) => void

const momentum =
  (nesterov: boolean): Apply =>
  (arithmetic, row, parameter, [velocity], gradient) =>
    momentumStep(arithmetic, parameter, gradient, velocity, Float64Array.from(row), nesterov)

const rules: Readonly<Record<Exclude<RuleName, 'muon'>, Apply>> = {
  momentum: momentum(false),
  nesterov: momentum(true),
  qhm,
  aggMo,
  adam,
  amsgrad,
  nadam,
  rmsprop,
  adagrad,
  adadelta,
  lion,
}

/** Numbers that a tuner remembers from step to step. */
export const MEMORY = 64

/** What is updated, all of it in place. */
export interface Learnt {
  readonly arithmetic: Arithmetic
  readonly specs: readonly Shape[]
  readonly parameters: readonly FloatArray[]
  readonly states: readonly (readonly FloatArray[])[]
  /** The tuner's. */
  readonly memory: Float64Array
}

/**
 * One update of all parameters, each by the rule of its group at a step of the update, from 0. Gradients are clipped where that is asked
 * for, in place.
 */
export function update(
  learnt: Learnt,
  rule: UpdateRule,
  step: number,
  gradients: readonly FloatArray[],
  loss = 0,
): void {
  const { arithmetic, specs, states, memory } = learnt
  const updated = (number: number) => rule.groups[rule.of[number]] !== undefined
  clip(arithmetic, rule, specs, updated, gradients)
  const gain = (number: number) => arithmetic.round(rowOf(rule, number, step)[1])
  const seen = { arithmetic, update: rule, parameters: specs, updated, states, gradients, loss }
  const tuned = rule.tuner && tunedBy(rule.tuner, memory, seen, gain)
  for (const [number, gradient] of gradients.entries())
    if (updated(number)) one(learnt, rule, step, number, gradient, tuned)
}

/** The numbers of a parameter's rule at a step; a table of one row is for all. */
function rowOf({ groups, of }: UpdateRule, number: number, step: number): Float64Array {
  const { width, rows } = groups[of[number]]
  return rows.length === width ? rows : rows.subarray(step * width, (step + 1) * width)
}

function one(
  { arithmetic, specs, parameters, states }: Learnt,
  rule: UpdateRule,
  step: number,
  number: number,
  gradient: FloatArray,
  tuned?: Tuned,
): void {
  const [name, numbers] = [rule.groups[rule.of[number]].rule, rowOf(rule, number, step)]
  const [parameter, own] = [parameters[number], states.map((state) => state[number])]
  if (name === 'muon') {
    muon(arithmetic, numbers, specs[number].shape, parameter, own[0], gradient)
    return
  }
  const row = Array.from(numbers, arithmetic.round)
  const factor = arithmetic.round(tuned?.factor ?? 1)
  const taken = tuned ? withNumbers(arithmetic, name, row, tuned) : row
  const scaled = tuned ? (gradient.map((g) => factor * g) as FloatArray) : gradient
  for (const [start, end] of moving(specs[number], gradient)) {
    const part = (array: FloatArray) => array.subarray(start, end)
    rules[name](arithmetic, taken, part(parameter), own.map(part), part(scaled))
  }
  if (tuned?.restarts) own[0].fill(0)
}

/** The parts of a parameter that an update moves: all of it or, of a lazy table, the rows whose gradient is not zero throughout. */
function moving({ lazy, shape: [rows, width] }: Shape, gradient: FloatArray): (readonly [number, number])[] {
  if (!lazy) return [[0, gradient.length]]
  const parts = Array.from({ length: rows }, (_, row) => [row * width, (row + 1) * width] as const)
  return parts.filter(([start, end]) => gradient.subarray(start, end).some((g) => g !== 0))
}

/** A row of the momentum family with the numbers that a tuner has set. */
function withNumbers(
  { round }: Arithmetic,
  name: RuleName,
  row: readonly number[],
  { momentum, rate }: Tuned,
): readonly number[] {
  if (name !== 'momentum' && name !== 'nesterov') return row
  return [round(momentum), row[1], round(row[2] * rate), ...row.slice(3)]
}
