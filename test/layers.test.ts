import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Backend, Engine } from '../src/backend.js'
import { type Dataset, dataset } from '../src/dataset.js'
import { chain, graphOf, type NodeOptions } from '../src/graph.js'
import { initialise } from '../src/initialise.js'
import {
  activation,
  add,
  batchNorm,
  concat,
  dense,
  dot,
  dropout,
  embedding,
  flatten,
  type Layer,
  layerNorm,
} from '../src/layers.js'
import { type BackendName, graph, type Model, sequential } from '../src/model.js'
import { nativeEngine } from '../src/native.js'
import { updateRule } from '../src/optimizer.js'
import { sgd } from '../src/optimizers/sgd.js'
import { Philox } from '../src/random.js'
import { referenceEngine } from '../src/reference/engine.js'
import { type Activation, activations, type Dtype, type FloatArray, type GraphSpec, parametersOf } from '../src/spec.js'
import { expectSameBits, type Trace } from './bits.js'
import { expectClose } from './close.js'

// The reference is slow, and slower beside other tests.
vi.setConfig({ testTimeout: 120_000 })

const backends: readonly BackendName[] = ['native', 'reference']
const engines: Readonly<Record<BackendName, Backend>> = { native: nativeEngine, reference: referenceEngine }
const THREADS = [1, 2, 3, 7]

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code: `ERR_RAVINE_${code}`, message: expect.stringMatching(message) })

/** A graph, and data that it can learn from. */
interface Lesson {
  readonly spec: GraphSpec
  readonly data: Dataset
}

const uniform = (random: Philox, length: number) => Float64Array.from({ length }, () => 2 * random.unit() - 1)

/** Examples of some numbers, then ids below 5. */
function examples(numbers: number, ids: number, outputs: number, count: number, seed = 1): Dataset {
  const [random, inputs] = [new Philox(seed, 0), numbers + ids]
  const feature = (_: unknown, i: number) => (i % inputs < numbers ? 2 * random.unit() - 1 : random.below(5))
  const features = Float64Array.from({ length: count * inputs }, feature)
  return dataset({ features, targets: uniform(random, count * outputs), inputs, outputs })
}

const lesson = (
  inputs: Record<string, number>,
  dtype: Dtype,
  nodes: Record<string, NodeOptions>,
  count = 13,
): Lesson => {
  const spec = graphOf(inputs, dtype, nodes)
  const { x = 0, ids = 0 } = inputs
  return { spec, data: examples(x, ids, spec.nodes[spec.nodes.length - 1].outputs, count) }
}

const x = { x: 5 }
const head = dense(2, 'tanh')

