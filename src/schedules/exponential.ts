import { count, notNegative, positive } from '../options.js'
import { pow64 } from '../reference/math.js'
import { complete } from './complete.js'

export interface ExponentialOptions {
  readonly from: number
  /** > 0: what `every` steps multiply by. */
  readonly factor: number
  /** 1 by default. */
  readonly every?: number
}

export interface Exponential extends Required<ExponentialOptions> {
  readonly type: 'exponential'
}

const rules = { from: notNegative, factor: positive, every: count }

/**
 * from·factor^(step / every).
 *
 * PyTorch's `ExponentialLR`, Keras' `ExponentialDecay`, optax' `exponential_decay`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const exponential = (options: ExponentialOptions): Exponential =>
  complete<Exponential>('exponential', rules, { every: 1 }, options)

export const exponentialAt = ({ from, factor, every }: Exponential, step: number) => from * pow64(factor, step / every)
