import { describe, expect, test } from 'vitest'
import { RavineError } from '../src/errors.js'
import { dense } from '../src/layers.js'
import { type Differentiable, type MinimizeOptions, type Minimum, minimize } from '../src/minimize.js'
import type { Optimizer } from '../src/optimizer.js'
import { adadelta } from '../src/optimizers/adadelta.js'
import { adagrad } from '../src/optimizers/adagrad.js'
import { adam } from '../src/optimizers/adam.js'
import { adamW } from '../src/optimizers/adamW.js'
import { aggMo } from '../src/optimizers/aggMo.js'
import { amsgrad } from '../src/optimizers/amsgrad.js'
import { lion } from '../src/optimizers/lion.js'
import { nadam } from '../src/optimizers/nadam.js'
import { qhm } from '../src/optimizers/qhm.js'
import { radam } from '../src/optimizers/radam.js'
import { rmsprop } from '../src/optimizers/rmsprop.js'
import { type SgdOptions, sgd } from '../src/optimizers/sgd.js'
import { cosine } from '../src/schedules/cosine.js'
import { exponential } from '../src/schedules/exponential.js'
import { reduceOnPlateau } from '../src/schedules/reduceOnPlateau.js'
import { sequential } from '../src/sequential.js'
import { backends } from './backends.js'
import { expectClose } from './close.js'
import { beale, himmelblau, ravineOf, rosenbrock, type Trial } from './functions.js'

const trials: [name: string, Trial][] = [
  ['Rosenbrock', rosenbrock],
  ['Beale', beale],
  ['Himmelblau', himmelblau],
  ['a ravine', ravineOf(1, 10_000)],
]

const ball = sgd({ learningRate: 0.1, momentum: 0.5 })
const square: Differentiable = ([x]) => ({ value: x * x, gradient: [2 * x] })

describe('the functions that are tried', () => {
  test.each(trials)('%s has its gradient, and none where it is least', (_, { f, start, minima }) => {
    const h = 1e-6
    const at = start.map((x, i) => x + 0.3 * (i + 1))
    const moved = (i: number, by: number) => Float64Array.from(at, (x, j) => x + (i === j ? by : 0))
    const differences = at.map((_, i) => (f(moved(i, h)).value - f(moved(i, -h)).value) / (2 * h))
    expectClose(f(Float64Array.from(at)).gradient, differences, { relative: 1e-6, absolute: 1e-6 })
    for (const minimum of minima) {
      const { value, gradient } = f(Float64Array.from(minimum))
      expectClose([value, ...Array.from(gradient)], [0, ...at.map(() => 0)], { absolute: 1e-12 })
    }
  })
})

