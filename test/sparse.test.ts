import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dataset, dataset } from '../src/dataset.js'
import type { DenseFeatures } from '../src/features.js'
import { dense } from '../src/layers.js'
import type { Normalize } from '../src/normalize.js'
import { sgd } from '../src/optimizers/sgd.js'
import { sequential } from '../src/sequential.js'
import { isSparse, type SparseFeatures } from '../src/sparse.js'
import type { Activation, Dtype, FloatArray } from '../src/spec.js'
import { expectSameBits, type Trace } from './bits.js'
import { densely, entries, type Kind, kinds } from './entries.js'

const inputs = 5
const three = {
  offsets: [0, 2, 2, 5],
  indices: [1, 4, 0, 2, 3],
  values: Float32Array.of(1, 2, 3, 4, 5),
}
const labels = [0, 1, 1]
const data = dataset({ features: three, labels, inputs })

/** A dataset's features with their zeros, example by example. */
const rows = ({ features, inputs, examples }: Dataset) => {
  const all = isSparse(features) ? densely(features, inputs) : features
  return Array.from({ length: examples }, (_, i) => [...all.subarray(i * inputs, (i + 1) * inputs)])
}

describe('a dataset of entries', () => {
  it('keeps values, and copies offsets and indices from any list of whole numbers', () => {
    const lists = [
      (list: number[]) => list,
      (list: number[]) => Uint32Array.from(list),
      (list: number[]) => Int16Array.from(list),
      (list: number[]) => Float64Array.from(list),
    ]
    for (const list of lists) {
      const features = { ...three, offsets: list(three.offsets), indices: list(three.indices) }
      const held = dataset({ features, labels, inputs })
      expect(held).toMatchObject({ examples: 3, inputs, classes: 2 })
      expect(held.features).toEqual({
        offsets: Uint32Array.from(three.offsets),
        indices: Uint32Array.from(three.indices),
        values: three.values,
      })
      expect(held.features.values).toBe(three.values)
      expect(held.features.offsets).not.toBe(features.offsets)
      expect(held.features.indices).not.toBe(features.indices)
      expect(Object.isFrozen(held.features)).toBe(true)
    }
  })

  it('may go without values, and have examples without entries', () => {
    const held = dataset({ features: { offsets: [0, 0, 1, 1], indices: [4] }, labels, inputs })
    expect(rows(held)).toEqual([Array(5).fill(0), [0, 0, 0, 0, 1], Array(5).fill(0)])
    expect('values' in held.features).toBe(false)
    expect(dataset({ features: { offsets: [0, 0, 0, 0], indices: [] }, labels, inputs }).examples).toBe(3)
  })

  it('counts bytes in 255ths, and ones as floats', () => {
    const normalize = { mean: 0.25, std: 0.5 }
    const scale = (values?: Uint8Array | FloatArray) =>
      dataset({ features: { ...three, values }, labels, inputs, normalize }).fold()?.scale
    expect([new Uint8Array(5), new Float64Array(5), undefined].map(scale)).toEqual([1 / 127.5, 2, 2])
  })

  it('takes and batches views', () => {
    expect(rows(data.take(2))).toEqual(rows(data).slice(0, 2))
    expect(data.take(2).features.values?.buffer).toBe(three.values.buffer)
    const batches = [...data.batches(2)]
    expect(batches.map(({ examples }) => examples)).toEqual([2, 1])
    expect(batches.flatMap(rows)).toEqual(rows(data))
    expect(batches[1].features).toEqual({
      offsets: Uint32Array.of(0, 3),
      indices: Uint32Array.of(0, 2, 3),
      values: Float32Array.of(3, 4, 5),
    })
    expect(batches.every(({ features }) => Object.isFrozen(features))).toBe(true)
  })

  it('splits as the same features with their zeros do', () => {
    for (const kind of kinds) {
      const features = entries(kind, { examples: 31, inputs: 9, density: 0.3 })
      const answers = { targets: new Float32Array(31), inputs: 9 }
      const sparse = dataset({ features, ...answers }).split({ test: 0.4, seed: 6 })
      const whole = dataset({ features: densely(features, 9), ...answers }).split({ test: 0.4, seed: 6 })
      expect([rows(sparse.train), rows(sparse.test)]).toEqual([rows(whole.train), rows(whole.test)])
      expect(sparse.test.features.values?.constructor).toBe(features.values?.constructor)
    }
  })
})

