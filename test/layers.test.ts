import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chain, graphOf } from '../src/graph.js'
import { initialise } from '../src/initialise.js'
import {
  activation,
  add,
  batchNorm,
  dense,
  dot,
  dropout,
  embedding,
  flatten,
  type Layer,
  layerNorm,
} from '../src/layers.js'
import { load } from '../src/load.js'
import type { Model } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import { type BackendName, sequential } from '../src/sequential.js'
import { parametersOf } from '../src/spec.js'
import { engines, examples } from './lessons.js'

const backends: readonly BackendName[] = ['native', 'reference']

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code: `ERR_RAVINE_${code}`, message: expect.stringMatching(message) })

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ravine-layers-'))
})

afterAll(() => rmSync(directory, { recursive: true }))

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
    const path = join(directory, `${backend}.safetensors`)
    await first.save(path)
    const second = await load(path, { backend: backend === 'native' ? 'reference' : 'native' })
    for (const model of [whole, second]) model.step(data, { optimizer })
    expect(second.parameters()).toEqual(whole.parameters())
    expect(JSON.parse(JSON.stringify(second))).toEqual(second.spec)
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
