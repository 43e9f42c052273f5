import { fraction, positive } from '../options.js'
import type { Scheduled } from '../schedule.js'
import { anyTime, complete, type Definition, decayRules, decays, type Now, type ParameterGroup } from './definition.js'
import { power } from './power.js'

export interface AdamOptions {
  /** η, > 0; 0.001 by default. */
  readonly learningRate?: Scheduled
  /** β₁ in [0, 1): of the first moment; 0.9 by default. */
  readonly beta1?: number
  /** β₂ in [0, 1): of the second moment; 0.999 by default. */
  readonly beta2?: number
  /** ε > 0, added to the root; 1e-8 by default. */
  readonly epsilon?: number
  /** λ ≥ 0; 0 by default. */
  readonly weightDecay?: Scheduled
  /** Decay the parameter itself rather than add λθ to its gradient: AdamW. */
  readonly decoupled?: boolean
  /** Other values for some parameters. */
  readonly parameterGroups?: readonly ParameterGroup<AdamOptions>[]
}

/** Adam's options with nothing left to a default. */
export interface Moments extends Required<Omit<AdamOptions, 'parameterGroups'>> {
  readonly parameterGroups?: readonly ParameterGroup<AdamOptions>[]
}

export interface Adam extends Moments {
  readonly type: 'adam'
}

export const momentRules = {
  learningRate: anyTime(positive),
  beta1: fraction,
  beta2: fraction,
  epsilon: positive,
  ...decayRules,
}

export const momentDefaults = {
  learningRate: 0.001,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  decoupled: false,
} as const

/**
 * m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  θ ← θ − η·m̂ / (√v̂ + ε) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
 *
 * Weight decay is coupled, g ← g + λθ; with `decoupled` θ ← θ − ηλθ before the step, which is AdamW.
 *
 * Sources: Kingma and Ba 2015; PyTorch's `Adam`, optax' `adam`. Keras adds its ε (1e-7) before the correction of bias instead.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const adam = (options: AdamOptions = {}): Adam => complete<Adam>('adam', 'adam', adamDefinition, options)

export const adamDefinition: Definition<Adam> = {
  rules: momentRules,
  defaults: momentDefaults,
  states: () => ['firstMoment', 'secondMoment'],
  rule: () => 'adam',
  rows: () => adamRow,
  steady: () => false,
}

/** (β₁, 1−β₁, β₂, 1−β₂, η/(1−β₁ᵗ), 1/√(1−β₂ᵗ), ε, λ, ηλ) */
export function adamRow(now: Now<Moments>, step: number): number[] {
  const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled } = now
  const [first, second] = [1 - power(beta1, step), Math.sqrt(1 - power(beta2, step))]
  return [
    ...momentGains(now),
    learningRate / first,
    1 / second,
    epsilon,
    ...decays(learningRate, weightDecay, decoupled),
  ]
}

/** (β₁, 1−β₁, β₂, 1−β₂) */
export const momentGains = ({ beta1, beta2 }: Pick<Now<Moments>, 'beta1' | 'beta2'>) => [
  beta1,
  1 - beta1,
  beta2,
  1 - beta2,
]