/** Each kind of node between others; sizes around a panel's. */
const lessons: Readonly<Record<string, (dtype: Dtype) => Lesson>> = {
  ...Object.fromEntries(
    activations.map((name) => [
      `dense with ${name}`,
      (dtype: Dtype) => lesson(x, dtype, { a: [dense(37, name), 'x'], b: [dense(3, name), 'a'] }),
    ]),
  ),
  'activations by themselves': (dtype) =>
    lesson(x, dtype, {
      a: [dense(7), 'x'],
      b: [activation('gelu'), 'a'],
      c: [head, 'b'],
      d: [activation('relu'), 'c'],
    }),
  'layer norm': (dtype) => lesson(x, dtype, { a: [dense(35), 'x'], b: [layerNorm(), 'a'], c: [head, 'b'] }),
  'layer norm of features': (dtype) => lesson(x, dtype, { a: [layerNorm({ epsilon: 0.1 }), 'x'], b: [head, 'a'] }),
  'batch norm': (dtype) => lesson(x, dtype, { a: [dense(35), 'x'], b: [batchNorm(), 'a'], c: [head, 'b'] }),
  'batch norm at both ends': (dtype) =>
    lesson(x, dtype, { a: [batchNorm({ epsilon: 0.1, momentum: 0.5 }), 'x'], b: [head, 'a'], c: [batchNorm(), 'b'] }),
  dropout: (dtype) => lesson(x, dtype, { a: [dense(35, 'relu'), 'x'], b: [dropout(0.4), 'a'], c: [head, 'b'] }),
  'dropout of features': (dtype) => lesson(x, dtype, { a: [dropout(0.2), 'x'], b: [head, 'a'] }),
  embedding: (dtype) =>
    lesson({ ids: 3 }, dtype, { a: [embedding(5, 13), 'ids'], b: [flatten(), 'a'], c: [head, 'b'] }),
  'wide embedding': (dtype) => lesson({ ids: 2 }, dtype, { a: [embedding(5, 35), 'ids'], b: [head, 'a'] }),
  'embedding alone': (dtype) => lesson({ ids: 1 }, dtype, { a: [embedding(5, 3), 'ids'] }),
  residual: (dtype) =>
    lesson(x, dtype, {
      a: [dense(6, 'tanh'), 'x'],
      b: [dense(6, 'sigmoid'), 'a'],
      c: [add(), 'a', 'b', 'a'],
      d: [head, 'c'],
    }),
  concat: (dtype) =>
    lesson(x, dtype, {
      a: [dense(20, 'tanh'), 'x'],
      b: [dense(17, 'gelu'), 'x'],
      c: [concat(), 'x', 'a', 'b', 'a'],
      d: [head, 'c'],
    }),
  'dot of a value with itself': (dtype) =>
    lesson(x, dtype, {
      a: [dense(6, 'tanh'), 'x'],
      b: [dense(6), 'x'],
      c: [dot(), 'a', 'a'],
      d: [dot(), 'a', 'b'],
      e: [add(), 'c', 'd'],
    }),
  'two towers': (dtype) =>
    lesson({ x: 4, ids: 1 }, dtype, {
      u: [embedding(5, 8), 'ids'],
      v: [dense(8, 'relu'), 'x'],
      score: [dot(), 'u', 'v'],
    }),
  'all at once': (dtype) =>
    lesson({ x: 4, ids: 2 }, dtype, {
      e: [embedding(5, 9), 'ids'],
      n: [layerNorm(), 'e'],
      h: [dense(18, 'silu'), 'x'],
      s: [add(), 'n', 'h'],
      k: [dropout(0.3), 's'],
      j: [concat(), 'k', 'x', 'e'],
      m: [batchNorm(), 'j'],
      o: [dense(3), 'm'],
    }),
}
const given = Object.entries(lessons)

const engineOf = (backend: BackendName, { spec }: Lesson, seed = 3): Engine =>
  engines[backend](spec, initialise(spec, seed), seed)
const engineData = (data: Dataset) => ({ ...data, examples: data.examples, fold: data.fold() })

describe.each(backends)('gradients are the slopes of the loss, %s', (backend) => {
  test.each(given)('%s', (_, make) => {
    const lesson = make('f64')
    const engine = engineOf(backend, lesson)
    expectSlopes(engine, lesson)
    engine.dispose()
  })
})

/** Of the loss of the batch as it is learnt: what is dropped out is the same at every place. */
function expectSlopes(engine: Engine, { spec, data }: Lesson, absolute = 2e-8): void {
  const copy = engine.dataset(engineData(data))
  const start = engine.parameters()
  const { gradients } = engine.gradients(copy, 'meanSquaredError', 1)
  const h = 1e-5
  for (const [i, { statistic, name }] of parametersOf(spec).entries()) {
    if (statistic) {
      expect(gradients[i].every((g) => g === 0)).toBe(true)
      continue
    }
    const places = [...start[i].keys()].filter((place) => start[i].length < 12 || place % 17 === 0)
    const lossAt = (place: number, shift: number) => {
      const moved = start.map((values, k) => (k === i ? values.map((v, j) => (j === place ? v + shift : v)) : values))
      engine.setParameters(moved as FloatArray[])
      return engine.gradients(copy, 'meanSquaredError', 1).loss
    }
    const slopes = places.map((place) => (lossAt(place, h) - lossAt(place, -h)) / (2 * h))
    inContext(name, () =>
      expectClose(
        places.map((place) => gradients[i][place]),
        slopes,
        { absolute },
      ),
    )
  }
  engine.setParameters(start)
}

function inContext(context: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw new Error(`${context}: ${(error as Error).message}`, { cause: error })
  }
}

