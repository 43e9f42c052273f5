import { hyperparameterError } from '../errors.js'
import { count, notNegative, wholeNumber } from '../options.js'
import { cosPi64 } from '../reference/math.js'
import { complete } from './complete.js'

export interface CosineOptions {
  readonly from: number
  /** 0 by default. */
  readonly to?: number
  /** The whole way, warm-up included. */
  readonly steps: number
  /** Steps of a straight rise from 0 to `from` that come first; 0 by default. */
  readonly warmup?: number
}

export interface Cosine extends Required<CosineOptions> {
  readonly type: 'cosine'
}

const rules = { from: notNegative, to: notNegative, steps: count, warmup: wholeNumber }

/**
 * to + (from − to)·(1 + cos πt) / 2 with t = min((step − warmup) / (steps − warmup), 1); before, from·step / warmup.
 *
 * PyTorch's `CosineAnnealingLR` (which rises again after its end), optax' `cosine_decay_schedule` and
 * `warmup_cosine_decay_schedule`; Keras' `CosineDecay`, whose decay_steps come after the warm-up, with alpha = to / from.
 *
 * Source: Loshchilov and Hutter, "SGDR", 2016.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function cosine(options: CosineOptions): Cosine {
  const whole = complete<Cosine>('cosine', rules, { to: 0, warmup: 0 }, options)
  if (whole.warmup >= whole.steps)
    throw hyperparameterError('cosine', `warmup < ${whole.steps}, the steps`, whole.warmup)
  return whole
}

export function cosineAt({ from, to, steps, warmup }: Cosine, step: number): number {
  return step < warmup ? from * (step / warmup) : halfWave(from, to, (step - warmup) / (steps - warmup))
}

/** to + (from − to)·(1 + cos πt) / 2, exactly from at t = 0 and to at t ≥ 1. */
export function halfWave(from: number, to: number, t: number): number {
  if (!(t > 0)) return from
  return t < 1 ? to + (from - to) * ((1 + cosPi64(t)) / 2) : to
}
