import { describe, expect, test } from 'vitest'
import type { TrainJob } from '../src/backend.js'
import { type Dataset, dataset } from '../src/dataset.js'
import type { DatasetOptions } from '../src/datasetOptions.js'
import { chain } from '../src/graph.js'
import { initialise } from '../src/initialise.js'
import { dense } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { nativeEngine } from '../src/native.js'
import type { Optimizer } from '../src/optimizer.js'
import { type SgdOptions, sgd } from '../src/optimizers/sgd.js'
import type { Gradients } from '../src/parameters.js'
import { Philox } from '../src/random.js'
import { type SequentialOptions, sequential } from '../src/sequential.js'
import type { FloatArray } from '../src/spec.js'
import { expectSameBits, type Trace } from './bits.js'
import { expectClose } from './close.js'
import { ruleOf } from './rules.js'

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

const backends = ['native', 'reference'] as const
const choices = backends.flatMap((backend) => (['f32', 'f64'] as const).map((dtype) => [backend, dtype] as const))

const INPUTS = 11
const EXAMPLES = 13

/** Features of which each is not zero with a probability. */
function bytes(density: number): Uint8Array {
  const random = new Philox(1, 0)
  const byte = () => (random.unit() < density ? 1 + random.below(255) : 0)
  return Uint8Array.from({ length: EXAMPLES * INPUTS }, byte)
}

const random = new Philox(2, 0)
const numbers = (length: number) => Float64Array.from({ length }, () => 2 * random.unit() - 1)
const labels = Array.from({ length: EXAMPLES }, (_, i) => (i * 5) % 3)
const normalize = { mean: 0.3, std: 0.4 }

/** Raw batches of each kind of features and answers. */
const batches: Readonly<Record<string, Omit<DatasetOptions, 'inputs'>>> = {
  'numbers and targets': { features: numbers(EXAMPLES * INPUTS), targets: numbers(EXAMPLES * 3) },
  'normalised numbers and labels': { features: numbers(EXAMPLES * INPUTS), labels, normalize },
  'folded bytes': { features: bytes(0.9), labels, normalize },
  'folded bytes that are mostly zero': { features: bytes(0.15), labels, normalize },
}
const given = Object.entries(batches)

const datasetOf = (batch: Omit<DatasetOptions, 'inputs'>): Dataset =>
  dataset({ ...batch, inputs: INPUTS, ...(batch.labels ? { classes: 3 } : { outputs: 3 }) })

/** A layer wider than a panel, one without a bias. */
const net = (options: Partial<SequentialOptions> = {}): Model =>
  sequential({ inputs: INPUTS, seed: 4, ...options }, [
    dense(37, 'tanh'),
    dense(6, 'sigmoid', { bias: false }),
    dense(3),
  ])

/** Parameters and velocities. */
function stateOf(model: Model): Trace {
  const state = new Map<string, FloatArray>()
  for (const [name, { data }] of model.parameters()) state.set(name, data)
  for (const [name, { data }] of model.velocities()) state.set(`velocity of ${name}`, data)
  return state
}

/** What a call throws; it changes nothing. */
function refused(model: Model, call: () => unknown): unknown {
  const before = stateOf(model)
  try {
    call()
  } catch (error) {
    expectSameBits(stateOf(model), before)
    return error
  }
  return undefined
}

