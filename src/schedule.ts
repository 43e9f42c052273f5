import { hyperparameterError } from './errors.js'
import { checkOptions, checkValue, count, either, notNegative, type Rule } from './options.js'
import { type Constant, constantOf } from './schedules/constant.js'
import { type Cosine, cosine, cosineAt } from './schedules/cosine.js'
import { type CosineRestarts, cosineRestarts, cosineRestartsAt } from './schedules/cosineRestarts.js'
import { type Demon, demon, demonAt } from './schedules/demon.js'
import { type Exponential, exponential, exponentialAt } from './schedules/exponential.js'
import { type InverseTime, inverseTime, inverseTimeAt } from './schedules/inverseTime.js'
import { type Linear, linear, linearAt } from './schedules/linear.js'
import { type OneCycle, oneCycleAt, oneCyclePart } from './schedules/oneCycle.js'
import { type Piecewise, piecewise, piecewiseAt } from './schedules/piecewise.js'
import { type Polynomial, polynomial, polynomialAt } from './schedules/polynomial.js'
import {
  afterEpoch,
  type Place,
  type ReduceOnPlateau,
  reduceOnPlateau,
  reduceOnPlateauAt,
} from './schedules/reduceOnPlateau.js'
import { type StepDecay, stepDecay, stepDecayAt } from './schedules/stepDecay.js'
import { type Sutskever, sutskever, sutskeverAt } from './schedules/sutskever.js'

export type { Place } from './schedules/reduceOnPlateau.js'

/** How a hyperparameter goes with the step, as plain frozen data; a step is the number of updates before it, 0 for the first. */
export type Schedule =
  | Constant
  | Linear
  | StepDecay
  | Piecewise
  | Exponential
  | Polynomial
  | InverseTime
  | Cosine
  | CosineRestarts
  | OneCycle
  | Demon
  | Sutskever
  | ReduceOnPlateau
  | Sequence

/** Schedules one after another: steps[i] steps of schedules[i], and the last, one more than there are steps, to the end. */
export interface Sequence {
  readonly type: 'sequence'
  readonly schedules: readonly Schedule[]
  readonly steps: readonly number[]
}

/** A hyperparameter: a number, a schedule, or a function of the updates done before. */
export type Scheduled = number | Schedule | ((step: number) => number)

export interface WarmupOptions {
  readonly steps: number
  /** 0 by default. */
  readonly from?: number
}

/** Makes a schedule of each type anew from its data, and so checks it. */
const makers: { readonly [T in Schedule['type']]: (options: never) => Schedule } = {
  constant: constantOf,
  linear,
  stepDecay,
  piecewise,
  exponential,
  polynomial,
  inverseTime,
  cosine,
  cosineRestarts,
  oneCycle: oneCyclePart,
  demon,
  sutskever,
  reduceOnPlateau,
  sequence: sequenceOf,
}

/**
 * One schedule after another: each for its number of steps, counted from 0 in each, and the last to the end.
 *
 * ```ts
 * sequence([constant(0.5), 1000], [linear({ from: 0.5, to: 0.9, steps: 500 }), 500], constant(0.9))
 * ```
 *
 * optax' `join_schedules`, PyTorch's `SequentialLR`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function sequence(...parts: readonly [...(readonly [Schedule, number])[], Schedule]): Sequence {
  const before = parts.slice(0, -1).map((part) => (Array.isArray(part) ? part : [part, undefined]))
  const schedules = [...before.map(([schedule]) => schedule), parts.at(-1)]
  return sequenceOf({ schedules, steps: before.map(([, steps]) => steps) })
}

/**
 * from + (s(0) − from)·step / steps, and from step `steps` on s(step − steps): a straight way to where the schedule s begins.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function warmup(schedule: Schedule, options: WarmupOptions): Sequence {
  checkSchedule('warmup', schedule)
  options = checkOptions('warmup', options, { steps: count, from: notNegative })
  checkValue('warmup', 'steps', options.steps, count)
  const { steps, from = 0 } = options
  return sequence([linear({ from, to: at(schedule, 0), steps }), steps], schedule)
}

/** An options rule: a number that keeps `rule`, a schedule, or a function of the step. What these give is checked by {@link valueAt}. */
export const scheduled = (rule: Rule): Rule =>
  either(rule, { expected: 'a schedule', test: isSchedule }, functionOfStep)

const functionOfStep: Rule = { expected: 'a function of the step', test: (value) => typeof value === 'function' }

/** Whether a hyperparameter is the same number at every step. */
export const isConstant = (value: Scheduled): value is number => typeof value === 'number'

