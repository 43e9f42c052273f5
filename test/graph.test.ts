import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Engine } from '../src/backend.js'
import { dataset } from '../src/dataset.js'
import { chain, graphOf, type NodeOptions } from '../src/graph.js'
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
import { lowered } from '../src/lowered.js'
import { updateRule } from '../src/optimizer.js'
import { sgd } from '../src/optimizers/sgd.js'
import { Philox } from '../src/random.js'
import type { BackendName } from '../src/sequential.js'
import { type Activation, activations, type Dtype, type FloatArray, type GraphSpec, parametersOf } from '../src/spec.js'
import { expectSameBits, type Trace } from './bits.js'
import { expectClose } from './close.js'
import { engineData, engineOf, examples, type Lesson, lesson, lessons, uniform } from './lessons.js'

// The reference is slow, and slower beside other tests.
vi.setConfig({ testTimeout: 120_000 })

const backends: readonly BackendName[] = ['native', 'reference']
const THREADS = [1, 2, 3, 7]
const data = examples(5, 0, 2, 13)
const given = Object.entries(lessons)

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
  for (const batch of (lesson.sizes ?? [5, 7]).flatMap((size) => [...data.batches(size)])) {
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

  test('batches of more rows than a tile, down to one, and a table of more', () => {
    const spec = graphOf({ x: 3, ids: 2 }, dtype, {
      e: [embedding(2500, 9), 'ids'],
      n: [layerNorm(), 'e'],
      h: [dense(18, 'gelu'), 'x'],
      d: [dot(), 'n', 'h'],
      k: [dropout(0.5), 'h'],
      j: [concat(), 'd', 'k', 'x'],
      b: [batchNorm(), 'j'],
      o: [dense(2), 'b'],
    })
    return crossCheck({ spec, data: examples(3, 2, 2, 51, 2500), sizes: [50, 17] }, [1, 2, 7])
  })

  test('a normalisation that no dense layer alone can take', () => {
    const spec = graphOf({ x: 40 }, dtype, { a: [dense(7, 'relu'), 'x'], b: [concat(), 'x', 'a'], c: [dense(2), 'b'] })
    const random = new Philox(6, 0)
    const features = Uint8Array.from({ length: 40 * 30 }, () => Math.max(0, random.below(1000) - 745))
    const data = dataset({
      features,
      targets: uniform(random, 60),
      inputs: 40,
      outputs: 2,
      normalize: { mean: 0.1, std: 0.3 },
    })
    return crossCheck({ spec, data, sizes: [7] }, [1, 3])
  })
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

test('an activation right behind a dense layer is a part of it, if its output tells the derivative', () => {
  const ops = (...layers: Layer[]) => lowered(chain(3, 'f32', layers)).map(({ op, activation }) => [op, activation])
  expect(ops(dense(2), activation('relu'), dense(1, 'tanh'), activation('elu'))).toEqual([
    ['dense', 'relu'],
    ['dense', 'tanh'],
    ['activation', 'elu'],
  ])
  expect(ops(dense(2, 'gelu'), dense(2), activation('silu'))).toEqual([
    ['dense', 'linear'],
    ['activation', 'gelu'],
    ['dense', 'linear'],
    ['activation', 'silu'],
  ])
  const read = graphOf({ x: 1 }, 'f32', { a: [dense(1), 'x'], b: [activation('tanh'), 'a'], c: [add(), 'a', 'b'] })
  expect(lowered(read).map(({ op, reads }) => [op, reads])).toEqual([
    ['dense', [0]],
    ['activation', [1]],
    ['add', [1, 2]],
  ])
})

test.each(backends)('written apart or in one, a dense layer and its activation have the same bits, %s', (backend) => {
  const apart = engineOf(backend, { spec: chain(5, 'f32', [dense(9), activation('tanh'), dense(2)]), data })
  const one = engineOf(backend, { spec: chain(5, 'f32', [dense(9, 'tanh'), dense(2)]), data })
  const gradients = [apart, one].map((engine) =>
    engine.gradients(engine.dataset(engineData(data)), 'meanSquaredError', 1),
  )
  expect(gradients[0]).toEqual(gradients[1])
})