describe.each(backends)('gradients, %s', (backend) => {
  test('of a line, as worked out by hand', () => {
    const model = sequential({ inputs: 1, dtype: 'f64', backend }, [dense(1)])
    model.setParameters({ '0.weight': [0.5], '0.bias': [0] })
    // y = 1, δ = 2(1 − 3) = −4
    const batch = { features: new Float64Array([2]), targets: new Float64Array([3]) }
    const gradients = model.gradients(batch, { loss: 'meanSquaredError' })
    expect(gradients).toEqual({ '0.weight': new Float64Array([-8]), '0.bias': new Float64Array([-4]) })
  })

  test('have the names and shapes of the parameters, and the type of the model', () => {
    const model = net({ backend })
    const gradients = model.gradients(batches['folded bytes'])
    const shapes = Object.entries(gradients).map(([name, values]) => [name, values.constructor, values.length])
    const expected = Array.from(model.parameters(), ([name, { data }]) => [name, Float32Array, data.length])
    expect(shapes).toEqual(expected)
  })

  test.each(given)('are the slopes of the loss: %s', async (_, batch) => {
    const [model, data, h] = [net({ backend, dtype: 'f64' }), datasetOf(batch), 1e-5]
    const gradients = model.gradients(batch)
    for (const [name, { data: start }] of model.parameters()) {
      // Every one of few, some of many.
      const places = [...start.keys()].filter((place) => start.length < 30 || place % 37 === 0)
      const slopes: number[] = []
      for (const place of places) {
        const lossAt = async (shift: number) => {
          model.setParameters({ [name]: start.map((value, i) => (i === place ? value + shift : value)) })
          return (await model.evaluate(data)).loss
        }
        slopes.push(((await lossAt(h)) - (await lossAt(-h))) / (2 * h))
      }
      model.setParameters({ [name]: start })
      expectClose(
        places.map((place) => gradients[name][place]),
        slopes,
        { absolute: 1e-9 },
      )
    }
  })

  test('change nothing', () => {
    const [model, batch] = [net({ backend }), batches['folded bytes']]
    model.step(batch, { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) })
    const before = stateOf(model)
    const first = model.gradients(batch)
    expectSameBits(stateOf(model), before)
    expect(model.gradients(datasetOf(batch), { threads: 2 })).toEqual(first)
  })

  test('can be had between two epochs of a fit', async () => {
    const [model, data] = [net({ backend }), datasetOf(batches['folded bytes'])]
    const seen: Gradients[] = []
    const onEpoch = () => seen.push(model.gradients(data))
    await model.fit(data, { optimizer: sgd({ learningRate: 0.1 }), epochs: 2, onEpoch })
    expect(seen[1]).toEqual(model.gradients(data))
    expect(seen[0]).not.toEqual(seen[1])
  })

  test('of a loss that is not finite are refused', () => {
    const model = net({ backend, dtype: 'f64' })
    const targets = new Float64Array(EXAMPLES * 3).fill(1e200)
    const error = refused(model, () => model.gradients({ ...batches['numbers and targets'], targets }))
    expect(error).toEqual(
      refusal('ERR_RAVINE_DIVERGED', /^gradients: expected a finite loss but received Infinity; try/),
    )
  })

  test.each<[string, object, object, string, RegExp]>([
    ['an unknown option', {}, { los: 'crossEntropy' }, 'ERR_RAVINE_HYPERPARAMETER', /^gradients: .* mean 'loss'/],
    ['an optimizer', {}, { optimizer: {} }, 'ERR_RAVINE_HYPERPARAMETER', /among loss, threads/],
    ['another loss', {}, { loss: 'meanSquaredError' }, 'ERR_RAVINE_HYPERPARAMETER', /a dataset of targets with loss/],
    ['no answers', { labels: undefined }, {}, 'ERR_RAVINE_DATA', /labels or targets/],
    ['too few answers', { labels: [1] }, {}, 'ERR_RAVINE_SHAPE', /labels/],
    ['what is no part of a batch', { label: 1 }, {}, 'ERR_RAVINE_HYPERPARAMETER', /^gradients: .* mean 'labels'/],
  ])('refuse %s', (_, others, options, code, message) => {
    const model = net({ backend })
    const error = refused(model, () => model.gradients({ ...batches['folded bytes'], ...others }, options))
    expect(error).toEqual(refusal(code, message))
  })
})

const kinds: readonly Partial<SgdOptions>[] = [
  { momentum: 0 },
  { nesterov: true },
  { dampening: 0.5, weightDecay: 0.01 },
  { form: 'velocity', nesterov: true, weightDecay: 0.01, decoupled: true },
  { form: 'ema', biasCorrection: true, nesterov: true, weightDecay: 0.1 },
]
const optimizers = kinds.map((kind) => sgd({ learningRate: 0.05, momentum: 0.9, ...kind }))

