import { hyperparameterError } from '../errors.js'
import { checkOptions, count, flag, fraction, notNegative, oneOf, positive } from '../options.js'
import { type Restart, restarts } from '../restart.js'
import { isConstant, type Scheduled } from '../schedule.js'
import { anyTime, complete, type Definition, decayRules, decays, type Now, type ParameterGroup } from './definition.js'
import { power } from './power.js'

export const forms = ['heavyBall', 'velocity', 'ema'] as const
export type Form = (typeof forms)[number]

export interface SgdOptions {
  /** η, > 0; or a schedule, or a function of the updates done before. */
  readonly learningRate: Scheduled
  /** μ in [0, 1), or a schedule, or a function; 0 by default. A change takes effect at once. */
  readonly momentum?: Scheduled
  /** Which rule moves the velocity; 'heavyBall' by default. */
  readonly form?: Form
  /** Look ahead along the velocity: needs momentum > 0 and no dampening. */
  readonly nesterov?: boolean
  /** τ in [0, 1), of 'heavyBall' alone; needs momentum > 0. */
  readonly dampening?: number
  /** Divide the velocity by the sum of its weights, of 'ema' alone. */
  readonly biasCorrection?: boolean
  /** λ ≥ 0, or a schedule, or a function; 0 by default. */
  readonly weightDecay?: Scheduled
  /** Decay the parameter itself (θ ← θ − ηλθ) rather than add λθ to its gradient. */
  readonly decoupled?: boolean
  /**
   * Begin anew where the loss rises, or where the gradient points along the step: the step is then one without momentum, and after it
   * the velocity is zero. Meant for the whole of the data in a batch, and for `minimize`. Needs nesterov, and a momentum that grows,
   * such as `(step) => step / (step + 3)`, whose steps are counted from the last restart.
   */
  readonly restart?: Restart
  /** Other values for some parameters. */
  readonly parameterGroups?: readonly ParameterGroup<SgdOptions>[]
}

/** An optimizer as plain frozen data, with nothing left to a default. */
export interface Sgd
  extends Required<Omit<SgdOptions, 'restart' | 'parameterGroups'>>,
    Pick<SgdOptions, 'restart' | 'parameterGroups'> {
  readonly type: 'sgd'
}

/** The options of one update, numbers all; `step` counts from 1 and is needed where the rule depends on it (dampening, biasCorrection). */
export interface MomentumOptions
  extends Omit<SgdOptions, 'learningRate' | 'momentum' | 'weightDecay' | 'restart' | 'parameterGroups'> {
  readonly learningRate: number
  readonly momentum?: number
  readonly weightDecay?: number
  readonly step?: number
}

/** The numbers of one update: [momentum, gain, rate, coupled decay, decoupled decay]; whether it looks ahead. */
export interface MomentumCoefficients {
  readonly nesterov: boolean
  readonly coefficients: Float64Array
}

const others = { form: oneOf(...forms), nesterov: flag, dampening: fraction, biasCorrection: flag }

const defaults = {
  momentum: 0,
  form: 'heavyBall',
  nesterov: false,
  dampening: 0,
  biasCorrection: false,
  weightDecay: 0,
  decoupled: false,
} as const