describe('minimize', () => {
  const optimizers: SgdOptions[] = [
    { learningRate: 1e-4, momentum: 0.99 },
    { learningRate: 1e-4, momentum: 0.99, nesterov: true },
    { learningRate: 1e-4, momentum: 0.99, form: 'velocity' },
    { learningRate: 1e-2, momentum: 0.99, form: 'ema', nesterov: true },
  ]

  describe.each(trials)('%s', (_, { f, start, minima }) => {
    test.each(optimizers)('comes to rest where it is least: %o', (options) => {
      const found = minimize(f, start, { optimizer: sgd(options), steps: 50_000, tolerance: 1e-9 })
      expect(found.converged).toBe(true)
      expect(found.steps).toBeLessThan(50_000)
      const distances = minima.map((minimum) => Math.hypot(...minimum.map((x, i) => x - found.x[i])))
      expect(Math.min(...distances)).toBeLessThan(1e-8)
    })
  })

  test('a heavy ball rolls down a parabola as taught', () => {
    const { path, values, x, value, steps, converged } = minimize(square, [2], {
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
      steps: 6,
    })
    const taught = [2, 1.6, 0.92, 0.124, -0.6172, -1.16084, -1.417948]
    expectClose(
      path.map(([x]) => x),
      taught,
      { absolute: 1e-14 },
    )
    expect(values).toEqual(path.map(([x]) => x * x))
    expect([x, value, steps, converged]).toEqual([path[6], values[6], 6, false])
  })

  test.each(backends)('takes the steps of momentumStep of %s, to the bit', (_, ravine) => {
    for (const options of [
      { learningRate: 1e-4, momentum: 0.9, weightDecay: 0.1 },
      { learningRate: 1e-4, momentum: 0.9, nesterov: true, weightDecay: 0.1, decoupled: true },
      { learningRate: 1e-3, momentum: 0.9, form: 'ema', biasCorrection: true },
      { learningRate: 1e-3, momentum: 0.9, dampening: 0.5 },
    ] as const) {
      const { path } = minimize(rosenbrock.f, rosenbrock.start, { optimizer: sgd(options), steps: 50 })
      const [x, velocity] = [Float64Array.from(rosenbrock.start), new Float64Array(2)]
      for (let step = 1; step <= 50; step++) {
        ravine.momentumStep(x, Float64Array.from(rosenbrock.f(x).gradient), velocity, { ...options, step })
        expect(path[step]).toEqual(x)
      }
    }
  })

  describe.each<[name: string, optimizer: Optimizer]>([
    [
      'sgd, scheduled',
      sgd({ learningRate: cosine({ from: 1e-3, steps: 300 }), momentum: (step) => 0.9 - 0.4 / (step + 1) }),
    ],
    [
      'sgd, corrected',
      sgd({ learningRate: 1e-2, momentum: (step) => 1 - 1 / (step + 2), form: 'ema', biasCorrection: true }),
    ],
    ['qhm', qhm({ learningRate: 1e-2, beta: 0.99, nu: 0.7 })],
    ['aggMo', aggMo({ learningRate: 1e-3 })],
    ['adam', adam({ learningRate: 0.1 })],
    ['adamW', adamW({ learningRate: cosine({ from: 0.1, steps: 300 }) })],
    ['nadam', nadam({ learningRate: 0.1 })],
    ['amsgrad', amsgrad({ learningRate: 0.1 })],
    ['radam', radam({ learningRate: 0.1 })],
    ['rmsprop', rmsprop({ learningRate: 0.01, momentum: 0.9, centered: true })],
    ['adagrad', adagrad({ learningRate: 0.5 })],
    ['adadelta', adadelta({ learningRate: 10 })],
    ['lion', lion({ learningRate: exponential({ from: 0.1, factor: 0.98 }) })],
  ])('by %s', (_, optimizer) => {
    const { path, values, steps } = minimize(beale.f, [1, 0.3], { optimizer, steps: 300 })

    test('comes down', () => {
      expect(steps).toBe(300)
      expect(values[300]).toBeLessThan(values[0] / 10)
    })

    test.each(['native', 'reference'] as const)('takes the steps of a model of %s, to the bit', (backend) => {
      const model = sequential({ inputs: 2, dtype: 'f64', backend }, [dense(1, 'linear', { bias: false })])
      model.setParameters({ '0.weight': [1, 0.3] })
      for (const x of path) {
        expect(model.parameters().get('0.weight')?.data).toEqual(x)
        model.apply({ '0.weight': Float64Array.from(beale.f(x).gradient) }, optimizer)
      }
    })
  })

  test('takes a rate down where the values no longer fall', () => {
    const distance: Differentiable = ([x]) => ({ value: Math.abs(x), gradient: [Math.sign(x)] })
    const learningRate = reduceOnPlateau({ from: 1, factor: 0.5, patience: 2, monitor: 'loss' })
    // From side to side, until two values in a row are no better than the first: then half as far, to the middle.
    const { path, converged } = minimize(distance, [0.5], { optimizer: sgd({ learningRate }) })
    expect(path.map(([x]) => x)).toEqual([0.5, -0.5, 0.5, 0])
    expect(converged).toBe(true)
    const blind = sgd({ learningRate: reduceOnPlateau({ from: 1 }) })
    expect(() => minimize(distance, [0.5], { optimizer: blind })).toThrow(/monitor to be one of loss/)
  })

  test('ends at the first gradient within the tolerance, at the start perhaps', () => {
    const long = minimize(square, [1], { optimizer: ball, steps: 100 })
    const gradients = long.path.map(([x]) => Math.abs(2 * x))
    const { steps, converged, x } = minimize(square, [1], { optimizer: ball, steps: 100, tolerance: 1e-3 })
    expect(converged).toBe(true)
    expect(steps).toBe(gradients.findIndex((gradient) => gradient <= 1e-3))
    expect(x).toEqual(long.path[steps])
    expect(minimize(square, [0], { optimizer: ball })).toMatchObject({ steps: 0, converged: true, value: 0 })
  })

  test('makes no step where none is wanted', () => {
    const found = minimize(square, Float32Array.of(3), { optimizer: ball, steps: 0 })
    const start = Float64Array.of(3)
    expect(found).toEqual({ x: start, value: 9, steps: 0, converged: false, path: [start], values: [9] })
  })

  test('keeps the last point alone where the path is not wanted', () => {
    const whole = minimize(square, [3], { optimizer: ball, steps: 20 })
    const last = minimize(square, [3], { optimizer: ball, steps: 20, path: false })
    expect(last).toEqual({ ...whole, path: [whole.x], values: [whole.value] })
  })

  test('cannot be disturbed by what the function does with its arrays', () => {
    const gradient = new Float64Array(1)
    const kept: Float64Array[] = []
    const careless: Differentiable = (x) => {
      kept.push(x)
      for (const old of kept) old.fill(x[0])
      gradient[0] = 2 * x[0]
      const found = { value: x[0] ** 2, gradient }
      x[0] = Number.NaN
      return found
    }
    const start = [3]
    const expected = minimize(square, start, { optimizer: ball, steps: 20 })
    const found = minimize(careless, start, { optimizer: ball, steps: 20 })
    found.x[0] = 7
    expect(found.path).toEqual(expected.path)
    expect(start).toEqual([3])
  })

  test('takes many variables', () => {
    const n = 2_000
    const f: Differentiable = (x) => ({ value: x.reduce((sum, v) => sum + v * v, 0) / 2, gradient: x })
    const start = Float64Array.from({ length: n }, (_, i) => i)
    const { x } = minimize(f, start, { optimizer: sgd({ learningRate: 0.5 }), steps: 3, path: false })
    expect(x).toEqual(start.map((v) => v / 8))
  })
})

