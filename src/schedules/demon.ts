import { count, fraction } from '../options.js'
import { complete } from './complete.js'

export interface DemonOptions {
  /** β₀ in [0, 1). */
  readonly from: number
  /** T: at this step and later the value is 0. */
  readonly steps: number
}

export interface Demon extends DemonOptions {
  readonly type: 'demon'
}

const rules = { from: fraction, steps: count }

/**
 * β = β₀·r / ((1 − β₀) + β₀·r) with r = 1 − step / steps: decaying momentum, under which all that is left of a gradient's influence,
 * β / (1 − β), falls in a straight line.
 *
 * Source: Chen et al., "Demon: improved neural network training with momentum decay", 2019.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const demon = (options: DemonOptions): Demon => complete<Demon>('demon', rules, {}, options)

export function demonAt({ from, steps }: Demon, step: number): number {
  const left = step < steps ? from * (1 - step / steps) : 0
  return left / (1 - from + left)
}
