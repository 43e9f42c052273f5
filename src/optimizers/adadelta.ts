import { fraction, positive } from '../options.js'
import type { Scheduled } from '../schedule.js'
import { anyTime, complete, type Definition, decayRules, decays, type ParameterGroup } from './definition.js'

export interface AdadeltaOptions {
  /** η, > 0; 1 by default. */
  readonly learningRate?: Scheduled
  /** ρ in [0, 1): of both means; 0.9 by default. */
  readonly rho?: number
  /** ε > 0, added below the roots; 1e-6 by default. */
  readonly epsilon?: number
  /** λ ≥ 0; 0 by default. */
  readonly weightDecay?: Scheduled
  /** Decay the parameter itself rather than add λθ to its gradient. */
  readonly decoupled?: boolean
  /** Other values for some parameters. */
  readonly parameterGroups?: readonly ParameterGroup<AdadeltaOptions>[]
}

export interface Adadelta
  extends Required<Omit<AdadeltaOptions, 'parameterGroups'>>,
    Pick<AdadeltaOptions, 'parameterGroups'> {
  readonly type: 'adadelta'
}

/**
 * s ← ρs + (1−ρ)g²;  δ = √((u + ε)/(s + ε))·g;  u ← ρu + (1−ρ)δ²;  θ ← θ − ηδ
 *
 * Sources: Zeiler 2012; PyTorch's `Adadelta`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const adadelta = (options: AdadeltaOptions = {}): Adadelta =>
  complete<Adadelta>('adadelta', 'adadelta', adadeltaDefinition, options)

export const adadeltaDefinition: Definition<Adadelta> = {
  rules: { learningRate: anyTime(positive), rho: fraction, epsilon: positive, ...decayRules },
  defaults: { learningRate: 1, rho: 0.9, epsilon: 1e-6, weightDecay: 0, decoupled: false },
  states: () => ['squareGradient', 'squareUpdate'],
  rule: () => 'adadelta',
  rows: () => (now) => {
    const { learningRate, rho, epsilon, weightDecay, decoupled } = now
    return [rho, 1 - rho, learningRate, epsilon, ...decays(learningRate, weightDecay, decoupled)]
  },
  steady: () => true,
}
