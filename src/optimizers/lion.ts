import { fraction, positive } from '../options.js'
import type { Scheduled } from '../schedule.js'
import { momentGains } from './adam.js'
import { anyTime, complete, type Definition, decayRules, decays, type ParameterGroup } from './definition.js'

export interface LionOptions {
  /** η, > 0, three to ten times smaller than Adam's; 0.0001 by default. */
  readonly learningRate?: Scheduled
  /** β₁ in [0, 1): of the step's direction; 0.9 by default. */
  readonly beta1?: number
  /** β₂ in [0, 1): of the velocity; 0.99 by default. */
  readonly beta2?: number
  /** λ ≥ 0; 0 by default. */
  readonly weightDecay?: Scheduled
  /** Decay the parameter itself (the paper's, true by default where there is a decay) rather than add λθ to its gradient. */
  readonly decoupled?: boolean
  /** Other values for some parameters. */
  readonly parameterGroups?: readonly ParameterGroup<LionOptions>[]
}

export interface Lion extends Required<Omit<LionOptions, 'parameterGroups'>>, Pick<LionOptions, 'parameterGroups'> {
  readonly type: 'lion'
}

/**
 * θ ← θ − ηλθ;  θ ← θ − η·sign(β₁v + (1−β₁)g);  then v ← β₂v + (1−β₂)g
 *
 * Sources: Chen et al., "Symbolic discovery of optimization algorithms", 2023; optax' and Keras' `Lion`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const lion = (options: LionOptions = {}): Lion => {
  const { weightDecay, decoupled = Boolean(weightDecay) } = Object(options) as LionOptions
  return complete<Lion>('lion', 'lion', lionDefinition, { ...options, decoupled })
}

export const lionDefinition: Definition<Lion> = {
  rules: { learningRate: anyTime(positive), beta1: fraction, beta2: fraction, ...decayRules },
  defaults: { learningRate: 0.0001, beta1: 0.9, beta2: 0.99, weightDecay: 0, decoupled: false },
  states: () => ['velocity'],
  rule: () => 'lion',
  rows: () => (now) => {
    const { learningRate, weightDecay, decoupled } = now
    return [...momentGains(now), learningRate, ...decays(learningRate, weightDecay, decoupled)]
  },
  steady: () => true,
}
