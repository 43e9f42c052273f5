import { count, notNegative } from '../options.js'
import { complete } from './complete.js'
import { halfWave } from './cosine.js'

export interface CosineRestartsOptions {
  readonly from: number
  /** 0 by default. */
  readonly to?: number
  /** Of the first cycle. */
  readonly steps: number
  /** How many times as long the next cycle is: a whole number, 1 by default. */
  readonly factor?: number
}

export interface CosineRestarts extends Required<CosineRestartsOptions> {
  readonly type: 'cosineRestarts'
}

const rules = { from: notNegative, to: notNegative, steps: count, factor: count }

/**
 * to + (from − to)·(1 + cos πt) / 2, where t runs from 0 towards 1 in each cycle: of `steps` steps, then steps·factor, steps·factor², …
 *
 * PyTorch's `CosineAnnealingWarmRestarts`; Keras' `CosineDecayRestarts` with m_mul = 1, whose t_mul is 2 by default.
 *
 * Source: Loshchilov and Hutter, "SGDR", 2016.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const cosineRestarts = (options: CosineRestartsOptions): CosineRestarts =>
  complete<CosineRestarts>('cosineRestarts', rules, { to: 0, factor: 1 }, options)

export function cosineRestartsAt({ from, to, steps, factor }: CosineRestarts, step: number): number {
  if (factor === 1) return halfWave(from, to, (step % steps) / steps)
  let [start, length] = [0, steps]
  while (step - start >= length) {
    start += length
    length *= factor
  }
  return halfWave(from, to, (step - start) / length)
}
