import { fraction, positive, type Rule } from '../options.js'
import type { Scheduled } from '../schedule.js'
import { anyTime, complete, type Definition, decayRules, decays, type ParameterGroup } from './definition.js'

export interface AggMoOptions {
  /** η, > 0. */
  readonly learningRate: Scheduled
  /** One to eight momenta in [0, 1); [0, 0.9, 0.99] by default. */
  readonly betas?: readonly number[]
  /** λ ≥ 0; 0 by default. */
  readonly weightDecay?: Scheduled
  /** Decay the parameter itself rather than add λθ to its gradient. */
  readonly decoupled?: boolean
  /** Other values for some parameters, of as many betas. */
  readonly parameterGroups?: readonly ParameterGroup<AggMoOptions>[]
}

export interface AggMo extends Required<Omit<AggMoOptions, 'parameterGroups'>>, Pick<AggMoOptions, 'parameterGroups'> {
  readonly type: 'aggMo'
}

/** As many states as the engines keep of a parameter. */
const MOST = 8

const momenta: Rule = {
  expected: `an array of one to ${MOST} numbers in [0, 1)`,
  test: (value) => Array.isArray(value) && value.length >= 1 && value.length <= MOST && value.every(fraction.test),
}

/**
 * vₖ ← βₖvₖ + g for each of K momenta;  θ ← θ − (η/K)·Σₖ vₖ: large momenta for the floor of the ravine, small ones against its walls.
 *
 * Sources: Lucas et al., "Aggregated momentum: stability through passive damping", 2019, and their code.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const aggMo = (options: AggMoOptions): AggMo => complete<AggMo>('aggMo', 'aggMo', aggMoDefinition, options)

export const aggMoDefinition: Definition<AggMo> = {
  rules: { learningRate: anyTime(positive), betas: momenta, ...decayRules },
  defaults: { betas: Object.freeze([0, 0.9, 0.99]), weightDecay: 0, decoupled: false },
  states: ({ betas }) => betas.map((_, k) => `velocity${k}`),
  rule: () => 'aggMo',
  rows: () => (now) => {
    const { learningRate, betas, weightDecay, decoupled } = now
    return [learningRate / betas.length, ...decays(learningRate, weightDecay, decoupled), ...betas]
  },
  steady: () => true,
}
