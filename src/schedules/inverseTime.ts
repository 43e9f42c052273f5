import { count, notNegative } from '../options.js'
import { complete } from './complete.js'

export interface InverseTimeOptions {
  readonly from: number
  /** ≥ 0. */
  readonly rate: number
  /** 1 by default. */
  readonly every?: number
}

export interface InverseTime extends Required<InverseTimeOptions> {
  readonly type: 'inverseTime'
}

const rules = { from: notNegative, rate: notNegative, every: count }

/**
 * from / (1 + rate·step / every).
 *
 * Keras' `InverseTimeDecay`; with every = 1 the `decay` of its older optimizers.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const inverseTime = (options: InverseTimeOptions): InverseTime =>
  complete<InverseTime>('inverseTime', rules, { every: 1 }, options)

export const inverseTimeAt = ({ from, rate, every }: InverseTime, step: number) => from / (1 + rate * (step / every))
