import { type AdamOptions, adamRow, type Moments, momentDefaults, momentRules } from './adam.js'
import { complete, type Definition } from './definition.js'

export interface Amsgrad extends Moments {
  readonly type: 'amsgrad'
}

/**
 * m, v as Adam's;  u ← max(u, v);  θ ← θ − η·m̂ / (√û + ε) with û = u/(1−β₂ᵗ)
 *
 * Sources: Reddi, Kale and Kumar 2018; PyTorch's `Adam(amsgrad=True)`, whose maximum is of v before the correction of bias.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const amsgrad = (options: AdamOptions = {}): Amsgrad =>
  complete<Amsgrad>('amsgrad', 'amsgrad', amsgradDefinition, options)

export const amsgradDefinition: Definition<Amsgrad> = {
  rules: momentRules,
  defaults: momentDefaults,
  states: () => ['firstMoment', 'secondMoment', 'largestSecondMoment'],
  rule: () => 'amsgrad',
  rows: () => adamRow,
  steady: () => false,
}
