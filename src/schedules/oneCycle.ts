import { hyperparameterError } from '../errors.js'
import { checkOptions, checkValue, count, fraction, notNegative, part, positive } from '../options.js'
import { complete } from './complete.js'
import { halfWave } from './cosine.js'

export interface OneCycleOptions {
  /** The largest learning rate, > 0. */
  readonly max: number
  /** Of the whole cycle. */
  readonly steps: number
  /** The part of the steps in (0, 1) that goes up; 0.3 by default. */
  readonly rise?: number
  /** The first learning rate is max / divisor; > 0, 25 by default. */
  readonly divisor?: number
  /** The last one is the first / finalDivisor; > 0, 10,000 by default. */
  readonly finalDivisor?: number
  /** Where the learning rate is largest; 0.85 by default. */
  readonly minMomentum?: number
  /** At the beginning and the end; 0.95 by default. */
  readonly maxMomentum?: number
}

/** One hyperparameter of a cycle. */
export interface OneCycle {
  readonly type: 'oneCycle'
  readonly from: number
  readonly peak: number
  readonly to: number
  readonly steps: number
  readonly rise: number
}

const rules = { from: notNegative, peak: notNegative, to: notNegative, steps: count, rise: part }
const optionRules = {
  max: positive,
  steps: count,
  rise: part,
  divisor: positive,
  finalDivisor: positive,
  minMomentum: fraction,
  maxMomentum: fraction,
}

/**
 * One cycle for a whole run: the learning rate goes up from max / divisor to max in the first rise·steps − 1 steps, then down to
 * max / divisor / finalDivisor at step steps − 1, each along half a cosine wave, and stays; momentum goes the other way.
 *
 * ```ts
 * sgd({ ...oneCycle({ max: 0.1, steps: 1000 }), nesterov: true })
 * ```
 *
 * PyTorch's `OneCycleLR` in two phases (max_lr, total_steps, pct_start, div_factor, final_div_factor, base_momentum, max_momentum).
 *
 * Source: Smith and Topin, "Super-convergence", 2017.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function oneCycle(options: OneCycleOptions): { readonly learningRate: OneCycle; readonly momentum: OneCycle } {
  options = checkOptions('oneCycle', options, optionRules)
  const { max, steps, rise = 0.3, divisor = 25, finalDivisor = 1e4, minMomentum = 0.85, maxMomentum = 0.95 } = options
  checkValue('oneCycle', 'max', max, positive)
  if (minMomentum > maxMomentum) {
    throw hyperparameterError('oneCycle', `minMomentum ≤ ${maxMomentum}, the maxMomentum`, minMomentum)
  }
  const from = max / divisor
  return Object.freeze({
    learningRate: oneCyclePart({ from, peak: max, to: from / finalDivisor, steps, rise }),
    momentum: oneCyclePart({ from: maxMomentum, peak: minMomentum, to: maxMomentum, steps, rise }),
  })
}

/** The cycle of one hyperparameter: from → peak → to. */
export function oneCyclePart(options: Omit<OneCycle, 'type'>): OneCycle {
  const whole = complete<OneCycle>('oneCycle', rules, {}, options)
  const { steps, rise } = whole
  if (!(rise * steps > 1)) throw hyperparameterError('oneCycle', `steps > 1 / ${rise}, the rise`, steps)
  return whole
}

export function oneCycleAt({ from, peak, to, steps, rise }: OneCycle, step: number): number {
  const [top, end] = [rise * steps - 1, steps - 1]
  return step <= top ? halfWave(from, peak, step / top) : halfWave(peak, to, (step - top) / (end - top))
}
