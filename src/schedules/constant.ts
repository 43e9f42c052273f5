import { notNegative } from '../options.js'
import { complete } from './complete.js'

export interface Constant {
  readonly type: 'constant'
  readonly value: number
}

/**
 * value, at every step; a part of a sequence, say. As optax' `constant_schedule`, PyTorch's `ConstantLR` of factor 1.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const constant = (value: number): Constant => constantOf({ value })

export const constantOf = (options: Omit<Constant, 'type'>): Constant =>
  complete<Constant>('constant', { value: notNegative }, {}, options)
