import { count, fraction, positive, type Rule } from '../options.js'
import type { Scheduled } from '../schedule.js'
import { anyTime, complete, type Definition, decayRules, decays, type ParameterGroup } from './definition.js'

export interface YellowFinOptions {
  /** A factor of the tuned rate, > 0; 1 by default. */
  readonly learningRate?: Scheduled
  /** β in [0, 1): of all averages; 0.999 by default. */
  readonly beta?: number
  /** Steps, 1 to 56, whose largest and least gradients tell of curvature; 20 by default. */
  readonly window?: number
  /** λ ≥ 0; 0 by default. */
  readonly weightDecay?: Scheduled
  /** Decay the parameter itself rather than add λθ to its gradient. */
  readonly decoupled?: boolean
  /** Other values for some parameters, but for beta and window, which are of all. */
  readonly parameterGroups?: readonly ParameterGroup<Omit<YellowFinOptions, 'beta' | 'window'>>[]
}

export interface YellowFin
  extends Required<Omit<YellowFinOptions, 'parameterGroups'>>,
    Pick<YellowFinOptions, 'parameterGroups'> {
  readonly type: 'yellowFin'
}

/** As far as the memory of the engines goes. */
const MOST = 56

const window: Rule = {
  expected: `a whole number from 1 to ${MOST}`,
  test: (value) => count.test(value) && (value as number) <= MOST,
}

/**
 * The heavy ball, v ← μv + g;  θ ← θ − learningRate·ηv, with μ and η from what the gradients of all parameters tell together in each step:
 *
 * h_min, h_max = exp of averages of the log of the least and largest ‖g‖² + ε of the last `window` steps;
 * C = max(ε, avg ‖g‖² − ‖avg g‖²);  D = avg (avg ‖g‖ / (avg ‖g‖² + ε));
 * p = (D + ε)²(h_min + ε)²/(2(C + ε));  w³ = −(√(p² + 4p³/27) + p)/2;  x = 1 + w − p/(3(w + ε));
 * r = max(1 + ε, (h_max + ε)/(h_min + ε));  μ = max(x², ((√r − 1)/(√r + 1))²), 0 in the first step;
 * η = (1 − √μ)²/(h_min + ε)·min(1, t/(10·window)), 1 in the first step; ε = 1e-6
 *
 * Averages are debiased, the gradients that they see are bounded by ten times √h_max of the step before, those of the step by once.
 *
 * Sources: Zhang and Mitliagkas, "YellowFin and the art of momentum tuning", 2017, and their code.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const yellowFin = (options: YellowFinOptions = {}): YellowFin =>
  complete<YellowFin>('yellowFin', 'yellowFin', yellowFinDefinition, options)

export const yellowFinDefinition: Definition<YellowFin> = {
  rules: { learningRate: anyTime(positive), beta: fraction, window, ...decayRules },
  defaults: { learningRate: 1, beta: 0.999, window: 20, weightDecay: 0, decoupled: false },
  states: () => ['velocity', 'gradientAverage'],
  rule: () => 'momentum',
  rows: () => (now) => {
    const { learningRate, weightDecay, decoupled } = now
    return [0, 1, learningRate, ...decays(learningRate, weightDecay, decoupled)]
  },
  steady: () => true,
  tuner: ({ beta, window }) => ({ kind: 'yellowFin', numbers: [beta, window] }),
}
