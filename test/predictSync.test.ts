import { describe, expect, test } from 'vitest'
import { dataset } from '../src/dataset.js'
import { activation, batchNorm, dense, dot, dropout, embedding } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import { Philox } from '../src/random.js'
import { type BackendName, graph, sequential } from '../src/sequential.js'
import { child } from './child.js'

const backends: BackendName[] = ['native', 'reference']
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

/** So many of each seven are zero. */
function numbers(length: number, zeros = 0): Float32Array {
  const random = new Philox(5, 0, 0)
  return Float32Array.from({ length }, (_, i) => (i % 7 < zeros ? 0 : random.unit() * 4 - 2))
}

describe.each(backends)('predictSync, %s,', (backend) => {
  const small = () => sequential({ inputs: 37, seed: 2, backend }, [dense(20, 'tanh'), dense(3)])

  test.each([
    ['nothing', 0, 0],
    ['one', 1, 0],
    ['one, mostly zero', 1, 6],
    ['a few', 9, 2],
    ['a few, mostly zero', 7, 5],
    ['more than a batch', 300, 5],
  ])('is predict to the bit: %s', async (_, examples, zeros) => {
    const model = small()
    const features = numbers(examples * 37, zeros)
    const bytes = Uint8Array.from(features, (number) => Math.abs(number * 60))
    for (const given of [features, Float64Array.from(features), bytes]) {
      expect(model.predictSync(given)).toEqual(await model.predict(given))
    }
  })

  test('normalises as the data learnt from were, bytes too, and is of the model’s type', async () => {
    for (const dtype of ['f32', 'f64'] as const) {
      const model = sequential({ inputs: 5, dtype, backend }, [
        dense(8),
        batchNorm(),
        activation('relu'),
        dropout(0.5),
        dense(2),
      ])
      const [features, labels] = [
        Uint8Array.from({ length: 60 }, (_, i) => (i * 37) % 256),
        Uint8Array.of(0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0),
      ]
      const data = dataset({ features, labels, inputs: 5, normalize: { mean: 0.4, std: 0.3 } })
      await model.fit(data, { optimizer: sgd({ learningRate: 0.1 }), epochs: 2 })
      for (const given of [features, Float32Array.from(features), data]) {
        expect(model.predictSync(given)).toEqual(await model.predict(given))
      }
    }
  })

  test('takes several inputs by name, and names of rows', async () => {
    const nodes = { u: [embedding(7, 4), 'user'], f: [embedding(9, 4), 'film'], rating: [dot(), 'u', 'f'] } as const
    const model = graph({ inputs: { user: 1, film: 1 }, backend }, nodes)
    const features = { user: Uint8Array.of(1, 6, 0), film: Uint16Array.of(8, 0, 3) }
    expect(model.predictSync(features)).toEqual(await model.predict(features))
    const none = { user: Uint8Array.of(7), film: Uint8Array.of(0) }
    expect(() => model.predictSync(none)).toThrow(refusal('ERR_RAVINE_DATA', /predictSync: .*\[0, 7\) but received 7/))
  })

  test('writes to out, and sees new parameters', async () => {
    const [model, out, features] = [small(), new Float32Array(6), numbers(2 * 37)]
    expect(model.predictSync(features, { out })).toBe(out)
    expect(out).toEqual(await model.predict(features))
    const before = out.slice()
    model.setParameters({ '2.bias': [1, 2, 3] })
    model.predictSync(features, { out, threads: 2 })
    expect(out).toEqual(await model.predict(features))
    expect(out).not.toEqual(before)
  })

  test.each<[string, string, RegExp, (model: Model) => unknown]>([
    ['no array', 'DATA', /a Float32Array/, (model) => model.predictSync([1, 2] as never)],
    [
      'a part of an example',
      'SHAPE',
      /length examples · 37 but received length 36/,
      (model) => model.predictSync(numbers(36)),
    ],
    ['entries', 'DATA', /typed array/, (model) => model.predictSync({ offsets: [0, 1], indices: [3] } as never)],
    [
      'an unknown option',
      'HYPERPARAMETER',
      /did you mean 'out'/,
      (model) => model.predictSync(numbers(37), { outt: 1 } as never),
    ],
    ['no threads', 'HYPERPARAMETER', /threads/, (model) => model.predictSync(numbers(37), { threads: 0 })],
    [
      'out of another size',
      'SHAPE',
      /out of shape \[1, 3\]/,
      (model) => model.predictSync(numbers(37), { out: new Float32Array(4) }),
    ],
    [
      'out of another type',
      'DATA',
      /out to be a Float32Array/,
      (model) => model.predictSync(numbers(37), { out: new Float64Array(3) }),
    ],
    ['null for out', 'DATA', /out/, (model) => model.predictSync(numbers(37), { out: null as never })],
    [
      'out within the features',
      'ALIAS',
      /out, which is written/,
      (model) => {
        const features = numbers(37)
        return model.predictSync(features, { out: features.subarray(5, 8) })
      },
    ],
  ])('refuses %s', (_, code, message, call) => {
    expect(() => call(small())).toThrow(refusal(`ERR_RAVINE_${code}`, message))
  })

  test('is refused while a run is in hand, answers between two epochs, and not after the end', async () => {
    const [model, features] = [small(), numbers(37)]
    const data = dataset({ features: numbers(37 * 6400), targets: numbers(3 * 6400), inputs: 37, outputs: 3 })
    const between: Float32Array[] = []
    const fit = model.fit(data, {
      optimizer: sgd({ learningRate: 0.01 }),
      epochs: 3,
      onEpoch: () => void between.push(model.predictSync(features) as Float32Array),
    })
    let refused: unknown
    while (refused === undefined && between.length < 3) {
      await new Promise(setImmediate)
      try {
        model.predictSync(features)
      } catch (error) {
        refused = error
      }
    }
    expect(refused).toEqual(refusal('ERR_RAVINE_HYPERPARAMETER', /^predictSync: expected no other run/))
    await fit
    expect(new Set(between.map(String)).size).toBe(3)
    expect(between[2]).toEqual(await model.predict(features))
    const last = model.predict(features)
    expect(() => model.predictSync(features)).toThrow(refusal('ERR_RAVINE_HYPERPARAMETER', /no other run/))
    await last
    model.dispose()
    expect(() => model.predictSync(features)).toThrow(refusal('ERR_RAVINE_DISPOSED', /predictSync/))
  })
})

