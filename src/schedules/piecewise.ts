import { hyperparameterError } from '../errors.js'
import { count, notNegative, type Rule } from '../options.js'
import { complete } from './complete.js'

export interface PiecewiseOptions {
  /** One more than there are boundaries. */
  readonly values: readonly number[]
  /** The steps at which the next value begins: whole numbers ≥ 1, each larger than the one before. */
  readonly boundaries: readonly number[]
}

export interface Piecewise extends PiecewiseOptions {
  readonly type: 'piecewise'
}

const rules = {
  values: {
    expected: 'an array of numbers ≥ 0',
    test: (given) => Array.isArray(given) && given.every(notNegative.test),
  },
  boundaries: {
    expected: 'an array of whole numbers ≥ 1, each larger than the one before',
    test: (given) => Array.isArray(given) && given.every((step, i) => count.test(step) && !(step <= given[i - 1])),
  },
} satisfies Record<string, Rule>

/**
 * values[the number of boundaries ≤ step].
 *
 * PyTorch's `MultiStepLR` and optax' `piecewise_constant_schedule`, with values instead of factors; Keras'
 * `PiecewiseConstantDecay` changes one step later, after its boundary.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function piecewise({ ...options }: PiecewiseOptions): Piecewise {
  const { values, boundaries, ...whole } = complete<Piecewise>('piecewise', rules, {}, options)
  if (values.length !== boundaries.length + 1) {
    throw hyperparameterError(
      'piecewise',
      `${boundaries.length + 1} values with ${boundaries.length} boundaries`,
      values,
    )
  }
  return Object.freeze({ ...whole, values: Object.freeze([...values]), boundaries: Object.freeze([...boundaries]) })
}

export function piecewiseAt({ values, boundaries }: Piecewise, step: number): number {
  const next = boundaries.findIndex((boundary) => step < boundary)
  return values[next === -1 ? boundaries.length : next]
}
