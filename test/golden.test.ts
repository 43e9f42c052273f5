import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { dataset } from '../src/dataset.js'
import { dense } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { type MomentumOptions, type SgdOptions, sgd } from '../src/optimizers/sgd.js'
import type { Primitives } from '../src/primitives.js'
import { type BackendName, sequential } from '../src/sequential.js'
import type { Activation, Loss } from '../src/spec.js'
import { backends } from './backends.js'
import { expectClose } from './close.js'

/** One row of numbers a step. */
type Rows = readonly (readonly number[])[]

interface SgdCase {
  readonly library: string
  readonly options: MomentumOptions
  readonly parameters: Rows
  readonly velocities: Rows | null
}

interface NetworkCase {
  readonly inputs: number
  readonly layers: readonly (readonly [outputs: number, activation: Activation])[]
  readonly loss: Loss
  readonly optimizer: SgdOptions
  readonly features: Rows
  readonly labels?: readonly number[]
  readonly targets?: Rows
  readonly start: Readonly<Record<string, Rows>>
  readonly gradients: Readonly<Record<string, Rows>>
  readonly losses: readonly number[]
  readonly parameters: Readonly<Record<string, Rows>>
}

const golden = (name: string) => JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'))
const sgdRuns: { readonly start: number[]; readonly gradients: Rows; readonly cases: SgdCase[] } = golden('sgd')
const networkRuns: { readonly cases: NetworkCase[] } = golden('network')

const names: readonly BackendName[] = ['native', 'reference']
const rounding = { relative: 1e-13, absolute: 1e-13 }

/** Only what a case does not leave to its default, for the name of its test. */
const said = (options: MomentumOptions) =>
  JSON.stringify(Object.fromEntries(Object.entries(options).filter(([, value]) => value)))

/** θ and v after each step, from v = 0; the gradient may be of θ, and the options of the step (from 1). */
function walk(
  { momentumStep }: Primitives,
  start: readonly number[],
  steps: number,
  gradient: (parameter: Float64Array, step: number) => readonly number[],
  options: (step: number) => MomentumOptions,
): { parameters: number[][]; velocities: number[][] } {
  const [parameter, velocity] = [Float64Array.from(start), new Float64Array(start.length)]
  const [parameters, velocities]: number[][][] = [[], []]
  for (let step = 1; step <= steps; step++) {
    momentumStep(parameter, Float64Array.from(gradient(parameter, step)), velocity, { step, ...options(step) })
    parameters.push([...parameter])
    velocities.push([...velocity])
  }
  return { parameters, velocities }
}

const walkGolden = (primitives: Primitives, options: (step: number) => MomentumOptions) =>
  walk(primitives, sgdRuns.start, sgdRuns.gradients.length, (_, step) => sgdRuns.gradients[step - 1], options)

describe.each(backends)('momentumStep, %s', (_, primitives) => {
  test.each(sgdRuns.cases.map((run) => [run.library, said(run.options), run] as const))('steps as %s %s', (...args) => {
    const [, , { options, parameters, velocities }] = args
    const path = walkGolden(primitives, () => options)
    expectClose(path.parameters.flat(), parameters.flat(), rounding)
    if (velocities) expectClose(path.velocities.flat(), velocities.flat(), rounding)
  })

  test.each(['heavyBall', 'velocity'] as const)('rolls the heavy ball on f(x) = x², %s', (form) => {
    const options = { learningRate: 0.1, momentum: 0.9, form }
    const gradient = ([x]: Float64Array) => [2 * x]
    const { parameters } = walk(primitives, [2], 6, gradient, () => options)
    expectClose(parameters.flat(), [1.6, 0.92, 0.124, -0.6172, -1.16084, -1.417948], rounding)
  })

  test('dampens as PyTorch, from the second step on', () => {
    // v: g₁ = 2, then 0.5·2 + 0.75·4 = 4, then 0.5·4 + 0.75·(−8) = −4; θ = 1 − 0.25·(2, 4, −4).
    const options = { learningRate: 0.25, momentum: 0.5, dampening: 0.25 }
    const { parameters, velocities } = walk(
      primitives,
      [1],
      3,
      (_, step) => [[2, 4, -8][step - 1]],
      () => options,
    )
    expect(velocities.flat()).toEqual([2, 4, -4])
    expect(parameters.flat()).toEqual([0.5, -0.5, 0.5])
  })
})

