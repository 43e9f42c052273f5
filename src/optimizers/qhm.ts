import { fraction, positive, type Rule } from '../options.js'
import type { Scheduled } from '../schedule.js'
import { anyTime, complete, type Definition, decayRules, decays, type ParameterGroup } from './definition.js'

export interface QhmOptions {
  /** η, > 0. From a heavy ball's, divide by 1 − β. */
  readonly learningRate: Scheduled
  /** β in [0, 1): of the average; 0.999 by default. */
  readonly beta?: number
  /** ν in [0, 1]: the average's share of a step; 0.7 by default. */
  readonly nu?: number
  /** λ ≥ 0; 0 by default. */
  readonly weightDecay?: Scheduled
  /** Decay the parameter itself rather than add λθ to its gradient. */
  readonly decoupled?: boolean
  /** Other values for some parameters. */
  readonly parameterGroups?: readonly ParameterGroup<QhmOptions>[]
}

export interface Qhm extends Required<Omit<QhmOptions, 'parameterGroups'>>, Pick<QhmOptions, 'parameterGroups'> {
  readonly type: 'qhm'
}

const share: Rule = { expected: 'a number in [0, 1]', test: (x) => typeof x === 'number' && x >= 0 && x <= 1 }

/**
 * v ← βv + (1−β)g;  θ ← θ − η(νv + (1−ν)g): a mean of a plain step and one with momentum.
 *
 * ν = 0 is plain descent, ν = 1 momentum as a moving average, ν = β Nesterov's.
 *
 * Sources: Ma and Yarats, "Quasi-hyperbolic momentum and Adam for deep learning", 2019; their `qhoptim`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const qhm = (options: QhmOptions): Qhm => complete<Qhm>('qhm', 'qhm', qhmDefinition, options)

export const qhmDefinition: Definition<Qhm> = {
  rules: { learningRate: anyTime(positive), beta: fraction, nu: share, ...decayRules },
  defaults: { beta: 0.999, nu: 0.7, weightDecay: 0, decoupled: false },
  states: () => ['velocity'],
  rule: () => 'qhm',
  rows: () => (now) => {
    const { learningRate, beta, nu, weightDecay, decoupled } = now
    const [average, plain] = [learningRate * nu, learningRate * (1 - nu)]
    return [beta, 1 - beta, average, plain, ...decays(learningRate, weightDecay, decoupled)]
  },
  steady: () => true,
}