/** Loss, parameters and velocities step by step over batches of which the last is smaller, then what the network says. */
async function trace(backend: BackendName, lesson: Lesson, way: string, threads: number): Promise<Trace> {
  const { spec, data } = lesson
  const [engine, states] = [engineOf(backend, lesson), new Map<string, FloatArray>()]
  const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 })
  let step = 0
  for (const batch of [...data.batches(5), ...data.batches(7)]) {
    const update = updateRule('fit', optimizer, parametersOf(spec), ++step, 1)
    const copy = engine.dataset(engineData(batch))
    const rest = { epochs: 1, firstEpoch: 0, shuffle: false, seed: 0, logEvery: 0, threads, batchSize: batch.examples }
    const job = { loss: 'meanSquaredError', update, fused: way !== 'unfused', ...rest } as const
    const loss =
      way === 'step'
        ? engine.step(copy, job.loss, update, threads).loss
        : (await engine.train(copy, job, () => {})).losses[0]
    states.set(`step ${step}: loss`, Float64Array.of(loss))
    for (const [i, { name }] of parametersOf(spec).entries()) {
      states.set(`step ${step}: ${name}`, engine.parameters()[i])
      states.set(`step ${step}: velocity of ${name}`, engine.states()[0][i])
    }
  }
  const whole = engine.dataset(engineData(data))
  states.set('predictions', await engine.predict(whole, threads))
  states.set('evaluation', Float64Array.of((await engine.evaluate(whole, 'meanSquaredError', threads)).loss))
  engine.dispose()
  return states
}

async function crossCheck(lesson: Lesson, numbers = THREADS): Promise<void> {
  const expected = await trace('reference', lesson, 'step', 0)
  for (const values of expected.values()) expect(values.every(Number.isFinite)).toBe(true)
  for (const threads of numbers) {
    for (const way of ['step', 'train', 'unfused']) {
      const actual = await trace('native', lesson, way, threads)
      inContext(`${way}, ${threads} threads`, () => expectSameBits(actual, expected))
    }
  }
}

describe.each(['f32', 'f64'] as const)('every step has the bits of the reference, %s', (dtype) => {
  test.each(given)('%s', (_, make) => crossCheck(make(dtype)))
})

/** Layers that keep a width, and those that change it. */
const layer: fc.Arbitrary<Layer> = fc.oneof(
  fc
    .record({ outputs: fc.integer({ min: 1, max: 40 }), name: fc.constantFrom(...activations), bias: fc.boolean() })
    .map(({ outputs, name, bias }) => dense(outputs, name, { bias })),
  fc.constantFrom(...activations).map((name: Activation) => activation(name)),
  fc.constantFrom(dropout(0), dropout(0.25), layerNorm(), batchNorm(), flatten()),
)

/** A random graph: each node reads what a number chooses of the values before it; a dense layer joins them all at the end. */
const network = fc
  .record({
    layers: fc.array(fc.tuple(layer, fc.nat(), fc.constantFrom('', 'concat', 'add', 'dot')), {
      minLength: 1,
      maxLength: 6,
    }),
    dtype: fc.constantFrom<Dtype>('f32', 'f64'),
    embedded: fc.boolean(),
    seed: fc.nat(1000),
  })
  .map(({ layers, dtype, embedded, seed }) => {
    const nodes: Record<string, NodeOptions> = embedded ? { e: [embedding(5, 3), 'ids'] } : {}
    const names = embedded ? ['x', 'e'] : ['x']
    for (const [i, [layer, pick, join]] of layers.entries()) {
      const [read, name] = [names[pick % names.length], `n${i}`]
      nodes[name] = [layer, read]
      names.push(name)
      if (join === '') continue
      nodes[`j${i}`] = [
        join === 'concat' ? concat() : join === 'add' ? add() : dot(),
        name,
        join === 'concat' ? read : name,
      ]
      names.push(`j${i}`)
    }
    nodes.all = [concat(), ...names]
    if (names.length === 1) nodes.all = [flatten(), names[0]]
    nodes.out = [dense(2, 'tanh'), 'all']
    return { ...lesson(embedded ? { x: 3, ids: 1 } : { x: 3 }, dtype, nodes), seed }
  })

describe('random graphs', () => {
  test('have the bits of the reference', async () => {
    await fc.assert(
      fc.asyncProperty(network, (lesson) => crossCheck(lesson, [1, 3])),
      { numRuns: 12, seed: 42 },
    )
  })

  test.each(backends)('have gradients that are the slopes of the loss, %s', (backend) => {
    fc.assert(
      fc.property(network, ({ spec, data, seed }) => {
        // A step of a central difference must not cross the corner of an activation.
        const smooth = { ...spec, dtype: 'f64', nodes: spec.nodes.map(smoothed) } as GraphSpec
        const engine = engineOf(backend, { spec: smooth, data }, seed)
        expectSlopes(engine, { spec: smooth, data }, 1e-6)
        engine.dispose()
      }),
      { numRuns: 12, seed: 43 },
    )
  })
})