describe.each(choices)('gradients, then apply, %s, %s', (backend, dtype) => {
  test.each(given)('are a step, one after another and by one kind after another: %s', (_, batch) => {
    const [stepped, applied] = [1, 2].map(() => net({ backend, dtype }))
    for (const optimizer of optimizers) {
      for (const form of [batch, datasetOf(batch)]) {
        stepped.step(form, { optimizer, threads: 1 })
        applied.apply(applied.gradients(form, { threads: 2 }), optimizer)
        expectSameBits(stateOf(applied), stateOf(stepped))
      }
    }
  })
})

/** What a job of the addon does in a step, as a profile names it; a layer of so many inputs. */
async function operations(inputs: number, fused?: boolean): Promise<Set<string>> {
  const spec = chain(inputs, 'f32', [dense(1)])
  const engine = nativeEngine(spec, initialise(spec, 1))
  const data = engine.dataset({ features: new Float32Array(inputs).fill(1), targets: Float32Array.of(2), examples: 1 })
  const update = ruleOf(sgd({ learningRate: 0.1 }), spec)
  const rest = { epochs: 1, firstEpoch: 0, shuffle: false, seed: 0, threads: 1, logEvery: 0, profile: true }
  const job: TrainJob = { loss: 'meanSquaredError', update, batchSize: 1, fused, ...rest }
  const { profile } = await engine.train(data, job, () => {})
  return new Set(profile.map(({ operation }) => operation))
}

test('a job writes gradients only where it is asked to', async () => {
  const written = ['weight gradient 0', 'bias gradient 0', 'momentum of weight 0', 'momentum of bias 0']
  for (const inputs of [1, 300]) expect([...(await operations(inputs, false))]).toEqual(expect.arrayContaining(written))
  for (const fused of [undefined, true]) {
    const named = await operations(300, fused)
    expect(named).toContain('weight update 0')
    expect(written.filter((name) => named.has(name))).toEqual([])
    expect(await operations(1, fused)).toContain('small step')
  }
})

