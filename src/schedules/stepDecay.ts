import { count, notNegative, positive } from '../options.js'
import { pow64 } from '../reference/math.js'
import { complete } from './complete.js'

export interface StepDecayOptions {
  readonly from: number
  /** > 0. */
  readonly factor: number
  /** Steps from one change to the next. */
  readonly every: number
}

export interface StepDecay extends StepDecayOptions {
  readonly type: 'stepDecay'
}

const rules = { from: notNegative, factor: positive, every: count }

/**
 * from·factor^⌊step / every⌋.
 *
 * PyTorch's `StepLR`; Keras' `ExponentialDecay` and optax' `exponential_decay` with `staircase`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const stepDecay = (options: StepDecayOptions): StepDecay => complete<StepDecay>('stepDecay', rules, {}, options)

export const stepDecayAt = ({ from, factor, every }: StepDecay, step: number) =>
  from * pow64(factor, Math.floor(step / every))
