import { notNegative, positive } from '../options.js'
import type { Scheduled } from '../schedule.js'
import { anyTime, complete, type Definition, decayRules, decays, type ParameterGroup } from './definition.js'

export interface AdagradOptions {
  /** η, > 0; 0.01 by default. */
  readonly learningRate?: Scheduled
  /** δ ≥ 0: step t takes η/(1 + (t−1)δ); 0 by default. */
  readonly learningRateDecay?: number
  /** What s starts from, ≥ 0; 0 by default. */
  readonly initialAccumulator?: number
  /** ε > 0, added to the root; 1e-10 by default. */
  readonly epsilon?: number
  /** λ ≥ 0; 0 by default. */
  readonly weightDecay?: Scheduled
  /** Decay the parameter itself rather than add λθ to its gradient. */
  readonly decoupled?: boolean
  /** Other values for some parameters. */
  readonly parameterGroups?: readonly ParameterGroup<AdagradOptions>[]
}

export interface Adagrad
  extends Required<Omit<AdagradOptions, 'parameterGroups'>>,
    Pick<AdagradOptions, 'parameterGroups'> {
  readonly type: 'adagrad'
}

/**
 * s ← s + g²;  θ ← θ − η/(1 + (t−1)δ)·g / (√s + ε)
 *
 * Sources: Duchi, Hazan and Singer 2011; PyTorch's `Adagrad`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const adagrad = (options: AdagradOptions = {}): Adagrad =>
  complete<Adagrad>('adagrad', 'adagrad', adagradDefinition, options)

export const adagradDefinition: Definition<Adagrad> = {
  rules: {
    learningRate: anyTime(positive),
    learningRateDecay: notNegative,
    initialAccumulator: notNegative,
    epsilon: positive,
    ...decayRules,
  },
  defaults: {
    learningRate: 0.01,
    learningRateDecay: 0,
    initialAccumulator: 0,
    epsilon: 1e-10,
    weightDecay: 0,
    decoupled: false,
  },
  states: () => ['accumulator'],
  initial: ({ initialAccumulator }) => [initialAccumulator],
  rule: () => 'adagrad',
  rows: () => (now, step) => {
    const { learningRate, learningRateDecay, epsilon, weightDecay, decoupled } = now
    const rate = learningRate / (1 + (step - 1) * learningRateDecay)
    return [rate, epsilon, ...decays(learningRate, weightDecay, decoupled)]
  },
  steady: ({ learningRateDecay }) => learningRateDecay === 0,
}
