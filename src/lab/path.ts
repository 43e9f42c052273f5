import { descentOf, type Slope, statesFor } from '../descent.js'
import { RavineError } from '../errors.js'
import { type Minimum, minimized } from '../minimize.js'
import { type Optimizer, statesOf } from '../optimizer.js'
import { sgd } from '../optimizers/sgd.js'
import { courseOf } from './schedules.js'
import type { Surface } from './surface.js'

/** The way of an optimizer down a surface: a point and a value for each step, the start included. */
export interface Path {
  readonly points: readonly Float64Array[]
  readonly values: readonly number[]
  /** Whether it left all bounds of numbers. */
  readonly diverged: boolean
}

/** One step taken apart; vectors all. */
export interface Parts {
  /** The step as it is. */
  readonly step: Float64Array
  /** The step that would be made if the ground were flat here: what the velocity carries on. */
  readonly carried: Float64Array
  /** The rest of it, due to the gradient. */
  readonly pushed: Float64Array
  /** What the optimizer remembers before the step, by name. */
  readonly states: Readonly<Record<string, Float64Array>>
}

/** What happens at a step in the middle of a run. */
export interface Change {
  /** The number of updates before it. */
  readonly step: number
  /** Multiplies the learning rate from there on. */
  readonly rate?: number
  /** The momentum from there on. */
  readonly momentum?: number
}

/** An optimizer whose learning rate and momentum change at a step; those without a momentum to schedule keep theirs. */
export function changed(optimizer: Optimizer, { step: from, rate: factor = 1, momentum: after }: Change): Optimizer {
  const rate = courseOf('learningRate', optimizer.learningRate)
  const learningRate = (step: number) => rate(step) * (step < from ? 1 : factor)
  if (after === undefined || !('momentum' in optimizer && optimizer.momentum)) return { ...optimizer, learningRate }
  const momentum = courseOf('momentum', optimizer.momentum)
  return { ...optimizer, learningRate, momentum: (step) => (step < from ? momentum(step) : after) }
}

/** Muon as it walks: it moves the point, a matrix of one row, and leaves nothing to another optimizer. */
const walking = (optimizer: Optimizer): Optimizer =>
  optimizer.type === 'muon' ? { ...optimizer, match: /^x$/, others: sgd({ learningRate: 1 }) } : optimizer

const shapeOf = ({ type }: Optimizer, variables: number) => (type === 'muon' ? [1, variables] : [variables])

/**
 * The path by `minimize`, as far as numbers go.
 *
 * @throws {RavineError} what `minimize` refuses, but for ERR_RAVINE_DIVERGED
 */
export function pathOf({ f }: Surface, start: readonly number[], optimizer: Optimizer, steps: number): Path {
  try {
    const { path, values } = minimized(
      f,
      start,
      { optimizer: walking(optimizer), steps },
      shapeOf(optimizer, start.length),
    )
    return { points: path, values, diverged: false }
  } catch (error) {
    if (!(error instanceof RavineError) || error.code !== 'ERR_RAVINE_DIVERGED' || !error.cause) throw error
    const { path, values } = error.cause as Minimum
    return { points: path, values, diverged: true }
  }
}

/** The step that follows point `at` of a path taken apart, by making all steps again, the last once more with a gradient of zero. */
export function partsOf({ f }: Surface, { points }: Path, optimizer: Optimizer, at: number): Parts {
  const slopeAt = (point: Float64Array) => slopeOf(f, point)
  const before = points.slice(0, at).map(slopeAt)
  const here = slopeAt(points[at])
  const whole = last(points[0], optimizer, before, here)
  const flat = last(points[0], optimizer, before, { ...here, gradient: here.gradient.map(() => 0) })
  const [step, carried] = [whole, flat].map(({ moved }) => moved)
  return { step, carried, pushed: step.map((part, i) => part - carried[i]), states: flat.states }
}

function slopeOf(f: Surface['f'], point: Float64Array): Slope {
  const { value, gradient } = f(point)
  return { value, gradient: Float64Array.from(gradient), valueAt: (other) => f(other).value }
}

/** What the last of some steps moves, and the states before it. */
function last(start: Float64Array, optimizer: Optimizer, before: readonly Slope[], slope: Slope) {
  const run = walking(optimizer)
  const [x, own] = [start.slice(), statesFor(run, start.length)]
  const descend = descentOf('lab', run, x, before.length + 1, own, shapeOf(run, start.length))
  for (const step of before) descend(step)
  const [from, states] = [x.slice(), own.map((state) => state.slice())]
  descend(slope)
  const names = statesOf(run)
  return {
    moved: x.map((to, i) => to - from[i]),
    states: Object.fromEntries(names.map((name, i) => [name, states[i]])),
  }
}