/**
 * Stochastic gradient descent with momentum; g gradient, θ parameter, v velocity (zeros at the start).
 *
 * | form        | velocity                                           | parameter   | with nesterov         |
 * | ----------- | -------------------------------------------------- | ----------- | --------------------- |
 * | `heavyBall` | v ← μv + (1 − τ)g; the first step of all: v ← g    | θ ← θ − ηv  | θ ← θ − η(g + μv)     |
 * | `velocity`  | v ← μv + ηg                                        | θ ← θ − v   | θ ← θ − (μv + ηg)     |
 * | `ema`       | v ← μv + (1 − μ)g                                  | θ ← θ − ηv  | θ ← θ − η(μv + (1−μ)g) |
 *
 * With `biasCorrection`, `ema` divides what it subtracts by 1 − μᵗ (nesterov: 1 − μᵗ⁺¹), t counting steps from 1; of a scheduled μ
 * the power is the product of its values.
 * Weight decay is coupled, g ← g + λθ, or with `decoupled` θ ← θ − ηλθ before the step.
 *
 * At a constant η the forms agree after rescaling; once η changes they differ: `velocity` has η inside v and answers later.
 *
 * Sources: `heavyBall` PyTorch's SGD; `velocity` Sutskever et al. 2013 and Keras' SGD with the sign of v turned;
 * `ema` the moving-average form of the courses, bias correction as in Adam.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const sgd = (options: SgdOptions): Sgd => complete<Sgd>('sgd', 'sgd', sgdDefinition, options)

export const sgdDefinition: Definition<Sgd> = {
  rules: {
    learningRate: anyTime(positive),
    momentum: anyTime(fraction),
    ...others,
    ...decayRules,
    restart: oneOf(...restarts),
  },
  defaults,
  check: checkTogether,
  states: () => ['velocity'],
  rule: ({ nesterov }) => (nesterov ? 'nesterov' : 'momentum'),
  tuner: ({ restart }, momenta) =>
    restart && { kind: restart === 'function' ? 'restartByFunction' : 'restartByGradient', numbers: momenta() },
  rows: ({ momentum }) => {
    let product = 1
    return (now, step) => {
      product *= now.momentum
      return momentumRow(now, step, isConstant(momentum) ? undefined : product)
    }
  },
  remembers: ({ biasCorrection, momentum }) => biasCorrection && !isConstant(momentum),
  steady: ({ biasCorrection, dampening }, firstStep) => !biasCorrection && (dampening === 0 || firstStep > 1),
}

/**
 * The numbers of one update, for callers that hold parameter and velocity themselves.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function momentumCoefficients(where: string, options: MomentumOptions): MomentumCoefficients {
  options = checkOptions(where, options, momentumRules)
  const { step, ...given } = options
  const optimizer = complete<Sgd>(where, 'sgd', sgdDefinition, given) as Now<Sgd>
  if (step === undefined && !sgdDefinition.steady(optimizer, 1)) {
    throw hyperparameterError(where, 'step, counting from 1, with dampening or biasCorrection', step)
  }
  return { nesterov: optimizer.nesterov, coefficients: Float64Array.from(momentumRow(optimizer, step ?? 1)) }
}

/** Of the options of one update. */
export const momentumRules = {
  learningRate: positive,
  momentum: fraction,
  ...others,
  weightDecay: notNegative,
  decoupled: flag,
  step: count,
}

function checkTogether(where: string, optimizer: Sgd): void {
  const { momentum, form, nesterov, dampening, biasCorrection, weightDecay, restart } = optimizer
  if (nesterov && momentum === 0) throw hyperparameterError(where, 'momentum > 0 with nesterov', momentum)
  if (nesterov && dampening > 0) throw hyperparameterError(where, 'dampening 0 with nesterov', dampening)
  if (dampening > 0 && form !== 'heavyBall') throw hyperparameterError(where, "form 'heavyBall' with dampening", form)
  // PyTorch ignores dampening without momentum, the formula does not: neither is what its writer can have meant.
  if (dampening > 0 && momentum === 0) throw hyperparameterError(where, 'momentum > 0 with dampening', momentum)
  if (biasCorrection && form !== 'ema') throw hyperparameterError(where, "form 'ema' with biasCorrection", form)
  if (restart && !nesterov) throw hyperparameterError(where, 'nesterov with restart', nesterov)
  if (restart && form !== 'heavyBall') throw hyperparameterError(where, "form 'heavyBall' with restart", form)
  if (restart && weightDecay !== 0) throw hyperparameterError(where, 'no weightDecay with restart', weightDecay)
}

/** @param product of the momenta of the steps so far, this one's included; a power of them where they are all the same */
function momentumRow(now: Now<Sgd>, step: number, product?: number): number[] {
  const { momentum, learningRate, weightDecay, decoupled } = now
  return [momentum, gain(now, step), rate(now, step, product), ...decays(learningRate, weightDecay, decoupled)]
}

/** What a gradient is multiplied by as it enters the velocity. */
function gain({ form, learningRate, momentum, dampening }: Now<Sgd>, step: number): number {
  if (form === 'velocity') return learningRate
  if (form === 'ema') return 1 - momentum
  return step === 1 ? 1 : 1 - dampening
}

/** What the direction is multiplied by as it leaves the parameter. */
function rate({ form, learningRate, momentum, nesterov, biasCorrection }: Now<Sgd>, step: number, product?: number) {
  if (form === 'velocity') return 1
  if (!biasCorrection) return learningRate
  const ahead =
    product === undefined ? power(momentum, nesterov ? step + 1 : step) : product * (nesterov ? momentum : 1)
  return learningRate / (1 - ahead)
}