/**
 * What a hyperparameter is after `step` updates. A learning rate may pass through 0, at the first step of a warm-up or the end of a
 * cosine: the rule for values is then `notNegative`.
 *
 * @param place what a schedule that looks at epochs remembers; none before the first
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER where it breaks the rule, with name, step and value
 */
export function valueAt(
  where: string,
  name: string,
  value: Scheduled,
  step: number,
  rule: Rule,
  place?: Place,
): number {
  if (isConstant(value)) return value
  const number = typeof value === 'function' ? value(step) : at(value, step, place)
  if (rule.test(number)) return number
  throw hyperparameterError(where, `${name} to be ${rule.expected} at step ${step}`, number)
}

/**
 * What a hyperparameter remembers after one more epoch; nothing but of `reduceOnPlateau`.
 *
 * @param entry of history
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER where it does not tell what is monitored
 */
export function observe(value: Scheduled, place: Place | undefined, entry: object): Place | undefined {
  const plateau = plateauOf(value)
  return plateau && afterEpoch(plateau, place, entry)
}

/** The one schedule of a hyperparameter that looks at epochs, if there is one. */
export function plateauOf(value: Scheduled): ReduceOnPlateau | undefined {
  if (typeof value !== 'object') return undefined
  return plateausOf(value)[0]
}

function plateausOf(schedule: Schedule): ReduceOnPlateau[] {
  if (schedule.type === 'sequence') return schedule.schedules.flatMap(plateausOf)
  return schedule.type === 'reduceOnPlateau' ? [schedule] : []
}

/** The value of a schedule after `step` updates. */
export function at(schedule: Schedule, step: number, place?: Place): number {
  switch (schedule.type) {
    case 'constant':
      return schedule.value
    case 'linear':
      return linearAt(schedule, step)
    case 'stepDecay':
      return stepDecayAt(schedule, step)
    case 'piecewise':
      return piecewiseAt(schedule, step)
    case 'exponential':
      return exponentialAt(schedule, step)
    case 'polynomial':
      return polynomialAt(schedule, step)
    case 'inverseTime':
      return inverseTimeAt(schedule, step)
    case 'cosine':
      return cosineAt(schedule, step)
    case 'cosineRestarts':
      return cosineRestartsAt(schedule, step)
    case 'oneCycle':
      return oneCycleAt(schedule, step)
    case 'demon':
      return demonAt(schedule, step)
    case 'sutskever':
      return sutskeverAt(schedule, step)
    case 'reduceOnPlateau':
      return reduceOnPlateauAt(schedule, place)
    case 'sequence':
      return sequenceAt(schedule, step, place)
  }
}

function sequenceAt({ schedules, steps }: Sequence, step: number, place?: Place): number {
  let [part, rest] = [0, step]
  while (part < steps.length && rest >= steps[part]) rest -= steps[part++]
  return at(schedules[part], rest, place)
}

/**
 * Checks a schedule: what its maker gave, or equal plain data (from JSON, say).
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkSchedule(where: string, value: unknown): Schedule {
  const { type, ...options } = Object(value) as Schedule
  if (!Object.hasOwn(makers, String(type))) throw hyperparameterError(where, 'a schedule', value)
  return (makers[type] as (options: object) => Schedule)(options)
}

/** Data that no maker made may break any of its rules: to be made anew is the one check of them all. */
function isSchedule(value: unknown): boolean {
  try {
    checkSchedule('', value)
    return true
  } catch {
    return false
  }
}

/** A schedule with all of its options; anything else as it is. */
export const wholeSchedule = (value: unknown): unknown => (isSchedule(value) ? checkSchedule('', value) : value)

function sequenceOf({ schedules, steps, ...others }: { [K in keyof Omit<Sequence, 'type'>]: unknown }): Sequence {
  checkOptions('sequence', others, {})
  checkValue('sequence', 'schedules', schedules, several)
  checkValue('sequence', 'steps', steps, counts)
  const parts = (schedules as unknown[]).map((part) => checkSchedule('sequence', part))
  const lengths = [...(steps as number[])]
  if (lengths.length + 1 !== parts.length) {
    throw hyperparameterError('sequence', `steps of all schedules but the last, ${parts.length - 1}`, lengths)
  }
  const whole: Sequence = { type: 'sequence', schedules: Object.freeze(parts), steps: Object.freeze(lengths) }
  if (plateausOf(whole).length > 1) throw hyperparameterError('sequence', 'at most one reduceOnPlateau', 'several')
  return Object.freeze(whole)
}

const several: Rule = { expected: 'an array of schedules', test: (value) => Array.isArray(value) && value.length > 0 }
const counts: Rule = {
  expected: `an array, each ${count.expected},`,
  test: (value) => Array.isArray(value) && value.every(count.test),
}