const smoothed = (node: GraphSpec['nodes'][number]) =>
  'activation' in node && ['relu', 'leakyRelu'].includes(node.activation) ? { ...node, activation: 'tanh' } : node

type Rows = readonly (readonly number[])[]

interface Golden {
  readonly inputs: number
  readonly layers: readonly (readonly [name: string, ...sizes: number[]])[]
  readonly optimizer: { readonly learningRate: number; readonly momentum: number }
  readonly batches: readonly { readonly features: Rows; readonly targets: Rows }[]
  readonly start: Readonly<Record<string, Rows>>
  readonly gradients: Readonly<Record<string, Rows>>
  readonly losses: readonly number[]
  readonly parameters: Readonly<Record<string, Rows>>
  readonly predictions: Rows
}

const golden: { readonly cases: readonly Golden[] } = JSON.parse(
  readFileSync(new URL('golden/layers.json', import.meta.url), 'utf8'),
)

function layerOf([name, ...sizes]: Golden['layers'][number]): Layer {
  if (name === 'dense') return dense(sizes[0])
  if (name === 'embedding') return embedding(sizes[0], sizes[1])
  const makers: Record<string, () => Layer> = { batchNorm, layerNorm, flatten }
  return makers[name]?.() ?? activation(name as Activation)
}

const flat = (rows: unknown) => (rows as number[]).flat(2) as number[]

describe.each(backends)('networks of PyTorch, %s', (backend) => {
  test.each(golden.cases.map((run) => [run.layers.flat().join(' '), run] as const))('%s', async (_, run) => {
    const model = sequential({ inputs: run.inputs, dtype: 'f64', backend }, run.layers.map(layerOf))
    model.setParameters(Object.fromEntries(Object.entries(run.start).map(([name, rows]) => [name, flat(rows)])))
    const batches = run.batches.map(({ features, targets }) => ({
      features: Float64Array.from(flat(features)),
      targets: Float64Array.from(flat(targets)),
    }))
    const close = { relative: 1e-12, absolute: 1e-13 }
    const gradients = model.gradients(batches[0])
    expect(Object.keys(gradients)).toEqual(Object.keys(run.gradients))
    for (const [name, rows] of Object.entries(run.gradients)) expectClose(gradients[name], flat(rows), close)
    const losses = run.losses.map((_, step) => model.step(batches[step % 2], { optimizer: sgd(run.optimizer) }).loss)
    expectClose(losses, run.losses, close)
    expect([...model.parameters().keys()]).toEqual(Object.keys(run.parameters))
    for (const [name, { data }] of model.parameters()) expectClose(data, flat(run.parameters[name]), close)
    for (const [i, { features }] of batches.entries()) {
      expectClose(await model.predict(features), flat(run.predictions[i]), close)
    }
  })
})

