import type { RuleName, TunerRule } from '../backend.js'
import { hyperparameterError } from '../errors.js'
import { checkOptions, flag, fraction, notNegative, type Rule } from '../options.js'
import { isConstant, type Scheduled, scheduled, valueAt, wholeSchedule } from '../schedule.js'
import type { Places } from '../schedules/places.js'

/** Other values of an optimizer's options for some parameters. The first group that matches a parameter is its own. */
export type ParameterGroup<O> = Partial<Omit<O, 'type' | 'parameterGroups'>> & {
  /** A parameter's whole name, or what its name or a part of it matches: `'0.bias'`, `/bias/`. */
  readonly match: string | RegExp
  /** Leave them as they are. */
  readonly frozen?: boolean
}

/** What all optimizers have in common. */
export interface Common {
  readonly type: string
  /** η */
  readonly learningRate: Scheduled
  readonly parameterGroups?: readonly { readonly match: string | RegExp; readonly frozen?: boolean }[]
}

/** An optimizer's options with schedules replaced by their values. */
export type Now<O> = { readonly [K in keyof O]: O[K] extends Scheduled ? (O[K] extends number ? O[K] : number) : O[K] }

/** One optimizer: what it is asked, what it keeps of each parameter, and its numbers of a step. */
export interface Definition<O extends Common> {
  readonly rules: Readonly<Record<string, Rule>>
  readonly defaults: Partial<O>
  /** What single rules do not say. */
  readonly check?: (where: string, optimizer: O) => void
  /** Names of the states that it keeps of each parameter. */
  readonly states: (optimizer: O) => readonly string[]
  /** What each state starts from; zeros by default. */
  readonly initial?: (optimizer: O) => readonly number[]
  /** The rule of the engines that it is. */
  readonly rule: (optimizer: O) => RuleName
  /** A row of the rule's numbers, for step after step from 1 where `remembers`. */
  readonly rows: (optimizer: O) => (now: Now<O>, step: number) => readonly number[]
  /** Whether a row depends on those before it. */
  readonly remembers?: (optimizer: O) => boolean
  /** Whether all rows from a step on are the same where nothing is scheduled. */
  readonly steady: (optimizer: O, firstStep: number) => boolean
  /** What sets momentum and rate by what a step sees; `momentum` gives μ of so many steps since a restart. */
  readonly tuner?: (optimizer: O, momenta: () => readonly number[]) => TunerRule | undefined
}

/** A value that a schedule gives may be 0, at the first step of a warm-up or the end of a cosine. */
export const values: Readonly<Record<string, Rule>> = {
  learningRate: notNegative,
  momentum: fraction,
  weightDecay: notNegative,
}

/** Which options may be scheduled. */
export const schedulable = Object.keys(values)

/** A learning rate, a momentum or a weight decay: a number that keeps the rule, a schedule or a function of the step. */
export const anyTime = scheduled

export const decayRules = { weightDecay: anyTime(notNegative), decoupled: flag }

/** [λ, 0] of a coupled decay, g ← g + λθ; [0, ηλ] of a decoupled one, θ ← θ − ηλθ. */
export const decays = (learningRate: number, weightDecay: number, decoupled: boolean): [number, number] =>
  decoupled ? [0, learningRate * weightDecay] : [weightDecay, 0]

/**
 * An optimizer as plain frozen data, checked and with nothing left to a default.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function complete<O extends Common>(
  where: string,
  type: O['type'],
  definition: Definition<O>,
  options: Partial<O>,
): O {
  const { rules, defaults, check } = definition
  options = checkOptions(where, options, { ...rules, parameterGroups: groups })
  const given = givenOf(options)
  const optimizer = { ...defaults, ...given, type } as O
  if (optimizer.learningRate === undefined) throw hyperparameterError(where, 'a learningRate > 0', undefined)
  if (given.decoupled && !given.weightDecay) throw hyperparameterError(where, 'weightDecay > 0 with decoupled', 0)
  check?.(where, optimizer)
  for (const group of optimizer.parameterGroups ?? []) overridden(where, definition, optimizer, group)
  return Object.freeze(optimizer)
}

/** What is given of options, schedules with what their plain data left to its defaults. */
const givenOf = (options: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[name, wholeSchedule(value)]])),
  )

const groups: Rule = { expected: 'an array of { match, … }', test: Array.isArray }
const matches: Rule = {
  expected: 'a name or a regular expression',
  test: (value) => typeof value === 'string' || value instanceof RegExp,
}

/** An optimizer as a group of parameters has it; none where they stay as they are. */
export function overridden<O extends Common>(
  where: string,
  definition: Definition<O>,
  optimizer: O,
  { match, frozen, ...others }: { readonly match: string | RegExp; readonly frozen?: boolean },
): O | undefined {
  const place = `${where}: parameterGroups`
  checkOptions(place, { match, frozen, ...others }, { ...definition.rules, match: matches, frozen: flag })
  if (match === undefined) throw hyperparameterError(place, `match to be ${matches.expected}`, match)
  const { parameterGroups: _, ...own } = optimizer
  const whole = { ...own, ...givenOf(others) } as unknown as O
  definition.check?.(place, whole)
  return frozen ? undefined : whole
}

/** Whether nothing of an optimizer is scheduled. */
export const isUnscheduled = (optimizer: Common): boolean =>
  schedulable.every((name) => {
    const value = optimizer[name as keyof Common] as Scheduled | undefined
    return value === undefined || isConstant(value)
  })

/** An optimizer's options as they are after `step − 1` updates. */
export function at<O extends Common>(where: string, optimizer: O, step: number, places: Places): Now<O> {
  if (isUnscheduled(optimizer)) return optimizer as unknown as Now<O>
  const now: Record<string, unknown> = { ...(optimizer as object) }
  for (const name of schedulable) {
    const value = optimizer[name as keyof O] as Scheduled | undefined
    if (value !== undefined) now[name] = valueAt(where, name, value, step - 1, values[name], places[name])
  }
  return now as Now<O>
}
