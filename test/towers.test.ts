import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataset } from '../src/dataset.js'
import { dot, embedding } from '../src/layers.js'
import { load } from '../src/load.js'
import type { Model } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import { Philox } from '../src/random.js'
import { type BackendName, graph } from '../src/sequential.js'
import { uniform } from './lessons.js'

const backends: readonly BackendName[] = ['native', 'reference']

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code: `ERR_RAVINE_${code}`, message: expect.stringMatching(message) })

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ravine-towers-'))
})

afterAll(() => rmSync(directory, { recursive: true }))

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

  test('keep their names through parts of a dataset, and through a file', async () => {
    const { features, targets } = ratings(12, 10)
    const data = dataset({ features, targets, inputs: { user: 1, film: 1 } })
    const { train } = data.take(100).split({ test: 0.25 })
    expect([train.widths, train.examples]).toEqual([{ user: 1, film: 1 }, 75])
    const model = graph(
      { inputs: { user: 1, film: 1 }, seed: 1, backend },
      { u: [embedding(12, 4), 'user'], f: [embedding(10, 4), 'film'], rating: [dot(), 'u', 'f'] },
    )
    await model.fit(train, { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), validation: data })
    const path = join(directory, `${backend}.safetensors`)
    await model.save(path)
    const other = await load(path, { backend })
    expect(other.spec).toEqual(model.spec)
    expect(await other.predict(features)).toEqual(await model.predict(features))
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
