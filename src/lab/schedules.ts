import { values } from '../optimizers/definition.js'
import { isConstant, type Schedule, type Scheduled, valueAt } from '../schedule.js'
import { cosine } from '../schedules/cosine.js'
import { cosineRestarts } from '../schedules/cosineRestarts.js'
import { demon } from '../schedules/demon.js'
import { exponential } from '../schedules/exponential.js'
import { inverseTime } from '../schedules/inverseTime.js'
import { linear } from '../schedules/linear.js'
import { oneCycle } from '../schedules/oneCycle.js'
import { polynomial } from '../schedules/polynomial.js'
import { stepDecay } from '../schedules/stepDecay.js'
import { sutskever } from '../schedules/sutskever.js'

/** The hyperparameters that may go with the step. */
export type Moving = 'learningRate' | 'momentum'
export const signs: Readonly<Record<Moving, string>> = { learningRate: 'η', momentum: 'μ' }

type Numbers = Readonly<Record<string, number>>

/** A schedule that a person may choose. */
export interface ScheduleKind {
  readonly label: string
  /** Its number that the hyperparameter's own slider sets. */
  readonly head: string
  /** Its other numbers in a run of so many steps; sliders set each. */
  readonly own: (steps: number, head: number) => Numbers
  readonly make: (head: number, own: Numbers) => Schedule
}

/** One that begins at `from`. */
const from = (label: string, maker: (options: never) => Schedule, own: ScheduleKind['own']): ScheduleKind => ({
  label,
  head: 'from',
  own,
  make: (from, numbers) => maker({ from, ...numbers } as never),
})

/** A part of all steps. */
const some = (steps: number, part: number) => Math.max(1, Math.round(steps * part))

/** What the menus have beside the constant: every schedule that is one rule and looks at nothing but the step. */
export const scheduleKinds: Readonly<Record<Moving, Readonly<Record<string, ScheduleKind>>>> = {
  learningRate: {
    linear: from('linear', linear, (steps) => ({ to: 0, steps })),
    cosine: from('cosine', cosine, (steps) => ({ to: 0, steps })),
    warmup: from('warm-up then cosine', cosine, (steps) => ({ warmup: some(steps, 0.1), to: 0, steps })),
    stepDecay: from('step decay', stepDecay, (steps) => ({ factor: 0.3, every: some(steps, 0.25) })),
    exponential: from('exponential', exponential, (steps) => ({ factor: 0.1, every: some(steps, 0.5) })),
    polynomial: from('polynomial', polynomial, (steps) => ({ power: 2, to: 0, steps })),
    inverseTime: from('inverse time', inverseTime, (steps) => ({ rate: 1, every: some(steps, 0.1) })),
    cosineRestarts: from('cosine with restarts', cosineRestarts, (steps) => ({
      to: 0,
      steps: some(steps, 0.25),
      factor: 1,
    })),
    oneCycle: {
      label: 'one cycle',
      head: 'peak',
      own: (steps) => ({ rise: 0.3, steps }),
      make: (max, { rise, steps }) => oneCycle({ max, rise, steps }).learningRate,
    },
  },
  momentum: {
    linear: from('linear', linear, (steps, from) => ({ to: risen(from), steps })),
    cosine: from('cosine', cosine, (steps, from) => ({ to: risen(from), steps })),
    demon: from('Demon', demon, (steps) => ({ steps })),
    sutskever: { label: 'Sutskever’s', head: 'max', own: () => ({}), make: (max) => sutskever({ max }) },
    oneCycle: {
      label: 'one cycle',
      head: 'from',
      own: (steps, max) => ({ peak: Number((0.9 * max).toPrecision(3)), rise: 0.3, steps }),
      make: (maxMomentum, { peak: minMomentum, rise, steps }) =>
        oneCycle({ max: 1, rise, steps, minMomentum, maxMomentum }).momentum,
    },
  },
}

/** A momentum that remembers four times as long. */
const risen = (momentum: number) => Number((1 - (1 - momentum) / 4).toPrecision(4))

/** The name of a hyperparameter's schedule in {@link scheduleKinds}, of a number 'constant'; none of what no menu has. */
export function kindNameOf(name: Moving, value: Scheduled): string | undefined {
  if (isConstant(value)) return 'constant'
  const kind =
    (value as Schedule).type === 'cosine' && numbersOf(value).warmup > 0 ? 'warmup' : (value as Schedule).type
  return Object.hasOwn(scheduleKinds[name], kind) ? kind : undefined
}

export const kindOf = (name: Moving, value: Scheduled): ScheduleKind | undefined =>
  scheduleKinds[name][kindNameOf(name, value) ?? '']

/** What a hyperparameter's slider stands at. */
export const headOf = (name: Moving, value: Scheduled): number =>
  isConstant(value) ? value : numbersOf(value)[kindOf(name, value)!.head]

/** What a schedule has beside its head. */
export function ownOf(name: Moving, value: Scheduled): Numbers {
  const own = Object.keys(kindOf(name, value)?.own(1, 0) ?? {})
  return Object.fromEntries(own.map((option) => [option, numbersOf(value)[option]]))
}

/** The schedule of that name for a run of so many steps; the number itself where it is 'constant'. */
export function scheduleOf(name: Moving, kind: string, head: number, steps: number): Scheduled {
  if (kind === 'constant') return head
  const { make, own } = scheduleKinds[name][kind]
  return make(head, own(steps, head))
}

/** The same schedule with another head, or some other numbers. */
export const reset = (name: Moving, value: Scheduled, head: number, own: Numbers = {}): Scheduled =>
  kindOf(name, value)?.make(head, { ...ownOf(name, value), ...own }) ?? head

/** A schedule that went through all of a run's steps, for a run of another length. */
export function stretched(name: Moving, value: Scheduled, steps: number, to: number): Scheduled {
  return ownOf(name, value).steps === steps ? reset(name, value, headOf(name, value), { steps: to }) : value
}

/** What a hyperparameter is after so many steps. */
export const courseOf = (name: Moving, value: Scheduled) => (step: number) =>
  valueAt('lab', name, value, step, values[name])

const numbersOf = (value: Scheduled) => value as unknown as Numbers
