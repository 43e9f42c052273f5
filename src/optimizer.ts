import type { UpdateRule } from './backend.js'
import { hyperparameterError } from './errors.js'
import { checkOptions, count, flag, fraction, notNegative, oneOf, positive } from './options.js'

export const forms = ['heavyBall', 'velocity', 'ema'] as const
export type Form = (typeof forms)[number]

export interface SgdOptions {
  /** η, > 0. */
  readonly learningRate: number
  /** μ in [0, 1); 0 by default. */
  readonly momentum?: number
  /** Which rule moves the velocity; 'heavyBall' by default. */
  readonly form?: Form
  /** Look ahead along the velocity: needs momentum > 0 and no dampening. */
  readonly nesterov?: boolean
  /** τ in [0, 1), of 'heavyBall' alone; needs momentum > 0. */
  readonly dampening?: number
  /** Divide the velocity by the sum of its weights, of 'ema' alone. */
  readonly biasCorrection?: boolean
  /** λ ≥ 0; 0 by default. */
  readonly weightDecay?: number
  /** Decay the parameter itself (θ ← θ − ηλθ) rather than add λθ to its gradient. */
  readonly decoupled?: boolean
}

/** An optimizer as plain frozen data, with nothing left to a default. */
export interface Sgd extends Required<SgdOptions> {
  readonly type: 'sgd'
}

export type Optimizer = Sgd

/** The options of one update; `step` counts from 1 and is needed where the rule depends on it (dampening, biasCorrection). */
export interface MomentumOptions extends SgdOptions {
  readonly step?: number
}

const rules = {
  learningRate: positive,
  momentum: fraction,
  form: oneOf(...forms),
  nesterov: flag,
  dampening: fraction,
  biasCorrection: flag,
  weightDecay: notNegative,
  decoupled: flag,
}

/** Of the options of one update. */
export const momentumRules = { ...rules, step: count }

const defaults = {
  momentum: 0,
  form: 'heavyBall',
  nesterov: false,
  dampening: 0,
  biasCorrection: false,
  weightDecay: 0,
  decoupled: false,
} as const

/** Numbers in a row of coefficients: momentum, gain, rate, coupled decay, decoupled decay. */
const ROW = 5

/**
 * Stochastic gradient descent with momentum; g gradient, θ parameter, v velocity (zeros at the start).
 *
 * | form        | velocity                                           | parameter   | with nesterov         |
 * | ----------- | -------------------------------------------------- | ----------- | --------------------- |
 * | `heavyBall` | v ← μv + (1 − τ)g; the first step of all: v ← g    | θ ← θ − ηv  | θ ← θ − η(g + μv)     |
 * | `velocity`  | v ← μv + ηg                                        | θ ← θ − v   | θ ← θ − (μv + ηg)     |
 * | `ema`       | v ← μv + (1 − μ)g                                  | θ ← θ − ηv  | θ ← θ − η(μv + (1−μ)g) |
 *
 * With `biasCorrection`, `ema` divides what it subtracts by 1 − μᵗ (nesterov: 1 − μᵗ⁺¹), t counting steps from 1.
 * Weight decay is coupled, g ← g + λθ, or with `decoupled` θ ← θ − ηλθ before the step.
 *
 * At a constant η the forms agree after rescaling; once η changes they differ: `velocity` has η inside v and answers later.
 *
 * Sources: `heavyBall` PyTorch's SGD; `velocity` Sutskever et al. 2013 and Keras' SGD with the sign of v turned;
 * `ema` the moving-average form of the courses, bias correction as in Adam.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function sgd(options: SgdOptions): Sgd {
  return complete('sgd', options)
}

/**
 * Checks what a caller gave as `optimizer`: the result of `sgd(…)`, or equal plain data (from JSON, say).
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkOptimizer(where: string, value: unknown): Optimizer {
  const { type, ...options } = Object(value) as Sgd
  if (type !== 'sgd') throw hyperparameterError(where, 'optimizer to be sgd({ … })', value)
  return complete(`${where}: optimizer`, options)
}

/** What a velocity means: under another kind it is of no use and starts from zero. */
export const kindOf = ({ type, form }: Optimizer) => `${type} ${form}`

