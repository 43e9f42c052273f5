import { descentOf } from './descent.js'
import { dataError, describe, type ErrorCode, hyperparameterError, RavineError } from './errors.js'
import { checkOptimizer, type Optimizer } from './optimizer.js'
import { anything, checkOptions, flag, notNegative, wholeNumber } from './options.js'

/** What a function of one's own says of a point: its value there, and the gradient [variables]. */
export interface ValueAndGradient {
  readonly value: number
  readonly gradient: ArrayLike<number>
}

/** A function of any number of variables. The x that it is given is a copy, which it may keep or change. */
export type Differentiable = (x: Float64Array) => ValueAndGradient

export interface MinimizeOptions {
  /** Of its schedules `reduceOnPlateau` takes each value for the loss of an epoch. */
  readonly optimizer: Optimizer
  /** How many at most; 1000 by default. */
  readonly steps?: number
  /** The run ends where the gradient, √(Σ gᵢ²), is no longer than this; 0 by default. */
  readonly tolerance?: number
  /** Whether to keep every point on the way; true by default. */
  readonly path?: boolean
}

export interface Minimum {
  /** The last point. */
  readonly x: Float64Array
  /** f(x) */
  readonly value: number
  /** How many were made. */
  readonly steps: number
  /** Whether the gradient came down to the tolerance. */
  readonly converged: boolean
  /** Every point from the start to x; x alone without `path`. */
  readonly path: readonly Float64Array[]
  /** f at each point of `path`. */
  readonly values: readonly number[]
}

const WHERE = 'minimize'
const rules = { optimizer: anything, steps: wholeNumber, tolerance: notNegative, path: flag }

/**
 * min f(x), x from `start` by the steps of an optimizer, in f64, until the gradient is short enough or there were enough steps.
 *
 * ```ts
 * const bowl = ([x, y]) => ({ value: x * x + 10 * y * y, gradient: [2 * x, 20 * y] })
 * const { x, path } = minimize(bowl, [3, 1], { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }), tolerance: 1e-8 })
 * ```
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER and ERR_RAVINE_DATA of what is given; of what f returns, with the step in its
 * sentence, ERR_RAVINE_DATA, ERR_RAVINE_SHAPE, and ERR_RAVINE_DIVERGED where it is not finite. Then `cause` is the `Minimum` so far.
 */
export function minimize(f: Differentiable, start: ArrayLike<number>, options: MinimizeOptions): Minimum {
  return minimized(f, start, options)
}

/** The same where x is a parameter of another shape than [variables]. */
export function minimized(
  f: Differentiable,
  start: ArrayLike<number>,
  options: MinimizeOptions,
  shape?: readonly number[],
): Minimum {
  if (typeof f !== 'function') throw hyperparameterError(WHERE, 'a function of x', f)
  options = checkOptions(WHERE, options, rules)
  const { steps = 1000, tolerance = 0, path = true } = options
  const x = startOf(start)
  const descend = descentOf(WHERE, checkOptimizer(WHERE, options.optimizer), x, steps, undefined, shape)
  const way = new Way(path)
  for (;;) {
    const { value, gradient } = evaluated(f, x, way)
    way.reach(x, value)
    const converged = norm(gradient) <= tolerance
    if (converged || way.steps >= steps) return way.end(converged)
    descend({ value, gradient, valueAt: (point) => evaluated(f, point, way).value })
  }
}

/** How far a run has come. */
class Way {
  steps = -1
  readonly #whole: boolean
  readonly #points: Float64Array[] = []
  readonly #values: number[] = []

  constructor(whole: boolean) {
    this.#whole = whole
  }

  reach(x: Float64Array, value: number): void {
    this.steps += 1
    if (!this.#whole) this.#points.length = this.#values.length = 0
    this.#points.push(x.slice())
    this.#values.push(value)
  }

  end(converged: boolean): Minimum {
    const [path, values] = [this.#points, this.#values]
    const last = path.length - 1
    return { x: path[last].slice(), value: values[last], steps: this.steps, converged, path, values }
  }

  /** The error of what f returned for the point that comes next. */
  error(code: ErrorCode, expected: string, received: string): RavineError {
    const sentence = `${WHERE}: expected ${expected} at step ${this.steps + 1} but received ${received}`
    if (this.steps < 0) return new RavineError(code, sentence)
    const cause = this.end(false)
    return new RavineError(code, `${sentence}; x of step ${this.steps} is kept in the cause of this error`, { cause })
  }
}

/** A copy. */
function startOf(start: ArrayLike<number>): Float64Array {
  if (!isList(start)) throw dataError(WHERE, 'start to be an array of numbers', start)
  if (start.length === 0) throw dataError(WHERE, 'start to have a number or more', start)
  const strange = Array.from(start).findIndex((value) => !Number.isFinite(value))
  if (strange >= 0) throw dataError(WHERE, `start[${strange}] to be a finite number`, start[strange])
  return new Float64Array(start)
}

/** f of a copy of x, as a copy. */
function evaluated(f: Differentiable, x: Float64Array, way: Way): { value: number; gradient: Float64Array } {
  const { value, gradient } = Object(f(x.slice())) as Partial<ValueAndGradient>
  if (typeof value !== 'number') throw way.error('ERR_RAVINE_DATA', 'f to return a number as value', describe(value))
  if (!isList(gradient)) {
    throw way.error('ERR_RAVINE_DATA', 'f to return an array of numbers as gradient', describe(gradient))
  }
  if (gradient.length !== x.length) {
    throw way.error('ERR_RAVINE_SHAPE', `gradient of shape [${x.length}]`, `${gradient.length} elements`)
  }
  if (!Number.isFinite(value)) throw way.error('ERR_RAVINE_DIVERGED', 'value to be finite', String(value))
  const strange = Array.from(gradient).findIndex((slope) => !Number.isFinite(slope))
  if (strange < 0) return { value, gradient: new Float64Array(gradient) }
  throw way.error('ERR_RAVINE_DIVERGED', `gradient[${strange}] to be finite`, describe(gradient[strange]))
}

/** Whatever realm an array comes from; this file runs in browsers too, where node:util is not. */
const isList = (value: unknown): value is ArrayLike<number> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && /^Float(32|64)Array$/.test(tagOf(value)))

const tagOf = (view: ArrayBufferView) => String((view as Float64Array)[Symbol.toStringTag])

const norm = (gradient: Float64Array) => Math.sqrt(gradient.reduce((sum, slope) => sum + slope * slope, 0))
