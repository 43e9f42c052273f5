import { type Adam, type AdamOptions, adamDefinition } from './adam.js'
import { complete } from './definition.js'

/** Defaults of decoupled decay. */
const WEIGHT_DECAY = 0.01

/**
 * θ ← θ − ηλθ, then Adam's step: Adam with its decay taken off the parameter itself; λ is 0.01 by default.
 *
 * Sources: Loshchilov and Hutter 2019; PyTorch's `AdamW`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const adamW = (options: Omit<AdamOptions, 'decoupled'> = {}): Adam => {
  const { weightDecay = WEIGHT_DECAY } = Object(options) as AdamOptions
  return complete<Adam>('adamW', 'adam', adamDefinition, { ...options, weightDecay, decoupled: weightDecay !== 0 })
}