/** The numbers of `steps` updates from `firstStep` (counting from 1): one row if they are constant, else a row a step. */
export function coefficients(optimizer: Optimizer, firstStep: number, steps: number): UpdateRule {
  const rows = isConstant(optimizer, firstStep) ? 1 : steps
  const table = new Float64Array(rows * ROW)
  for (let i = 0; i < rows; i++) table.set(row(optimizer, firstStep + i), i * ROW)
  return { nesterov: optimizer.nesterov, coefficients: table }
}

/**
 * The numbers of one update, for callers that hold parameter and velocity themselves.
 *
 * @returns coefficients: [momentum, gain, rate, coupled decay, decoupled decay]
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function momentumCoefficients(where: string, options: MomentumOptions): UpdateRule {
  checkOptions(where, options, momentumRules)
  const { step, ...others } = options
  const optimizer = complete(where, others)
  if (step === undefined && !isConstant(optimizer, 1)) {
    throw hyperparameterError(where, 'step, counting from 1, with dampening or biasCorrection', step)
  }
  return coefficients(optimizer, step ?? 1, 1)
}

function complete(where: string, options: SgdOptions): Sgd {
  checkOptions(where, options, rules)
  if (options.learningRate === undefined) throw hyperparameterError(where, 'a learningRate > 0', undefined)
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const optimizer: Sgd = { type: 'sgd', learningRate: options.learningRate, ...defaults, ...given }
  checkTogether(where, optimizer)
  return Object.freeze(optimizer)
}

function checkTogether(where: string, { momentum, form, nesterov, dampening, biasCorrection }: Sgd): void {
  if (nesterov && momentum === 0) throw hyperparameterError(where, 'momentum > 0 with nesterov', momentum)
  if (nesterov && dampening > 0) throw hyperparameterError(where, 'dampening 0 with nesterov', dampening)
  if (dampening > 0 && form !== 'heavyBall') throw hyperparameterError(where, "form 'heavyBall' with dampening", form)
  // PyTorch ignores dampening without momentum, the formula does not: neither is what its writer can have meant.
  if (dampening > 0 && momentum === 0) throw hyperparameterError(where, 'momentum > 0 with dampening', momentum)
  if (biasCorrection && form !== 'ema') throw hyperparameterError(where, "form 'ema' with biasCorrection", form)
}

/** Whether every step from `firstStep` on has the same numbers. */
const isConstant = ({ dampening, biasCorrection }: Sgd, firstStep: number) =>
  !biasCorrection && (dampening === 0 || firstStep > 1)

function row(optimizer: Sgd, step: number): number[] {
  const { learningRate, momentum, weightDecay, decoupled } = optimizer
  return [
    momentum,
    gain(optimizer, step),
    rate(optimizer, step),
    decoupled ? 0 : weightDecay,
    decoupled ? learningRate * weightDecay : 0,
  ]
}

/** What a gradient is multiplied by as it enters the velocity. */
function gain({ form, learningRate, momentum, dampening }: Sgd, step: number): number {
  if (form === 'velocity') return learningRate
  if (form === 'ema') return 1 - momentum
  return step === 1 ? 1 : 1 - dampening
}

/** What the direction is multiplied by as it leaves the parameter. */
function rate({ form, learningRate, momentum, nesterov, biasCorrection }: Sgd, step: number): number {
  if (form === 'velocity') return 1
  return biasCorrection ? learningRate / (1 - power(momentum, nesterov ? step + 1 : step)) : learningRate
}

/** xⁿ by repeated squaring: the same bits everywhere, which Math.pow does not promise. */
function power(x: number, n: number): number {
  let product = 1
  for (let square = x, rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) product *= square
    square *= square
  }
  return product
}