describe.each(backends)('what is drawn and what runs, %s', (backend) => {
  const net = () =>
    sequential({ inputs: 4, backend, seed: 2 }, [dense(50), batchNorm(), activation('relu'), dropout(0.5), dense(1)])
  const data = examples(4, 0, 1, 20)
  const optimizer = sgd({ learningRate: 0.01 })
  const statistics = (model: Model) =>
    [...model.parameters()].filter(([name]) => name.includes('running')).map(([, { data }]) => data)

  test('gradients, then apply, are a step but for running statistics, which only steps and fits move', () => {
    const [stepped, applied] = [net(), net()]
    const before = statistics(applied)
    for (let i = 0; i < 3; i++) {
      stepped.step(data, { optimizer })
      applied.apply(applied.gradients(data), optimizer)
    }
    expect(statistics(applied)).toEqual(before)
    expect(statistics(stepped)).not.toEqual(before)
    const weights = (model: Model) => [...model.parameters()].filter(([name]) => !name.includes('running'))
    expect(weights(applied)).toEqual(weights(stepped))
    expect([...applied.velocities().keys()]).toEqual(weights(applied).map(([name]) => name))
  })

  test('a step that diverges moves nothing', () => {
    const model = net()
    const before = model.parameters()
    const targets = new Float64Array(20).fill(1e200)
    expect(() => model.step({ features: data.features, targets }, { optimizer })).toThrow(/finite/)
    expect(model.parameters()).toEqual(before)
  })

  test('each update drops out others, each example and each node too; predictions drop out none', async () => {
    const model = sequential({ inputs: 64, backend }, [dropout(0.5), dense(1, 'linear', { bias: false })])
    const ones = { features: new Float32Array(128).fill(1), targets: new Float32Array(2) }
    model.setParameters({ '1.weight': new Float32Array(64).fill(1) })
    // y is twice what is kept of 64, δ = y, and the gradient of a weight is 2·(kept of each row)·y.
    const kept = () => Array.from(model.gradients(ones)['1.weight'])
    const first = kept()
    expect(kept()).toEqual(first)
    expect(new Set(first).size).toBe(4)
    model.step(ones, { optimizer: sgd({ learningRate: 1e-30 }) })
    expect(kept()).not.toEqual(first)
    expect(await model.predict(ones.features)).toEqual(Float32Array.of(64, 64))
  })

  test('dropout keeps the part that it says, and the mean', () => {
    const [rate, width, rows] = [0.3, 300, 40]
    const spec = graphOf({ x: width }, 'f64', {
      a: [dense(width, 'linear', { bias: false }), 'x'],
      b: [dropout(rate), 'a'],
    })
    const identity = Float64Array.from({ length: width * width }, (_, i) => Number(i % (width + 1) === 0))
    const engine = engines[backend](spec, [identity], 5)
    const ones = new Float64Array(rows * width).fill(1)
    // (y − 0)²/(rows·width) summed is kept/(1 − rate)²
    const found = engine.gradients(
      engine.dataset({ features: ones, targets: new Float64Array(rows * width), examples: rows }),
      'meanSquaredError',
      1,
    )
    expect(found.loss * (1 - rate) ** 2).toBeGreaterThan(1 - rate - 0.02)
    expect(found.loss * (1 - rate) ** 2).toBeLessThan(1 - rate + 0.02)
    engine.dispose()
  })

  test('what is saved goes on to the bit: the masks too', async () => {
    const [whole, first] = [net(), net()]
    for (const model of [whole, first]) model.step(data, { optimizer })
    const path = `${process.env.TMPDIR ?? '/tmp'}/ravine-layers-${process.pid}-${backend}.safetensors`
    await first.save(path)
    const { load } = await import('../src/load.js')
    const second = await load(path, { backend: backend === 'native' ? 'reference' : 'native' })
    for (const model of [whole, second]) model.step(data, { optimizer })
    expect(second.parameters()).toEqual(whole.parameters())
    expect(JSON.parse(JSON.stringify(second))).toEqual(second.spec)
  })
})