describe('entries are refused', () => {
  const bad: readonly [code: string, sentence: string, features: object][] = [
    ['HYPERPARAMETER', 'offsets to be an array of whole numbers but received undefined', { indices: [] }],
    ['HYPERPARAMETER', 'indices to be an array of whole numbers but received undefined', { offsets: [0, 0] }],
    ['HYPERPARAMETER', 'indices to be an array of whole numbers', { ...three, indices: new BigUint64Array(5) }],
    ['HYPERPARAMETER', 'values to be a Uint8Array, a Float32Array or a', { ...three, values: [1, 2, 3, 4, 5] }],
    ['HYPERPARAMETER', "did you mean 'indices'", { ...three, indexes: [] }],
    ['DATA', 'offsets to begin with 0 but received an array of 0', { offsets: [], indices: [] }],
    ['DATA', 'offsets[0] to be 0 but received 1', { ...three, offsets: [1, 2, 2, 5] }],
    [
      'DATA',
      'offsets[2] (the end of example 1) to be a whole number in [2, 5] but received 1',
      { ...three, offsets: [0, 2, 1, 5] },
    ],
    ['DATA', 'offsets[1] (the end of example 0) to be', { ...three, offsets: [0, 1.5, 2, 5] }],
    ['DATA', 'offsets[1] (the end of example 0) to be', { ...three, offsets: [0, Number.NaN, 2, 5] }],
    ['DATA', 'offsets[1] (the end of example 0) to be', { ...three, offsets: [0, -1, 2, 5] }],
    ['DATA', 'offsets[1] (the end of example 0) to be', { ...three, offsets: [0, 2 ** 32, 2, 5] }],
    [
      'DATA',
      'offsets[3] (the end of example 2) to be a whole number in [2, 5] but received 6',
      { ...three, offsets: [0, 2, 2, 6] },
    ],
    [
      'SHAPE',
      'offsets that end with 5, the number of indices, but received offsets[3] of 4',
      { ...three, offsets: [0, 2, 2, 4] },
    ],
    ['SHAPE', 'values of length 5, that of indices, but received length 4', { ...three, values: new Uint8Array(4) }],
    [
      'DATA',
      'indices[1] (example 0, entry 1) to be a whole number in [2, 5), ascending in its example, but received 1',
      { ...three, indices: [1, 1, 0, 2, 3] },
    ],
    ['DATA', 'indices[3] (example 2, entry 1) to be', { ...three, indices: [1, 4, 3, 2, 4] }],
    ['DATA', 'indices[4] (example 2, entry 2) to be a whole number in [3, 5)', { ...three, indices: [1, 4, 0, 2, 5] }],
    ['DATA', 'indices[0] (example 0, entry 0) to be a whole number in [0, 5)', { ...three, indices: [-1, 4, 0, 2, 3] }],
    ['DATA', 'indices[0] (example 0, entry 0) to be', { ...three, indices: [0.5, 4, 0, 2, 3] }],
    ['DATA', 'indices[0] (example 0, entry 0) to be', { ...three, indices: [2 ** 32, 4, 0, 2, 3] }],
  ]

  const refusal = (call: () => unknown) => {
    try {
      call()
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      return `${code} ${message}`
    }
    return 'nothing'
  }

  it.each(bad)('with ERR_RAVINE_%s: %s', async (code, sentence, given) => {
    const features = given as SparseFeatures
    expect(refusal(() => dataset({ features, labels, inputs }))).toMatch(`ERR_RAVINE_${code} dataset`)
    expect(refusal(() => dataset({ features, labels, inputs }))).toContain(sentence)
    const model = sequential({ inputs, backend: 'reference' }, [dense(2)])
    const error = await model.predict(features).catch((error) => error)
    expect(`${error.code} ${error.message}`).toMatch(`ERR_RAVINE_${code} predict`)
    expect(error.message).toContain(sentence)
  })

  it('without examples, of other lengths than the answers, or with values that are not finite', () => {
    const none = { features: { offsets: [0], indices: [] }, labels: [], inputs }
    expect(refusal(() => dataset(none))).toContain('ERR_RAVINE_DATA dataset: expected at least one example')
    const short = { features: three, labels: [0, 1], inputs }
    expect(refusal(() => dataset(short))).toContain('ERR_RAVINE_SHAPE dataset: expected labels [examples] of length 3')
    const features = { ...three, values: Float64Array.of(1, 2, 3, Number.NaN, 5) }
    const sentence = 'dataset: expected values[3] (example 2, entry 1) to be a finite number but received NaN'
    expect(refusal(() => dataset({ features, labels, inputs }))).toBe(`ERR_RAVINE_DATA ${sentence}`)
  })
})

interface Case {
  readonly kind: Kind
  readonly examples: number
  readonly inputs: number
  readonly density: number
  readonly outputs: number
  readonly batchSize: number
  readonly activation: Activation
  readonly dtype: Dtype
  readonly bias: boolean
  readonly normalize?: Normalize
  readonly seed: number
}

