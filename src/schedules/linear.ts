import { count, notNegative } from '../options.js'
import { complete } from './complete.js'

export interface LinearOptions {
  readonly from: number
  /** 0 by default. */
  readonly to?: number
  readonly steps: number
}

export interface Linear extends Required<LinearOptions> {
  readonly type: 'linear'
}

const rules = { from: notNegative, to: notNegative, steps: count }

/**
 * from + (to − from)·min(step / steps, 1).
 *
 * optax' `linear_schedule`, PyTorch's `LinearLR`, Keras' `PolynomialDecay` of power 1.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const linear = (options: LinearOptions): Linear => complete<Linear>('linear', rules, { to: 0 }, options)

export const linearAt = ({ from, to, steps }: Linear, step: number) =>
  step < steps ? from + (to - from) * (step / steps) : to
