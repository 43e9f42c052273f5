import { count, notNegative, positive } from '../options.js'
import { pow64 } from '../reference/math.js'
import { complete } from './complete.js'

export interface PolynomialOptions {
  readonly from: number
  /** 0 by default. */
  readonly to?: number
  readonly steps: number
  /** > 0; 1 by default. */
  readonly power?: number
}

export interface Polynomial extends Required<PolynomialOptions> {
  readonly type: 'polynomial'
}

const rules = { from: notNegative, to: notNegative, steps: count, power: positive }

/**
 * to + (from − to)·(1 − min(step / steps, 1))^power.
 *
 * optax' `polynomial_schedule`, Keras' `PolynomialDecay`, and with to = 0 PyTorch's `PolynomialLR`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const polynomial = (options: PolynomialOptions): Polynomial =>
  complete<Polynomial>('polynomial', rules, { to: 0, power: 1 }, options)

export function polynomialAt({ from, to, steps, power }: Polynomial, step: number): number {
  if (step === 0) return from
  return step < steps ? to + (from - to) * pow64(1 - step / steps, power) : to
}