const cases: fc.Arbitrary<Case> = fc.record({
  kind: fc.constantFrom(...kinds),
  examples: fc.integer({ min: 1, max: 20 }),
  inputs: fc.constantFrom(1, 2, 15, 16, 17, 31, 32, 33, 70),
  density: fc.constantFrom(0, 0.02, 0.1, 0.29, 0.5, 1),
  outputs: fc.constantFrom(1, 16, 33),
  batchSize: fc.constantFrom(1, 3, 8, 20),
  activation: fc.constantFrom('linear', 'relu', 'tanh'),
  dtype: fc.constantFrom('f32', 'f64'),
  bias: fc.boolean(),
  normalize: fc.constantFrom(undefined, { mean: 0.25, std: 0.5 }, { mean: 0, std: 2 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
})

interface Way {
  readonly backend: 'native' | 'reference'
  readonly threads?: number
  readonly features: DenseFeatures | SparseFeatures
}

/** Everything that is to be seen of some training: by `fit`, then one `step` at once. */
async function trained({ backend, threads, features }: Way, given: Case): Promise<Trace> {
  const { examples, inputs, outputs, batchSize, activation, dtype, bias, normalize, seed } = given
  const model = sequential({ inputs, dtype, seed, backend, threads }, [dense(outputs, activation, { bias }), dense(2)])
  const data = dataset({
    features,
    labels: Array.from({ length: examples }, (_, i) => i % 2),
    classes: 2,
    inputs,
    normalize,
  })
  // Bytes as they are would diverge.
  const learningRate = given.kind === 'bytes' && !normalize ? 1e-7 : 0.1
  const optimizer = sgd({ learningRate, momentum: 0.9, nesterov: true, weightDecay: 0.01 })
  const [{ loss }] = await model.fit(data, { optimizer, batchSize })
  const scores = [loss, model.step(data, { optimizer }).loss, (await model.evaluate(data)).loss]
  const trace = new Map<string, FloatArray>([['losses', Float64Array.from(scores)]])
  for (const [name, { data }] of [...model.parameters(), ...model.velocities()])
    trace.set(`${name} ${trace.size}`, data)
  trace.set('predicted', await model.predict(data))
  trace.set('predicted directly', await model.predict(features))
  model.dispose()
  return trace
}

describe('entries are learnt from as the same features with their zeros are, to the bit', () => {
  it('whatever they are, by whatever backend and threads', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (given) => {
        const features = entries(given.kind, given)
        const whole = densely(features, given.inputs)
        const expected = await trained({ backend: 'reference', features: whole }, given)
        const ways: Way[] = [
          { backend: 'reference', features },
          { backend: 'native', threads: 1, features: whole },
          ...[1, 2, 3].map((threads) => ({ backend: 'native', threads, features }) as const),
        ]
        for (const way of ways) expectSameBits(await trained(way, given), expected)
      }),
      { numRuns: 120 },
    )
  })

  it.each([
    [4097, 0.01, undefined],
    [8203, 0.005, { mean: 0.25, std: 0.5 }],
  ])('with %i columns, more than a chain has steps', { timeout: 60_000 }, async (inputs, density, normalize) => {
    for (const [kind, dtype] of [
      ['f32', 'f32'],
      ['f64', 'f64'],
      ['bytes', 'f32'],
      ['ones', 'f64'],
    ] as const) {
      const sizes = { examples: 6, inputs, density, outputs: 35, batchSize: 4 }
      const given: Case = { ...sizes, kind, dtype, activation: 'tanh', bias: true, seed: 3, normalize }
      const features = entries(kind, given)
      const whole = densely(features, inputs)
      const expected = await trained({ backend: 'reference', features: whole }, given)
      const ways = [1, 2, 3].map((threads) => ({ backend: 'native', threads, features }) as const)
      for (const way of [...ways, { backend: 'native', features: whole } as const]) {
        expectSameBits(await trained(way, given), expected)
      }
    }
  })
})

/** Mostly zero, in floats: rows without an entry, with a −0, with what comes to nothing, and a full one. */
const few = [
  [0, 0, 0, 0, 0, 0, 0, 0],
  [0, -0, 0, 0, 0, 0, 0, 0],
  [0, 0, 1e-30, 0, 0, 0, 0, -1e-30],
  [0, 2, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0, 0],
  [1, 1, 1, 1, 1, 1, 1, 1],
  [0, 0, 0, 0, 0, 0, 0, 3],
]
const fewWide = few.map((row) => [...row, ...Array(24).fill(row[0])])
const normalizations = [undefined, { mean: 0, std: 1 }, { mean: 1, std: 0.5 }, { mean: -1, std: 2 }]

