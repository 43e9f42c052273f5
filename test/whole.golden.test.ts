import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as ravine from '../src/index.js'
import type { Optimizer } from '../src/optimizer.js'
import type { BackendName } from '../src/sequential.js'
import { expectClose, type Tolerance } from './close.js'

// Optimizers that need all gradients whole, against the numbers of their papers' rules (golden/muon.py, restart.py).

type Rows = readonly number[][]

const golden = <C>(name: string): readonly C[] =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8')).cases

const backends: readonly BackendName[] = ['native', 'reference']

/** A model of one weight [outputs, inputs]. */
function modelOf(
  shape: readonly number[],
  start: readonly number[],
  backend: BackendName,
  dtype: ravine.Dtype = 'f64',
) {
  const [outputs, inputs] = shape
  const model = ravine.sequential({ inputs, dtype, backend }, [ravine.dense(outputs, 'linear', { bias: false })])
  model.setParameters({ '0.weight': start })
  return model
}

/** Weights and velocities after each of some gradients. */
function walk(model: ravine.Model, gradients: Rows, optimizer: Optimizer): { weights: Rows; velocities: Rows } {
  const [weights, velocities]: number[][][] = [[], []]
  const Floats = model.dtype === 'f32' ? Float32Array : Float64Array
  for (const gradient of gradients) {
    model.apply({ '0.weight': Floats.from(gradient) }, optimizer)
    weights.push([...model.parameters().get('0.weight')!.data])
    velocities.push([...model.velocities().get('0.weight')!.data])
  }
  return { weights, velocities }
}

const near = (found: Rows, expected: Rows, tolerance: Tolerance) =>
  expectClose(found.flat(), expected.flat(), tolerance)

interface MuonCase {
  readonly dtype: ravine.Dtype
  readonly shape: readonly number[]
  readonly options: ravine.MuonOptions
  readonly start: number[]
  readonly gradients: Rows
  readonly weights: Rows
  readonly velocities: Rows
}

describe.each(backends)('muon, %s', (backend) => {
  test.each(golden<MuonCase>('muon'))('takes the steps of the paper: $dtype $shape $options', (given) => {
    const { dtype, shape, options, start, gradients, weights, velocities } = given
    // The only weight is the last one, which has to be asked for.
    const optimizer = ravine.muon({ ...options, match: /weight/ })
    const found = walk(modelOf(shape, start, backend, dtype), gradients, optimizer)
    // Orders of summation differ.
    const tolerance = dtype === 'f64' ? { relative: 1e-13, absolute: 1e-14 } : { relative: 1e-6, absolute: 5e-7 }
    near(found.velocities, velocities, tolerance)
    near(found.weights, weights, tolerance)
  })
})

interface RestartCase {
  readonly function: 'quadratic' | 'logistic'
  readonly curvatures: number[]
  readonly options: { learningRate: number; momentum: number | null; restart: 'function' | 'gradient' | null }
  readonly start: number[]
  readonly restarts: number[]
  readonly parameters: Rows
}

describe.each(backends)('sgd with restart by gradient in a model, %s', (backend) => {
  const constant = golden<RestartCase>('restart').filter(
    ({ options }) => options.restart === 'gradient' && options.momentum !== null,
  )

  test('has cases with restarts', () => {
    expect(constant.flatMap(({ restarts }) => restarts).length).toBeGreaterThan(0)
  })

  test.each(constant)('takes the steps of the paper: $function, $options', ({ curvatures, options, ...given }) => {
    const model = modelOf([1, given.start.length], given.start, backend)
    const { learningRate, momentum } = options
    const optimizer = ravine.sgd({ learningRate, momentum: momentum!, nesterov: true, restart: 'gradient' })
    const slope = (x: number, i: number) => curvatures[i] * (given.function === 'quadratic' ? x : Math.tanh(x))
    const found = given.parameters.map(() => {
      const gradient = Float64Array.from(model.parameters().get('0.weight')!.data, slope)
      model.apply({ '0.weight': gradient }, optimizer)
      return [...model.parameters().get('0.weight')!.data]
    })
    near(found, given.parameters, { absolute: 1e-12 })
  })
})

describe.each(backends)('sgd with restart by function in a model, %s', (backend) => {
  const shape = [1, 5]
  const curvatures = [1, 10, 100, 1000, 10_000]
  // Mean of squares over five examples, each of which sees one weight: ½Σcw² with c = 2·x²/5.
  const features = new Float64Array(25)
  for (const [i, c] of curvatures.entries()) features[6 * i] = Math.sqrt(2.5 * c)
  const data = ravine.dataset({ features, targets: new Float64Array(5), inputs: 5 })

  /** Updates until the loss is 1e-8 of the first, the whole of the data in each. */
  async function stepsOf(options: Partial<ravine.SgdOptions>, most: number): Promise<number> {
    const optimizer = ravine.sgd({ learningRate: 1e-4, momentum: 0.9, nesterov: true, ...options })
    const model = modelOf(shape, [1, 1, 1, 1, 1], backend)
    const history = await model.fit(data, { optimizer, epochs: most, batchSize: 5 })
    return history.findIndex(({ loss }) => loss <= 1e-8 * history[0].loss)
  }

  test('comes to 1e-8 at condition number 10⁴ in a fifth of the steps of momentum 0.9', async () => {
    const constant = await stepsOf({}, 12_000)
    for (const restart of ['function', 'gradient'] as const) {
      const steps = await stepsOf({ momentum: (step) => step / (step + 3), restart }, 2500)
      expect(steps).toBeGreaterThan(0)
      expect(steps).toBeLessThanOrEqual(constant / 5)
    }
  })
})