describe.each(backends)('apply, %s', (backend) => {
  const batch = batches['folded bytes']
  const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })

  test('takes a map, and gradients of any making', () => {
    const model = sequential({ inputs: 1, backend }, [dense(1)])
    model.setParameters({ '0.weight': [0.5], '0.bias': [1] })
    const [weight, bias] = [2, -4].map((value) => Float32Array.of(value))
    model.apply(new Map(Object.entries({ '0.bias': bias, '0.weight': weight })), sgd({ learningRate: 0.125 }))
    expect(model.parameters().get('0.weight')?.data).toEqual(Float32Array.of(0.25))
    expect(model.parameters().get('0.bias')?.data).toEqual(Float32Array.of(1.5))
    expect(model.velocities().get('0.bias')?.data).toEqual(bias)
  })

  test('the mean of the gradients of two halves is that of the whole', () => {
    const [model, data] = [net({ backend, dtype: 'f64' }), datasetOf(batch).take(12)]
    const [first, second] = Array.from(data.batches(6), (half) => model.gradients(half))
    for (const [name, whole] of Object.entries(model.gradients(data))) {
      const mean = first[name].map((value, i) => (value + second[name][i]) / 2)
      expectClose(mean, whole, { absolute: 1e-15 })
    }
  })

  test('learns the normalisation, as a step does', async () => {
    const [stepped, applied] = [1, 2].map(() => net({ backend }))
    const raw = { ...batch, normalize: undefined }
    for (const form of [batch, raw]) {
      stepped.step(form, { optimizer })
      applied.apply(applied.gradients(form), optimizer)
    }
    expect(await applied.predict(batch.features)).toEqual(await stepped.predict(batch.features))
    const other = { ...batch, normalize: { mean: 0, std: 1 } }
    applied.gradients(other)
    expect(await applied.predict(batch.features)).toEqual(await stepped.predict(batch.features))
  })

  test('forgets what gradients were taken of before something else was learnt', async () => {
    const [model, twin] = [1, 2].map(() => net({ backend }))
    const gradients = model.gradients({ ...batch, normalize: { mean: 0, std: 1 } })
    for (const one of [model, twin]) {
      one.step(batch, { optimizer })
      one.apply(gradients, optimizer)
    }
    expect(await model.predict(batch.features)).toEqual(await twin.predict(batch.features))
  })

  const wide = new Float32Array(18)

  test.each<[string, (gradients: Gradients) => unknown, string, RegExp]>([
    [
      'an unknown name',
      (all) => ({ ...all, '1.weight': wide }),
      'HYPERPARAMETER',
      /names among 0.weight, .* '1.weight'/,
    ],
    [
      'a missing name',
      ({ '4.bias': _, ...others }) => others,
      'HYPERPARAMETER',
      /a gradient of 4.bias but .* undefined/,
    ],
    ['nothing', () => ({}), 'HYPERPARAMETER', /a gradient of 0.weight but received undefined/],
    ['arrays without names', (all) => Object.values(all), 'HYPERPARAMETER', /an object of gradients by name .* of 5/],
    ['no gradients', () => undefined, 'HYPERPARAMETER', /an object of gradients by name .* received undefined/],
    [
      'a wrong length',
      (all) => ({ ...all, '4.bias': wide }),
      'SHAPE',
      /4.bias of shape \[3\] \(3 elements\) .* 18 elements/,
    ],
    [
      'another type',
      (all) => ({ ...all, '4.weight': new Float64Array(18) }),
      'DATA',
      /4.weight to be a Float32Array as the model is but received Float64Array\(18\)/,
    ],
    [
      'another type everywhere',
      (all) => Object.fromEntries(Object.entries(all).map(([name, values]) => [name, Float64Array.from(values)])),
      'DATA',
      /0.weight to be a Float32Array as the model is/,
    ],
    [
      'plain numbers',
      (all) => ({ ...all, '4.bias': [1, 2, 3] }),
      'DATA',
      /4.bias to be a Float32Array or a Float64Array/,
    ],
    [
      'shared memory',
      (all) => ({ ...all, '4.weight': new Float32Array(new SharedArrayBuffer(72)) }),
      'DATA',
      /4.weight over memory of one thread/,
    ],
  ])('refuses %s', (_, spoil, code, message) => {
    const model = net({ backend })
    const spoilt = spoil(model.gradients(batch)) as Gradients
    const error = refused(model, () => model.apply(spoilt, optimizer))
    expect(error).toEqual(refusal(`ERR_RAVINE_${code}`, message))
    expect(error).toEqual(refusal(`ERR_RAVINE_${code}`, /^apply: expected /))
  })

  test.each<[string, unknown, RegExp]>([
    ['no optimizer', undefined, /^apply: expected optimizer to be sgd\(\{ … \}\) or another but received undefined/],
    ['a spoilt optimizer', { type: 'sgd' }, /learningRate/],
  ])('refuses %s', (_, spoilt, message) => {
    const model = net({ backend })
    const gradients = model.gradients(batch)
    const error = refused(model, () => model.apply(gradients, spoilt as Optimizer))
    expect(error).toEqual(refusal('ERR_RAVINE_HYPERPARAMETER', message))
  })

  test('that is refused counts no step and keeps the kind of momentum', () => {
    const [model, twin] = [1, 2].map(() => net({ backend }))
    const corrected = sgd({ learningRate: 0.1, momentum: 0.9, form: 'ema', biasCorrection: true })
    for (const one of [model, twin]) one.apply(one.gradients(batch), corrected)
    const spoilt = { ...model.gradients(batch), '4.bias': wide }
    expect(() => model.apply(spoilt, optimizer)).toThrow()
    for (const one of [model, twin]) one.step(batch, { optimizer: corrected })
    expectSameBits(stateOf(model), stateOf(twin))
  })
})