describe.each(backends)('two towers, %s', (backend) => {
  /** Ratings by vectors of rank 2 that the model is not told. */
  function ratings(users: number, films: number) {
    const random = new Philox(8, 0)
    const [u, f] = [uniform(random, 2 * users), uniform(random, 2 * films)]
    const pairs = Array.from({ length: users * films }, (_, i) => [Math.floor(i / films), i % films])
    return {
      features: { user: Uint32Array.from(pairs, ([user]) => user), film: Uint8Array.from(pairs, ([, film]) => film) },
      targets: Float32Array.from(
        pairs,
        ([user, film]) => u[2 * user] * f[2 * film] + u[2 * user + 1] * f[2 * film + 1],
      ),
    }
  }

  test('learn a matrix by its factors', async () => {
    const model = graph(
      { inputs: { user: 1, film: 1 }, seed: 1, backend },
      { u: [embedding(12, 4), 'user'], f: [embedding(10, 4), 'film'], rating: [dot(), 'u', 'f'] },
    )
    const { features, targets } = ratings(12, 10)
    const data = dataset({ features, targets, inputs: { user: 1, film: 1 } })
    await model.fit(data, { optimizer: sgd({ learningRate: 0.2, momentum: 0.9 }), epochs: 120, batchSize: 30 })
    expect((await model.evaluate(data)).loss).toBeLessThan(1e-3)
    expect([...model.parameters()].map(([name, { shape }]) => [name, shape])).toEqual([
      ['u.weight', [12, 4]],
      ['f.weight', [10, 4]],
    ])
    const all = await model.predict(features)
    expect(all).toHaveLength(120)
    expect(await model.predict(data.features)).toEqual(all)
    expect(await model.predict({ film: features.film.subarray(5, 6), user: features.user.subarray(5, 6) })).toEqual(
      all.subarray(5, 6),
    )
    expect(model.step({ features, targets }, { optimizer: sgd({ learningRate: 0.1 }) }).loss).toBeLessThan(1e-3)
  })

  const towers = () =>
    graph(
      { inputs: { user: 1, film: 1 }, backend },
      { u: [embedding(3, 2), 'user'], f: [embedding(4, 2), 'film'], r: [dot(), 'u', 'f'] },
    )
  const one = (user: number, film: number) => ({
    features: { user: Float32Array.of(0, user), film: Float32Array.of(0, film) },
    targets: Float32Array.of(1, 1),
  })
  const optimizer = sgd({ learningRate: 0.1 })

  test.each<[string, (model: Model) => unknown, string, RegExp]>([
    [
      'an id that is too large',
      (m) => m.step(one(3, 0), { optimizer }),
      'DATA',
      /^step: expected what 'u' reads to be whole numbers in \[0, 3\) but received 3 in example 1$/,
    ],
    ['half an id', (m) => m.gradients(one(0, 0.5)), 'DATA', /'f' reads .* 0.5 in example 1/],
    ['a negative id', (m) => m.step(one(0, -1), { optimizer }), 'DATA', /'f' reads .* -1 in example 1/],
    [
      'a normalisation of ids',
      (m) => m.step({ ...one(0, 0), normalize: { mean: 0, std: 1 } }, { optimizer }),
      'HYPERPARAMETER',
      /features of 'u' without normalize/,
    ],
    [
      'inputs of other lengths',
      (m) =>
        m.step(
          { features: { user: Float32Array.of(1), film: Float32Array.of(1, 2) }, targets: Float32Array.of(1) },
          { optimizer },
        ),
      'SHAPE',
      /features of film of length examples · 1 but received length 2/,
    ],
    [
      'an input more',
      (m) =>
        m.step(
          { features: { ...one(0, 0).features, year: Float32Array.of(1, 2) }, targets: Float32Array.of(1, 1) },
          { optimizer },
        ),
      'DATA',
      /features of user, film but received 'year'/,
    ],
  ])('refuse %s', (_, call, code, message) => {
    const model = towers()
    const before = model.parameters()
    expect(() => call(model)).toThrow(refusal(code, message))
    expect(model.parameters()).toEqual(before)
  })

  test('refuse data of other inputs, before a fit begins', async () => {
    const data = dataset({
      features: { film: Float32Array.of(1), user: Float32Array.of(1) },
      targets: Float32Array.of(1),
      inputs: { film: 1, user: 1 },
    })
    const refused = refusal('SHAPE', /a dataset of inputs {"user":1,"film":1} but received {"film":1,"user":1}/)
    await expect(Promise.resolve(towers().fit(data, { optimizer }))).rejects.toEqual(refused)
  })
})

