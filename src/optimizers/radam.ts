import { type AdamOptions, type Moments, momentDefaults, momentGains, momentRules } from './adam.js'
import { complete, type Definition, decays, type Now } from './definition.js'
import { power } from './power.js'

export interface Radam extends Moments {
  readonly type: 'radam'
}

/** Length of the average from which the variance of the adaptive rate is tractable. */
const TRACTABLE = 5

/**
 * m, v as Adam's;  ρ∞ = 2/(1−β₂) − 1;  ρ = ρ∞ − 2tβ₂ᵗ/(1−β₂ᵗ);  where ρ > 5, θ ← θ − η·m̂·r·√(1−β₂ᵗ) / (√v + ε) with
 * r = √((ρ−4)(ρ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ)), else θ ← θ − η·m̂
 *
 * Sources: Liu et al., "On the variance of the adaptive learning rate and beyond", 2020; PyTorch's `RAdam`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const radam = (options: AdamOptions = {}): Radam => complete<Radam>('radam', 'radam', radamDefinition, options)

export const radamDefinition: Definition<Radam> = {
  rules: momentRules,
  defaults: momentDefaults,
  states: () => ['firstMoment', 'secondMoment'],
  rule: () => 'adam',
  rows: () => radamRow,
  steady: () => false,
}

function radamRow(now: Now<Radam>, step: number): number[] {
  const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled } = now
  const [spent, unbiased] = [power(beta2, step), learningRate / (1 - power(beta1, step))]
  const longest = 2 / (1 - beta2) - 1
  const length = longest - (2 * step * spent) / (1 - spent)
  const decay = decays(learningRate, weightDecay, decoupled)
  // m̂ as it is: what it is divided by is √v·0 + 1.
  if (!(length > TRACTABLE)) return [...momentGains(now), unbiased, 0, 1, ...decay]
  const share = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length)
  return [...momentGains(now), unbiased * Math.sqrt(share) * Math.sqrt(1 - spent), 1, epsilon, ...decay]
}