/** What each way makes of the same: the reference, the addon that visits every feature, and the addon that visits few. */
async function ways<R>(
  work: (way: { backend: 'native' | 'reference'; rows: readonly number[][] }) => Promise<R>,
): Promise<R[]> {
  // Rows of ones make features dense; what comes of the others is looked at.
  const padded = [...fewWide, ...Array(8).fill(Array(32).fill(1))]
  return [
    await work({ backend: 'reference', rows: fewWide }),
    await work({ backend: 'native', rows: padded }),
    await work({ backend: 'native', rows: fewWide }),
  ]
}

describe.each(['f32', 'f64'] as const)('floats that are mostly zero, %s', (dtype) => {
  const features = (rows: readonly number[][]) => Float64Array.from(rows.flat())
  const weight = (edit: (column: number) => number) => Array.from({ length: 32 }, (_, column) => edit(column))

  const predicted = (weights: number[], bias: number, activation: Activation, normalize?: Normalize) =>
    ways(async ({ backend, rows }) => {
      const model = sequential({ inputs: 32, dtype, backend }, [dense(1, activation)])
      model.setParameters({ '0.weight': weights, '0.bias': [bias] })
      const targets = new Float64Array(rows.length)
      const outputs = await model.predict(dataset({ features: features(rows), targets, inputs: 32, normalize }))
      return [...outputs.subarray(0, few.length)]
    })

  it.each(normalizations)('give +0 where a sum is of zeros alone, with %o', async (normalize) => {
    for (const tiny of [1e-30, -1e-30, -1e-300]) {
      const found = await predicted(
        weight(() => tiny),
        -0,
        'linear',
        normalize,
      )
      expect(found[1]).toEqual(found[0])
      expect(found[2]).toEqual(found[0])
      if (!normalize?.mean) expect(found[0].slice(0, 2)).toEqual([0, 0])
    }
  })

  it.each(normalizations)('show weights that are not finite, and sums that are not, with %o', async (normalize) => {
    const huge = dtype === 'f32' ? 3e38 : 1e308
    const weights = [
      weight((column) => (column === 1 ? Infinity : 1)),
      weight((column) => (column === 7 ? -Infinity : 1)),
      weight((column) => (column === 7 ? NaN : -1)),
      weight((column) => (column < 2 ? huge : 0)),
      weight((column) => (column < 2 ? -huge : column)),
    ]
    for (const activation of ['linear', 'relu', 'tanh'] as const) {
      for (const weight of weights) {
        const [expected, all, some] = await predicted(weight, 0.5, activation, normalize)
        expect([all, some]).toEqual([expected, expected])
      }
    }
  })

  it.each(normalizations)('show gradients that are not finite, with %o', (normalize) => {
    const [expected, actual] = (['reference', 'native'] as const).map((backend) => {
      const model = sequential({ inputs: 32, dtype, backend }, [dense(3), dense(1)])
      const huge = dtype === 'f32' ? 1e30 : 1e300
      model.setParameters({ '0.weight': Array(96).fill(0), '0.bias': [0, 0, 0], '1.weight': [huge, 1, 0] })
      const targets = Float64Array.from(fewWide, (_, row) => (row === 3 ? 1e15 : 0))
      const data = dataset({ features: features(fewWide), targets, inputs: 32, normalize })
      const { loss } = model.step(data, { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) })
      expect(loss).toBeLessThan(Infinity)
      return [...model.parameters().values(), ...model.velocities().values()].map(({ data }) => [...data])
    })
    expect(expected[0].some(Number.isNaN)).toBe(true)
    expect(expected[0].every(Number.isNaN)).toBe(false)
    expect(actual).toEqual(expected)
  })
})

describe('step', () => {
  it('takes entries, and predict then normalises entries as they were', async () => {
    const outputs = await Promise.all(
      (['native', 'reference'] as const).map(async (backend) => {
        const model = sequential({ inputs, backend }, [dense(2)])
        model.step(
          { features: three, labels, normalize: { mean: 1, std: 3 } },
          { optimizer: sgd({ learningRate: 0.1 }) },
        )
        return [await model.predict(three), await model.predict(densely(three, inputs))]
      }),
    )
    expect(outputs[0]).toEqual(outputs[1])
    expect(outputs[0][1]).toEqual(outputs[0][0])
    expect(outputs[0][0].some((value) => value !== 0)).toBe(true)
  })
})

describe('predict', () => {
  it('takes no examples at all', async () => {
    const model = sequential({ inputs }, [dense(2)])
    expect(await model.predict({ offsets: [0], indices: [] })).toEqual(new Float32Array(0))
  })
})