describe('minimize refuses', () => {
  const good: MinimizeOptions = { optimizer: ball }
  const refusal = (f: unknown, start: unknown, options: unknown) => {
    try {
      minimize(f as never, start as never, options as never)
    } catch (error) {
      return error
    }
    return undefined
  }

  test.each<[what: string, code: string, says: RegExp, f: unknown, start: unknown, options: unknown]>([
    ['no function', 'HYPERPARAMETER', /a function of x but received 3/, 3, [1], good],
    ['no options', 'HYPERPARAMETER', /an object of options/, square, [1], undefined],
    ['no optimizer', 'HYPERPARAMETER', /optimizer/, square, [1], {}],
    ['another optimizer', 'HYPERPARAMETER', /optimizer/, square, [1], { optimizer: 'sgd' }],
    ['half a step', 'HYPERPARAMETER', /steps to be a whole number ≥ 0/, square, [1], { ...good, steps: 1.5 }],
    ['tolerance NaN', 'HYPERPARAMETER', /tolerance to be/, square, [1], { ...good, tolerance: Number.NaN }],
    ['a typing error', 'HYPERPARAMETER', /did you mean 'tolerance'/, square, [1], { ...good, tolerence: 1 }],
    ['a start of nothing', 'DATA', /start to have a number or more/, square, [], good],
    ['a number as start', 'DATA', /start to be an array of numbers but received 1/, square, 1, good],
    ['a start that is not finite', 'DATA', /start\[1\] to be a finite number but received NaN/, square, [1, NaN], good],
  ])('%s', (_, code, says, f, start, options) => {
    const error = refusal(f, start, options)
    expect(error).toBeInstanceOf(RavineError)
    expect(error).toMatchObject({ code: `ERR_RAVINE_${code}`, message: expect.stringMatching(says) })
  })

  test.each<[what: string, code: string, says: RegExp, found: unknown]>([
    ['nothing', 'DATA', /f to return a number as value at step 3 but received undefined/, undefined],
    ['a number', 'DATA', /f to return a number as value at step 3/, 4],
    ['text as value', 'DATA', /a number as value at step 3 but received '1'/, { value: '1', gradient: [1] }],
    ['no gradient', 'DATA', /an array of numbers as gradient at step 3 but received undefined/, { value: 1 }],
    ['a number as gradient', 'DATA', /as gradient at step 3 but received 2/, { value: 1, gradient: 2 }],
    [
      'a longer gradient',
      'SHAPE',
      /gradient of shape \[1\] at step 3 but received 2 elements/,
      { value: 1, gradient: [1, 2] },
    ],
    ['NaN', 'DIVERGED', /value to be finite at step 3 but received NaN/, { value: NaN, gradient: [1] }],
    [
      'a gradient of ∞',
      'DIVERGED',
      /gradient\[0\] to be finite at step 3 but received Infinity/,
      { value: 1, gradient: [Infinity] },
    ],
    [
      'a gradient of text',
      'DIVERGED',
      /gradient\[0\] to be finite at step 3 but received '1'/,
      { value: 1, gradient: ['1'] },
    ],
  ])('%s of the function, and keeps what it found', (_, code, says, found) => {
    let calls = 0
    const error = refusal((x: Float64Array) => (calls++ === 3 ? found : square(x)), [1], good) as RavineError
    expect(error).toBeInstanceOf(RavineError)
    expect(error).toMatchObject({ code: `ERR_RAVINE_${code}`, message: expect.stringMatching(says) })
    expect(error.message).toMatch(/; x of step 2 is kept in the cause of this error$/)
    expect(error.cause as Minimum).toEqual(minimize(square, [1], { ...good, steps: 2 }))
  })

  test('what is wrong from the start, of which there is nothing to keep', () => {
    const error = refusal(() => ({ value: NaN, gradient: [0] }), [1], good) as RavineError
    expect(error.message).toBe('minimize: expected value to be finite at step 0 but received NaN')
    expect(error.cause).toBeUndefined()
  })

  test('nothing that the function throws itself', () => {
    const own = new TypeError('mine')
    const f = () => {
      throw own
    }
    expect(refusal(f, [1], good)).toBe(own)
  })
})