const served = `
  import { dense, sequential } from 'ravine'
  const features = Float32Array.from({ length: 784 }, (_, i) => (i % 5 === 0 ? 0 : i / 784))
  const make = (seed) => sequential({ inputs: 784, seed }, [dense(256, 'relu'), dense(10)])
  const settle = async () => {
    for (let i = 0; i < 4; i++) {
      gc()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return process.memoryUsage()
  }`

describe('memory', () => {
  test('thousands of answers into one array take none', async () => {
    const script = `${served}
      const [model, options] = [make(1), { out: new Float32Array(10) }]
      const answers = (count) => { for (let i = 0; i < count; i++) model.predictSync(features, options) }
      answers(2000)
      const before = await settle()
      answers(20000)
      const inHand = process.memoryUsage().arrayBuffers
      const after = await settle()
      console.log(JSON.stringify({
        arrayBuffers: Math.max(inHand, after.arrayBuffers) - before.arrayBuffers,
        external: after.external - before.external,
        heap: after.heapUsed - before.heapUsed,
      }))`
    const { code, output } = await child(script, ['--expose-gc'])
    expect(code, output).toBe(0)
    const { arrayBuffers, external, heap } = JSON.parse(output)
    expect(arrayBuffers).toBeLessThanOrEqual(0)
    expect(external).toBeLessThan(1000)
    // Less than two bytes an answer: what V8 keeps of compiled code.
    expect(heap).toBeLessThan(40_000)
  })

  test('a hundred models serve side by side, each in the memory of its parameters and velocities', async () => {
    const script = `${served}
      make(0).predictSync(features)
      const before = (await settle()).rss
      const models = Array.from({ length: 100 }, (_, seed) => make(seed))
      const answers = () => models.map((model) => String(model.predictSync(features)))
      const [first, second] = [answers(), answers()]
      const grown = (await settle()).rss - before
      const parameters = 4 * (784 * 256 + 256 + 256 * 10 + 10) * models.length
      console.log(JSON.stringify({ ratio: grown / parameters, kinds: new Set(first).size, same: String(first) === String(second) }))`
    const { code, output } = await child(script, ['--expose-gc'])
    expect(code, output).toBe(0)
    const { ratio, kinds, same } = JSON.parse(output)
    expect([kinds, same]).toEqual([100, true])
    expect(ratio).toBeLessThan(2.5)
  })
})
