import type { RuleName, UpdateRule } from '../backend.js'
import type { FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'
import { momentumStep } from './momentum.js'
import { adadelta } from './rules/adadelta.js'
import { adagrad } from './rules/adagrad.js'
import { adam } from './rules/adam.js'
import { aggMo } from './rules/aggMo.js'
import { amsgrad } from './rules/amsgrad.js'
import { lion } from './rules/lion.js'
import { nadam } from './rules/nadam.js'
import { qhm } from './rules/qhm.js'
import { rmsprop } from './rules/rmsprop.js'

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

const rules: Readonly<Record<RuleName, Apply>> = {
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

/** One update of all parameters, each by the rule of its group at a step of the update, from 0. */
export function update(
  arithmetic: Arithmetic,
  { groups, of }: UpdateRule,
  step: number,
  parameters: readonly FloatArray[],
  states: readonly (readonly FloatArray[])[],
  gradients: readonly FloatArray[],
): void {
  for (const [i, parameter] of parameters.entries()) {
    const group = groups[of[i]]
    if (!group) continue
    const { rule, width, rows } = group
    const first = rows.length === width ? 0 : step * width
    const row = Array.from(rows.subarray(first, first + width), arithmetic.round)
    rules[rule](
      arithmetic,
      row,
      parameter,
      states.map((state) => state[i]),
      gradients[i],
    )
  }
}
