import { type Sgd, sgd } from '../optimizers/sgd.js'
import { isConstant, type Scheduled } from '../schedule.js'
import { kinds, suited } from './kinds.js'
import { type Change, changed, type Path, partsOf, pathOf } from './path.js'
import { courseOf } from './schedules.js'
import { changeOf, groundOf, type State } from './state.js'
import type { Surface } from './surface.js'

/** The names of the three forms of `sgd`, the first of which the others are held against. */
export const formNames = ['heavyBall', 'velocity', 'ema'] as const
export type FormName = (typeof formNames)[number]

/** What is asked of the three forms: the heavy ball's numbers. */
export interface Question {
  readonly surface: Surface
  readonly start: readonly number[]
  readonly learningRate: Scheduled
  readonly momentum: Scheduled
  readonly steps: number
  readonly change?: Change
}

/** The three paths, and how far two of them are from the heavy ball's. */
export interface Forms {
  readonly paths: Readonly<Record<FormName, Path>>
  /** By step, distances from the heavy ball. */
  readonly apart: Readonly<Record<Exclude<FormName, 'heavyBall'>, readonly number[]>>
}

/** Farther apart than this part of the way that they have come, paths are not one path any more. */
const ROUNDING = 1e-9

/** The question of a state: by the numbers of the tuned run where it has a momentum, else of the first that has. */
export function questionOf(state: State): Question {
  const { runs, tuned, start, steps } = state
  const moves = (run: State['runs'][number]): run is Sgd => run.type === 'sgd' && run.momentum !== 0
  const moving = [runs[tuned], ...runs].find(moves) ?? suitedBall(groundOf(state))
  const { momentum } = moving
  // Of a moving average it is the heavy ball's that is meant.
  const learningRate =
    moving.form === 'ema' ? times(moving.learningRate, 1 - firstMomentum(momentum)) : moving.learningRate
  return { surface: groundOf(state), start, steps, learningRate, momentum, change: changeOf(state) }
}

/** Which of the two are not the same at all steps: then forms part. */
export const movesOf = ({ learningRate, momentum, change }: Question) => ({
  rate: !isConstant(learningRate) || change?.rate !== undefined,
  momentum: !isConstant(momentum) || change?.momentum !== undefined,
})

/** A learning rate at every step by a factor. */
function times(learningRate: Scheduled, factor: number): Scheduled {
  if (isConstant(learningRate)) return learningRate * factor
  const rate = courseOf('learningRate', learningRate)
  return (step) => rate(step) * factor
}

const firstMomentum = (momentum: Scheduled) => courseOf('momentum', momentum)(0)

const suitedBall = (surface: Surface) => suited(kinds['heavy ball'], surface) as Sgd

/**
 * The optimizers that are one method while η and μ stay: 'heavyBall' with η, 'velocity' with η, 'ema' with η/(1 − μ), μ that of the first
 * step. Schedules are those of each, and the change, if there is one, is made to each.
 */
export function formsOf({ learningRate, momentum, change }: Question) {
  const ema = times(learningRate, 1 / (1 - firstMomentum(momentum)))
  const rescaled = { heavyBall: learningRate, velocity: learningRate, ema }
  const of = (form: FormName) => {
    const optimizer = sgd({ learningRate: rescaled[form], momentum, form })
    return change ? changed(optimizer, change) : optimizer
  }
  return { heavyBall: of('heavyBall'), velocity: of('velocity'), ema: of('ema') }
}

/** The three forms on one surface. */
export function compareForms(question: Question): Forms {
  const { surface, start, steps } = question
  const optimizers = formsOf(question)
  const walk = (form: FormName) => pathOf(surface, start, optimizers[form], steps)
  const paths = { heavyBall: walk('heavyBall'), velocity: walk('velocity'), ema: walk('ema') }
  const from = ({ points }: Path) => distances(paths.heavyBall.points, points)
  return { paths, apart: { velocity: from(paths.velocity), ema: from(paths.ema) } }
}

/** The velocities of the three forms before a step. */
export function velocitiesAt(
  question: Question,
  { paths }: Forms,
  at: number,
): Readonly<Record<FormName, Float64Array>> {
  const optimizers = formsOf(question)
  const of = (form: FormName) => partsOf(question.surface, paths[form], optimizers[form], at).states.velocity
  return { heavyBall: of('heavyBall'), velocity: of('velocity'), ema: of('ema') }
}

/** The first step at which a form is elsewhere than the heavy ball by more than rounding; none where it never is. */
export function partingOf({ paths, apart }: Forms, form: Exclude<FormName, 'heavyBall'>): number | undefined {
  const way = Math.max(...paths.heavyBall.points.map((point) => Math.hypot(...point)))
  const step = apart[form].findIndex((distance) => !(distance <= ROUNDING * way))
  return step < 0 ? undefined : step
}

function distances(a: readonly Float64Array[], b: readonly Float64Array[]): number[] {
  const both = a.slice(0, Math.min(a.length, b.length))
  return both.map((point, step) => Math.hypot(...point.map((at, i) => at - b[step][i])))
}