describe.each(backends)('the forms, %s', (_, primitives) => {
  const momentum = 0.9
  const constant = () => 0.1
  const dropped = (step: number) => (step < 4 ? 0.1 : 0.01)
  const times = (rows: Rows, factor: number) => rows.flat().map((value) => factor * value)

  describe.each([
    ['plain', {}],
    ['nesterov', { nesterov: true }],
    ['weight decay', { weightDecay: 0.01 }],
  ])('%s', (_, more) => {
    const heavyBall = (rate: (step: number) => number) =>
      walkGolden(primitives, (step) => ({ learningRate: rate(step), momentum, ...more }))
    const velocity = (rate: (step: number) => number) =>
      walkGolden(primitives, (step) => ({ learningRate: rate(step), momentum, form: 'velocity', ...more }))
    const ema = (rate: (step: number) => number) =>
      walkGolden(primitives, (step) => ({
        learningRate: rate(step) / (1 - momentum),
        momentum,
        form: 'ema',
        ...more,
      }))

    test.each([
      ['constant', constant],
      ['dropping', dropped],
    ])('ema at η/(1 − μ) is the heavy ball at η, %s', (_, rate) => {
      const [ball, average] = [heavyBall(rate), ema(rate)]
      expectClose(average.parameters.flat(), ball.parameters.flat(), rounding)
      expectClose(average.velocities.flat(), times(ball.velocities, 1 - momentum), rounding)
    })

    test('velocity is the heavy ball at a constant η', () => {
      const [ball, classical] = [heavyBall(constant), velocity(constant)]
      expectClose(classical.parameters.flat(), ball.parameters.flat(), rounding)
      expectClose(classical.velocities.flat(), times(ball.velocities, constant()), rounding)
    })

    test('velocity goes on at the old η for a while once η drops', () => {
      const [ball, classical] = [heavyBall(dropped), velocity(dropped)]
      expectClose(classical.parameters.slice(0, 3).flat(), ball.parameters.slice(0, 3).flat(), rounding)
      const before = classical.parameters[2]
      const moved = ({ parameters }: { parameters: number[][] }) => Math.abs(parameters[3][0] - before[0])
      expect(moved(classical)).toBeGreaterThan(5 * moved(ball))
    })
  })
})

describe.each(names)('a network as in PyTorch, %s', (backend) => {
  const cases = networkRuns.cases.map((run) => [run.layers.map((layer) => layer.join(' ')).join(', '), run] as const)

  const flat = (values: Readonly<Record<string, Rows>>) => Object.values(values).flat(2)

  /** The model with the parameters that PyTorch started from; the order of the parameters is one, their numbers are not. */
  function started({ inputs, layers, start }: NetworkCase): Model {
    const stack = layers.map(([outputs, activation]) => dense(outputs, activation))
    const model = sequential({ inputs, dtype: 'f64', backend }, stack)
    const values = Object.values(start)
    model.setParameters(new Map([...model.parameters().keys()].map((name, i) => [name, values[i].flat()])))
    return model
  }

  const numbers = (values: ReturnType<Model['parameters']>) => [...values.values()].flatMap(({ data }) => [...data])

  const batchOf = ({ features, labels, targets }: NetworkCase) => ({
    features: Float64Array.from(features.flat()),
    ...(labels ? { labels } : { targets: Float64Array.from((targets ?? []).flat()) }),
  })

  test.each(cases)('has its losses and parameters: %s', (_, run) => {
    const [model, optimizer] = [started(run), sgd(run.optimizer)]
    const losses = run.losses.map(() => model.step(batchOf(run), { loss: run.loss, optimizer }).loss)
    expectClose(losses, run.losses, rounding)
    expectClose(numbers(model.parameters()), flat(run.parameters), rounding)
  })

  test.each(cases)('has its gradients: %s', (_, run) => {
    const model = started(run)
    model.step(batchOf(run), { loss: run.loss, optimizer: sgd({ learningRate: 1 }) })
    // Without momentum the velocity is the gradient.
    expectClose(numbers(model.velocities()), flat(run.gradients), rounding)
    expectClose(
      numbers(model.parameters()),
      flat(run.start).map((value, i) => value - flat(run.gradients)[i]),
      rounding,
    )
  })
})

describe('the regression of five points', () => {
  const [x, y] = [Float64Array.of(1, 2, 3, 4, 5), Float64Array.of(2, 3, 5, 7, 11)]
  const options: MomentumOptions = { learningRate: 0.01, momentum: 0.9, form: 'ema' }
  const [weight, bias, loss] = [2.187038866934316, -0.9532061970876305, 0.5603985564276327]
  const tolerance = { relative: 1e-12 }

  test.each(names)('comes to the taught numbers by fit, %s', async (backend) => {
    const model = sequential({ inputs: 1, dtype: 'f64', backend }, [dense(1)])
    model.setParameters({ '0.weight': [0], '0.bias': [0] })
    const data = dataset({ features: x, targets: y, inputs: 1 })
    await model.fit(data, { optimizer: sgd(options), epochs: 1000, batchSize: 5, shuffle: false })
    const parameters = model.parameters()
    expectClose(parameters.get('0.weight')!.data, [weight], tolerance)
    expectClose(parameters.get('0.bias')!.data, [bias], tolerance)
    expectClose((await model.evaluate(data)).loss, loss, tolerance)
  })

  test.each(backends)('comes to the taught numbers by momentumStep, %s', (_, primitives) => {
    const error = ([w, b]: ArrayLike<number> & Iterable<number>) => Array.from(x, (value, i) => y[i] - (w * value + b))
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    const gradient = (parameter: Float64Array) => {
      const errors = error(parameter)
      return [-2 * mean(errors.map((e, i) => x[i] * e)), -2 * mean(errors)]
    }
    const last = walk(primitives, [0, 0], 1000, gradient, () => options).parameters[999]
    expectClose([...last, mean(error(last).map((e) => e * e))], [weight, bias, loss], tolerance)
  })
})
