import { notNegative } from '../options.js'
import { exp64, log64 } from '../reference/math.js'
import { type AdamOptions, type Moments, momentDefaults, momentGains, momentRules } from './adam.js'
import { complete, type Definition, decays, type Now, type ParameterGroup } from './definition.js'
import { power } from './power.js'

export interface NadamOptions extends Omit<AdamOptions, 'parameterGroups'> {
  /** ψ ≥ 0: how fast the momentum grows towards β₁; 0.004 by default. */
  readonly momentumDecay?: number
  /** Other values for some parameters. */
  readonly parameterGroups?: readonly ParameterGroup<NadamOptions>[]
}

export interface Nadam extends Omit<Moments, 'parameterGroups'>, Required<Pick<NadamOptions, 'momentumDecay'>> {
  readonly type: 'nadam'
  readonly parameterGroups?: readonly ParameterGroup<NadamOptions>[]
}

/**
 * m, v as Adam's;  μₜ = β₁(1 − ½·0.96^(tψ));  θ ← θ − η(μₜ₊₁·m/(1 − ∏μ₁…μₜ₊₁) + (1−μₜ)·g/(1 − ∏μ₁…μₜ)) / (√v̂ + ε)
 *
 * The learning rate is 0.002 by default.
 *
 * Sources: Dozat, "Incorporating Nesterov momentum into Adam", 2016; PyTorch's `NAdam` since 2.0. Keras' has no ψ, and optax' is Adam
 * with one look ahead: three optimizers of one name.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const nadam = (options: NadamOptions = {}): Nadam => complete<Nadam>('nadam', 'nadam', nadamDefinition, options)

export const nadamDefinition: Definition<Nadam> = {
  rules: { ...momentRules, momentumDecay: notNegative },
  defaults: { ...momentDefaults, learningRate: 0.002, momentumDecay: 0.004 },
  states: () => ['firstMoment', 'secondMoment'],
  rule: () => 'nadam',
  rows: () => {
    let product = 1
    return (now, step) => {
      product *= momentumAt(now, step)
      return nadamRow(now, step, product)
    }
  },
  remembers: () => true,
  steady: () => false,
}

/** @param product of the momenta of the steps so far, this one's included */
function nadamRow(now: Now<Nadam>, step: number, product: number): number[] {
  const { learningRate, beta2, epsilon, weightDecay, decoupled } = now
  const [momentum, next] = [momentumAt(now, step), momentumAt(now, step + 1)]
  const moment = (learningRate * next) / (1 - product * next)
  const gradient = (learningRate * (1 - momentum)) / (1 - product)
  const scale = 1 / Math.sqrt(1 - power(beta2, step))
  return [...momentGains(now), moment, gradient, scale, epsilon, ...decays(learningRate, weightDecay, decoupled)]
}

const LOG_096 = log64(0.96)

const momentumAt = ({ beta1, momentumDecay }: Now<Nadam>, step: number) =>
  beta1 * (1 - 0.5 * exp64(LOG_096 * step * momentumDecay))
