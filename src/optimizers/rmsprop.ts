import { flag, fraction, positive } from '../options.js'
import type { Scheduled } from '../schedule.js'
import { anyTime, complete, type Definition, decayRules, decays, type ParameterGroup } from './definition.js'

export interface RmspropOptions {
  /** η, > 0; 0.01 by default. */
  readonly learningRate?: Scheduled
  /** α in [0, 1): of the mean of squares; 0.99 by default. */
  readonly decay?: number
  /** μ in [0, 1), or a schedule; 0 by default. */
  readonly momentum?: Scheduled
  /** Divide by the deviation from the mean gradient rather than by the root of the mean square. */
  readonly centered?: boolean
  /** ε > 0, added to the root; 1e-8 by default. */
  readonly epsilon?: number
  /** λ ≥ 0; 0 by default. */
  readonly weightDecay?: Scheduled
  /** Decay the parameter itself rather than add λθ to its gradient. */
  readonly decoupled?: boolean
  /** Other values for some parameters. */
  readonly parameterGroups?: readonly ParameterGroup<RmspropOptions>[]
}

export interface Rmsprop
  extends Required<Omit<RmspropOptions, 'parameterGroups'>>,
    Pick<RmspropOptions, 'parameterGroups'> {
  readonly type: 'rmsprop'
}

/**
 * s ← αs + (1−α)g²;  v ← μv + g / (√s + ε);  θ ← θ − ηv; `centered` takes √(s − ḡ²) with ḡ ← αḡ + (1−α)g
 *
 * Sources: Tieleman and Hinton 2012; Graves 2013; PyTorch's `RMSprop`. Keras has ε below the root and η inside v.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const rmsprop = (options: RmspropOptions = {}): Rmsprop =>
  complete<Rmsprop>('rmsprop', 'rmsprop', rmspropDefinition, options)

export const rmspropDefinition: Definition<Rmsprop> = {
  rules: {
    learningRate: anyTime(positive),
    decay: fraction,
    momentum: anyTime(fraction),
    centered: flag,
    epsilon: positive,
    ...decayRules,
  },
  defaults: {
    learningRate: 0.01,
    decay: 0.99,
    momentum: 0,
    centered: false,
    epsilon: 1e-8,
    weightDecay: 0,
    decoupled: false,
  },
  states: () => ['squareAverage', 'gradientAverage', 'velocity'],
  rule: () => 'rmsprop',
  rows: () => (now) => {
    const { learningRate, decay, momentum, centered, epsilon, weightDecay, decoupled } = now
    const numbers = [decay, 1 - decay, momentum, learningRate, epsilon, Number(centered)]
    return [...numbers, ...decays(learningRate, weightDecay, decoupled)]
  },
  steady: () => true,
}