describe('layers', () => {
  test.each<[Layer, object]>([
    [activation('gelu'), { type: 'activation', activation: 'gelu' }],
    [dropout(0.5), { type: 'dropout', rate: 0.5 }],
    [layerNorm(), { type: 'layerNorm', epsilon: 1e-5 }],
    [batchNorm(), { type: 'batchNorm', epsilon: 1e-5, momentum: 0.1 }],
    [embedding(7, 3), { type: 'embedding', count: 7, width: 3 }],
    [dot(), { type: 'dot' }],
  ])('are plain frozen data: %o', (layer, expected) => {
    expect(layer).toEqual(expected)
    expect(Object.isFrozen(layer)).toBe(true)
  })

  test.each<[string, () => unknown, RegExp]>([
    ['an unknown activation', () => activation('swish' as 'silu'), /^activation: expected name to be one of 'linear'/],
    ['dropout of all', () => dropout(1), /^dropout: expected rate to be a number in \[0, 1\) but received 1/],
    ['no epsilon', () => layerNorm({ epsilon: 0 }), /^layerNorm: expected epsilon to be a number > 0/],
    [
      'a momentum above 1',
      () => batchNorm({ momentum: 1.1 }),
      /^batchNorm: expected momentum to be a number in \[0, 1\]/,
    ],
    ['a table without rows', () => embedding(0, 3), /^embedding: expected count to be a whole number ≥ 1/],
    ['a table of half a column', () => embedding(3, 0.5), /^embedding: expected width/],
    ['a chain with a sum', () => chain(3, 'f32', [add()]), /layer 0 to read one value, not several but received 'add'/],
    ['a spoilt layer in a chain', () => chain(3, 'f32', [{ ...dropout(0.5), rate: 2 }]), /rate/],
    [
      'more in a layer',
      () => chain(3, 'f32', [{ ...flatten(), start: 1 } as Layer]),
      /flatten: expected options among/,
    ],
    [
      'an embedding that does not read features',
      () => chain(3, 'f32', [dense(2), embedding(3, 3)]),
      /node '1', embedding, to read features/,
    ],
    ['more ids than f32 has', () => chain(1, 'f32', [embedding(2 ** 24 + 1, 1)]), /at most 2²⁴ in f32/],
    ['a graph without nodes', () => graphOf({ x: 1 }, 'f32', {}), /nodes, an object with one name or more/],
    [
      'a graph without inputs',
      () => graphOf({}, 'f32', { a: [flatten(), 'x'] }),
      /inputs, an object with one name or more/,
    ],
    [
      'an input of no width',
      () => graphOf({ x: 0 }, 'f32', { a: [flatten(), 'x'] }),
      /input 'x' to be a whole number ≥ 1/,
    ],
    [
      'a name of digits',
      () => graphOf({ x: 1 }, 'f32', { 1: [flatten(), 'x'] }),
      /nodes with names of letters, digits and _ but received '1'/,
    ],
    [
      'a name that is an input',
      () => graphOf({ x: 1 }, 'f32', { x: [flatten(), 'x'] }),
      /names of their own but received 'x'/,
    ],
    [
      'a node that is no list',
      () => graphOf({ x: 1 }, 'f32', { a: flatten() as never }),
      /node 'a' to be \[layer, ...names\]/,
    ],
    [
      'what does not stand before',
      () => graphOf({ x: 1 }, 'f32', { a: [flatten(), 'b'], b: [flatten(), 'x'] }),
      /node 'a', flatten, to read among x but received 'b'/,
    ],
    [
      'two for one',
      () => graphOf({ x: 1 }, 'f32', { a: [dense(1), 'x', 'x'] }),
      /node 'a', dense, to read one name but received 2/,
    ],
    ['one for two', () => graphOf({ x: 1 }, 'f32', { a: [dot(), 'x'] }), /to read two names but received 1/],
    [
      'a node that nobody reads',
      () => graphOf({ x: 1 }, 'f32', { a: [flatten(), 'x'], b: [dense(1), 'x'] }),
      /that are read, but for the last, but received 'a'/,
    ],
  ])('refuse %s', (_, call, message) => expect(call).toThrow(refusal('HYPERPARAMETER', message)))

  test('refuse widths that do not go together', () => {
    const call = () => graphOf({ x: 1, y: 2 }, 'f32', { a: [add(), 'x', 'y'] })
    expect(call).toThrow(refusal('SHAPE', /node 'a', add, to read values of one width but received widths 1, 2/))
  })

  test('have the names of PyTorch, and none where they have no parameters', () => {
    const spec = chain(3, 'f32', [dense(4, 'relu'), batchNorm(), dropout(0.1), dense(2)])
    expect(parametersOf(spec).map(({ name }) => name)).toEqual([
      ...['0.weight', '0.bias', '2.weight', '2.bias', '2.running_mean', '2.running_var', '4.weight', '4.bias'],
    ])
  })

  test('embeddings start at N(0, 1), normalisations at 1 and 0', () => {
    const table = Float64Array.from(initialise(chain(1, 'f64', [embedding(100, 50)]), 4)[0])
    const mean = table.reduce((sum, x) => sum + x, 0) / table.length
    const variance = table.reduce((sum, x) => sum + x * x, 0) / table.length
    expect([Math.abs(mean) < 0.05, Math.abs(variance - 1) < 0.07]).toEqual([true, true])
    expect(initialise(chain(2, 'f32', [batchNorm()]), 4)).toEqual(
      [
        [1, 1],
        [0, 0],
        [0, 0],
        [1, 1],
      ].map((row) => Float32Array.from(row)),
    )
  })
})
