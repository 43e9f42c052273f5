import { hyperparameterError } from '../errors.js'
import { checkOptimizer, type Optimizer } from '../optimizer.js'
import { adam } from '../optimizers/adam.js'
import { sgd } from '../optimizers/sgd.js'
import {
  anything,
  checkOptions,
  either,
  fraction,
  number,
  oneOf,
  part,
  positive,
  type Rule,
  wholeNumber,
} from '../options.js'
import { lengthened, suited } from './kinds.js'
import { type Change, changed, type Path, pathOf } from './path.js'
import { kindOf, type Moving, scheduleKinds } from './schedules.js'
import { type Shape, type Surface, type SurfaceName, surfaceLabels, surfaceOf } from './surface.js'
import { LEAST_ZOOM, type Look, MOST_ZOOM } from './view.js'

/** All that a person has set, as plain frozen data: it is what the address keeps. */
export interface State extends Shape, Look {
  readonly surface: SurfaceName
  readonly start: readonly number[]
  /** How many are made. */
  readonly steps: number
  /** The step that is shown, from 0 for the start. */
  readonly at: number
  /** Steps a second, when playing. */
  readonly speed: number
  readonly runs: readonly Optimizer[]
  /** The run that is tuned, and whose step is taken apart: its place among the runs. */
  readonly tuned: number
  /** The step before which η or μ change. */
  readonly changeAt: number
  /** Multiplies η there. */
  readonly changeRate?: number
  /** What μ becomes there. */
  readonly changeMomentum?: number
}

/** As many as there are marks that eyes tell apart. */
export const MOST_RUNS = 8
export const MOST_STEPS = 1000

const several: Rule = {
  expected: `one to ${MOST_RUNS} optimizers`,
  test: (value) => Array.isArray(value) && value.length >= 1 && value.length <= MOST_RUNS,
}
const place = (expected: string, ...lengths: readonly number[]): Rule => ({
  expected: `${expected} between −1e6 and 1e6`,
  test: (value) => Array.isArray(value) && lengths.includes(value.length) && value.every((at) => Math.abs(at) <= 1e6),
})

const rules: Readonly<Record<keyof State, Rule>> = {
  surface: oneOf(...Object.keys(surfaceLabels)),
  condition: number('a number from 1 to 1000', (x) => x >= 1 && x <= 1000),
  turn: number('a number of degrees from 0 to 90', (x) => x >= 0 && x <= 90),
  zoom: number(`a number from ${LEAST_ZOOM} to ${MOST_ZOOM}`, (x) => x >= LEAST_ZOOM && x <= MOST_ZOOM),
  middle: place('two numbers', 2),
  start: place('one or two numbers', 1, 2),
  steps: number(`a whole number from 1 to ${MOST_STEPS}`, (x) => Number.isInteger(x) && x >= 1 && x <= MOST_STEPS),
  at: wholeNumber,
  speed: number('a number from 1 to 60', (x) => x >= 1 && x <= 60),
  runs: several,
  tuned: wholeNumber,
  changeAt: wholeNumber,
  changeRate: part,
  changeMomentum: fraction,
}

/** The surface of a state. */
export const groundOf = (state: State): Surface => surfaceOf(state.surface, state)

/**
 * The state, checked and frozen; the shown step and the tuned run are brought within what there is.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER, of what no optimizer or surface takes
 */
export function checkedState(state: State): State {
  checkOptions('lab', state, rules)
  const { length } = groundOf(state).start
  if (state.start.length !== length) throw hyperparameterError('lab', `start of ${length} numbers`, state.start)
  const runs = state.runs.map(checkedRun)
  const [at, tuned] = [Math.min(state.at, state.steps), Math.min(state.tuned, runs.length - 1)]
  return Object.freeze({ ...state, runs: Object.freeze(runs), at, tuned })
}

/** The lab's optimizers are of plain numbers, each of which a slider can move, and of schedules that its menus have. */
function checkedRun(run: Optimizer): Optimizer {
  const optimizer = checkOptimizer('lab', run)
  checkOptions('lab', { ...optimizer, type: undefined }, Object.fromEntries(runRules(optimizer)))
  return optimizer
}

const runRules = (optimizer: Optimizer) =>
  Object.keys(optimizer).map((name): [string, Rule] => [name, special[name] ?? plain])

const plain: Rule = {
  expected: 'a number or a switch',
  test: (value) => typeof value === 'number' || typeof value === 'boolean',
}
const movable = (name: Moving, rule: Rule): Rule =>
  either(rule, {
    expected: `a schedule of ${Object.keys(scheduleKinds[name]).join(', ')}`,
    test: (value) => typeof value === 'object' && kindOf(name, value as never) !== undefined,
  })
const special: Readonly<Record<string, Rule>> = {
  learningRate: movable('learningRate', positive),
  momentum: movable('momentum', fraction),
  form: anything,
  betas: anything,
  restart: anything,
  adjust: anything,
  others: anything,
}

/** Another surface, the whole of it, with the start, the number of steps and the rates that suit it. */
export function onSurface(state: State, surface: SurfaceName, shape: Shape = state): State {
  const ground = surfaceOf(surface, shape)
  const { start, steps } = ground
  const runs = state.runs.map((run) => suited(run, ground))
  // Eight seconds for the whole.
  const [changeAt, speed] = [Math.round(steps / 2), Math.min(Math.max(Math.round(steps / 8), 5), 60)]
  const suiting = { start, steps, at: steps, runs, changeAt, speed }
  return checkedState({ ...state, ...wholeLook, ...shapeOf(shape), surface, ...suiting })
}

/** A state of another number of steps. Who looks at the last one, and a schedule that went so far, goes on to the new one. */
export function ofLength(state: State, steps: number): State {
  const runs = state.runs.map((run) => lengthened(run, state.steps, steps))
  return { ...state, steps, at: state.at === state.steps ? steps : state.at, runs }
}

/** The whole of a surface. */
export const wholeLook: Look = { zoom: 1, middle: undefined }

const shapeOf = ({ condition, turn }: Shape): Shape => ({ condition, turn })

/** What is there before anybody has set anything: a plain descent with the longest step that it bears, and three that do better. */
export const firstState: State = checkedState({
  surface: 'ravine',
  condition: 50,
  turn: 0,
  zoom: 1,
  start: [-9, 2],
  steps: 80,
  at: 80,
  speed: 10,
  runs: [
    sgd({ learningRate: 1.8 }),
    sgd({ learningRate: 1.2, momentum: 0.8 }),
    sgd({ learningRate: 1.2, momentum: 0.8, nesterov: true }),
    adam({ learningRate: 0.3 }),
  ],
  tuned: 1,
  changeAt: 40,
})

/** What changes in the middle of all runs, if anything does. */
export function changeOf({ changeAt, changeRate, changeMomentum }: State): Change | undefined {
  if (changeRate === undefined && changeMomentum === undefined) return undefined
  return { step: changeAt, rate: changeRate, momentum: changeMomentum }
}

/** A run with what changes in its middle. */
export function runOf(state: State, number: number): Optimizer {
  const change = changeOf(state)
  return change ? changed(state.runs[number], change) : state.runs[number]
}

/** The path of each run. */
export const pathsOf = (state: State): Path[] =>
  state.runs.map((_, i) => pathOf(groundOf(state), state.start, runOf(state, i), state.steps))
