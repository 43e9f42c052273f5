import { describe, expect, it } from 'vitest'
import { dataset } from '../src/dataset.js'

const numbered = (examples: number) =>
  dataset({
    features: Float64Array.from({ length: 2 * examples }, (_, i) => i),
    labels: Array.from({ length: examples }, (_, i) => i % 3),
    inputs: 2,
    classes: 3,
  })

/** The error's code and sentence of options that are to be refused. */
const refused = (options: object) => {
  try {
    dataset(options as Parameters<typeof dataset>[0])
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code} ${message}`
  }
  return 'nothing'
}

describe('dataset', () => {
  it('keeps features and targets, copies labels', () => {
    const [features, labels] = [new Uint8Array([1, 2, 3, 4]), new Uint8Array([0, 4])]
    const data = dataset({ features, labels, inputs: 2, classes: 5 })
    expect(data.features).toBe(features)
    expect(data.labels).toEqual(new Uint32Array([0, 4]))
    expect(data).toMatchObject({ examples: 2, inputs: 2, outputs: 5, classes: 5, targets: undefined })

    const targets = new Float32Array([1, 2, 3, 4])
    const real = dataset({ features: new Float32Array(2), targets, inputs: 1, outputs: 2 })
    expect(real.targets).toBe(targets)
    expect(real).toMatchObject({ examples: 2, outputs: 2, classes: undefined, labels: undefined })
  })

  it('takes labels from any integer array, and the classes from the largest where they are not given', () => {
    for (const labels of [[1, 0, 6], new Int32Array([1, 0, 6]), new Float64Array([1, 0, 6])]) {
      expect(dataset({ features: new Uint8Array(3), labels, inputs: 1 })).toMatchObject({ classes: 7, outputs: 7 })
    }
  })

  it('takes one output where their number is not given', () => {
    expect(dataset({ features: new Uint8Array(3), targets: new Float32Array(3), inputs: 1 }).outputs).toBe(1)
  })

  const features = new Float32Array(6)
  const labels = [0, 1, 1]
  const targets = new Float32Array(3)

  it.each([
    ['SHAPE', 'features of length examples · 4', { features, labels, inputs: 4 }],
    ['SHAPE', 'labels [examples] of length 3 but received length 2', { features, labels: [0, 1], inputs: 2 }],
    ['SHAPE', 'targets [examples, 2] of length 6', { features, targets, inputs: 2, outputs: 2 }],
    ['DATA', 'at least one example', { features: new Float32Array(0), labels: [], inputs: 2 }],
    ['DATA', 'labels or targets but received undefined', { features, inputs: 2 }],
    ['DATA', 'labels or targets, not both', { features, labels, targets, inputs: 2 }],
    ['DATA', 'labels[2] to be a whole number in [0, 2)', { features, labels: [0, 1, 2], inputs: 2, classes: 2 }],
    ['DATA', 'labels[0] to be', { features, labels: [-1, 0, 0], inputs: 2, classes: 2 }],
    ['DATA', 'labels[1] to be', { features, labels: [0, 0.5, 0], inputs: 2, classes: 2 }],
    ['DATA', 'labels[1] to be', { features, labels: [0, NaN, 0], inputs: 2 }],
    ['DATA', 'features[3] (example 1, column 1)', { features: Float32Array.of(0, 0, 0, NaN, 0, 0), labels, inputs: 2 }],
    ['DATA', 'targets[1] (example 1, column 0)', { features, targets: Float64Array.of(0, Infinity, 0), inputs: 2 }],
    ['HYPERPARAMETER', 'features to be a Uint8Array', { features: [1, 2], labels: [0], inputs: 2 }],
    ['HYPERPARAMETER', 'features to be a Uint8Array', { labels, inputs: 2 }],
    ['HYPERPARAMETER', 'labels to be an array of whole numbers', { features, labels: new BigInt64Array(3), inputs: 2 }],
    ['HYPERPARAMETER', 'targets to be a Float32Array', { features, targets: [1, 2, 3], inputs: 2 }],
    ['HYPERPARAMETER', 'inputs to be a whole number ≥ 1', { features, labels }],
    ['HYPERPARAMETER', 'inputs to be a whole number ≥ 1', { features, labels, inputs: 0 }],
    ['HYPERPARAMETER', 'outputs with targets only', { features, labels, inputs: 2, outputs: 2 }],
    ['HYPERPARAMETER', 'classes with labels only', { features, targets, inputs: 2, classes: 2 }],
    ['HYPERPARAMETER', "did you mean 'labels'", { features, label: labels, inputs: 2 }],
    ['HYPERPARAMETER', 'std to be', { features, labels, inputs: 2, normalize: { mean: 0, std: 0 } }],
    ['HYPERPARAMETER', 'std to be', { features, labels, inputs: 2, normalize: { mean: 0, std: NaN } }],
    ['HYPERPARAMETER', 'mean to be', { features, labels, inputs: 2, normalize: { std: 1 } }],
  ])('refuses with ERR_RAVINE_%s: %s', (code, sentence, options) => {
    const message = refused(options)
    expect(message).toContain(`ERR_RAVINE_${code} dataset`)
    expect(message).toContain(sentence)
  })
})

describe('dataset of arrays with shapes', () => {
  const images = { shape: [2, 2, 3], data: Uint8Array.from({ length: 12 }, (_, i) => i) }

  it('takes their rows, and labels of any type', () => {
    for (const labels of [{ shape: [2], data: Float64Array.of(4, 0) }, [4, 0]]) {
      const data = dataset({ features: images, labels })
      expect(data).toMatchObject({ examples: 2, inputs: 6, classes: 5, features: images.data })
      expect(data.labels).toEqual(Uint32Array.of(4, 0))
    }
  })

  it('takes targets of several columns, of floats or not', () => {
    const targets = { shape: [2, 3], data: Int16Array.of(1, 2, 3, 4, 5, 6) }
    const data = dataset({ features: images, targets })
    expect(data).toMatchObject({ examples: 2, outputs: 3, targets: Float32Array.of(1, 2, 3, 4, 5, 6) })
    const bytes = { shape: [2], data: Uint8Array.of(1, 0) }
    expect(dataset({ features: images, targets: bytes }).targets).toEqual(Float32Array.of(1, 0))
  })

  it('makes floats of whole numbers, exactly', () => {
    const of = (data: Int8Array | Uint16Array | Uint32Array | Float32Array) =>
      dataset({ features: { shape: [1], data }, labels: [0] }).features
    expect(of(Int8Array.of(-1))).toEqual(Float32Array.of(-1))
    expect(of(Uint16Array.of(65535))).toEqual(Float32Array.of(65535))
    expect(of(Uint32Array.of(2 ** 32 - 1))).toEqual(Float64Array.of(2 ** 32 - 1))
    const floats = new Float32Array(1)
    expect(of(floats)).toBe(floats)
  })

  it('refuses counts that differ, inputs that do not fit, and arrays without numbers', () => {
    const refusal = (options: object) => refused(options)
    const labels = { shape: [3], data: new Uint8Array(3) }
    expect(refusal({ features: images, labels })).toMatch(/SHAPE dataset: expected labels .*of length 2 .* length 3/)
    expect(refusal({ features: images, labels: [0, 1], inputs: 5 })).toMatch(
      /SHAPE dataset: expected features of length/,
    )
    const none = { shape: [2, 0], data: new Uint8Array(0) }
    expect(refusal({ features: none, labels: [0, 1] })).toMatch(/inputs to be a whole number ≥ 1/)
    expect(refusal({ features: { shape: [2], data: 'ab' }, labels: [0, 1] })).toMatch(/ERR_RAVINE_/)
  })
})

describe('fold', () => {
  const normalize = { mean: 0.25, std: 0.5 }
  it('is in the unit byte / 255 for bytes', () => {
    const data = dataset({ features: new Uint8Array(1), labels: [0], inputs: 1, normalize })
    expect(data.fold()).toEqual({ scale: 1 / 127.5, offset: -0.5 })
  })
  it('is in the unit of the features for floats', () => {
    const data = dataset({ features: new Float32Array(1), labels: [0], inputs: 1, normalize })
    expect(data.fold()).toEqual({ scale: 2, offset: -0.5 })
  })
  it('is nothing without a normalisation', () => {
    expect(numbered(1).fold()).toBeUndefined()
  })
})

describe('split', () => {
  const rows = ({ features, labels }: ReturnType<typeof numbered>) =>
    Array.from(labels!, (label, i) => `${features[2 * i]} ${features[2 * i + 1]} ${label}`)

  it('gives every example, whole, to one part', () => {
    const data = numbered(101)
    const { train, test } = data.split({ test: 0.2, seed: 3 })
    expect([train.examples, test.examples]).toEqual([81, 20])
    expect([...rows(train), ...rows(test)].sort()).toEqual(rows(data).sort())
  })

  it('is the same for the same seed, another for another', () => {
    const [a, b, c] = [7, 7, 8].map((seed) => numbered(50).split({ test: 0.5, seed }).test.features)
    expect(a).toEqual(b)
    expect(a).not.toEqual(c)
  })

  it('keeps types, classes and normalisation, and copies', () => {
    const features = Buffer.from([1, 2, 3, 4])
    const normalize = { mean: 0, std: 1 }
    const { train, test } = dataset({ features, targets: new Float32Array(4), inputs: 1, normalize }).split({
      test: 0.25,
    })
    expect(train.features.constructor).toBe(Uint8Array)
    expect(test.targets).toBeInstanceOf(Float32Array)
    expect(test.normalize).toEqual(normalize)
    expect(train.features.buffer).not.toBe(features.buffer)
    expect(numbered(9).split({ test: 0.1 }).train).toMatchObject({ examples: 8, classes: 3, outputs: 3 })
  })

  it('refuses a part without examples', () => {
    expect(() => numbered(9).split({ test: 0.01 })).toThrow('an example in each part of 9 but received 0.01')
    expect(() => numbered(9).split({ test: 1 })).toThrow('test to be a number in [0, 1)')
    expect(() => numbered(9).split({} as { test: number })).toThrow('test to be a number in [0, 1)')
  })
})

describe('classes', () => {
  /** Of classes that have 1, 2, 10 and 27 examples; a feature is the number of its example. */
  const uneven = dataset({
    features: Float64Array.from({ length: 40 }, (_, i) => i),
    labels: Array.from({ length: 40 }, (_, i) => (i < 1 ? 0 : i < 3 ? 1 : i < 13 ? 2 : 4)),
    inputs: 1,
    classes: 6,
  })
  const counts = ({ labels }: typeof uneven) => [0, 1, 2, 3, 4, 5].map((c) => labels!.filter((l) => l === c).length)
  const sorted = ({ features }: typeof uneven) => [...features].sort((a, b) => a - b)

  it('are in both parts of a stratified split in their proportion', () => {
    const { train, test } = uneven.split({ test: 0.25, seed: 3, stratify: true })
    expect(counts(test)).toEqual([0, 1, 2, 0, 7, 0])
    expect(counts(train)).toEqual([1, 1, 8, 0, 20, 0])
    const parts = [...sorted(train), ...sorted(test)].sort((a, b) => a - b)
    expect(parts).toEqual(sorted(uneven))
    for (const { features, labels } of [train, test]) {
      features.forEach((i, at) => {
        expect(labels![at]).toBe(uneven.labels![i])
      })
    }
    expect(uneven.split({ test: 0.25, seed: 3, stratify: true }).test).toEqual(test)
    expect(uneven.split({ test: 0.25, seed: 4, stratify: true }).test).not.toEqual(test)
    const plain = uneven.split({ test: 0.25, seed: 3 })
    expect(uneven.split({ test: 0.25, seed: 3, stratify: false })).toEqual(plain)
  })

  it('occur as often as the largest in a balanced dataset', () => {
    const balanced = uneven.balance(5)
    expect(counts(balanced)).toEqual([27, 27, 27, 0, 27, 0])
    expect(balanced).toMatchObject({ examples: 108, classes: 6 })
    const often = new Map<number, number>()
    for (const i of balanced.features) often.set(i, (often.get(i) ?? 0) + 1)
    uneven.labels!.forEach((label, i) => {
      expect([[27], [13, 14], [2, 3], [], [1]][label]).toContain(often.get(i))
    })
    expect(uneven.balance(5)).toEqual(balanced)
    expect(uneven.balance(6)).not.toEqual(balanced)
    expect(uneven.balance()).toEqual(uneven.balance(0))
  })

  it('are of labels', () => {
    const real = dataset({ features: new Float32Array(4), targets: new Float32Array(4), inputs: 1 })
    expect(() => real.balance(1)).toThrow('balance: expected a dataset of labels but received')
    expect(() => real.split({ test: 0.5, stratify: true })).toThrow('split: stratify: expected a dataset of labels')
    expect(() => uneven.balance(-1)).toThrow('seed to be a whole number')
  })
})

describe('shuffle', () => {
  it('has the same examples, in an order of the seed', () => {
    const data = numbered(30)
    const shuffled = data.shuffle(2)
    expect(shuffled.features).not.toEqual(data.features)
    expect([...shuffled.features].sort((a, b) => a - b)).toEqual([...data.features])
    shuffled.labels!.forEach((label, i) => {
      expect(label).toBe((shuffled.features[2 * i] / 2) % 3)
    })
    expect(data.shuffle(2)).toEqual(shuffled)
    expect(data.shuffle(3)).not.toEqual(shuffled)
    expect(() => data.shuffle(0.5)).toThrow('seed to be a whole number')
  })
})

describe('take and batches', () => {
  it('takes a view of the first examples', () => {
    const data = numbered(5)
    const first = data.take(2)
    expect(first).toMatchObject({ examples: 2, classes: 3, features: new Float64Array([0, 1, 2, 3]) })
    expect(first.features.buffer).toBe(data.features.buffer)
    expect(data.take(9).examples).toBe(5)
    expect(() => data.take(0)).toThrow('n to be a whole number ≥ 1')
  })

  it('walks through all examples in order, as often as asked', () => {
    const batches = numbered(5).batches(2)
    for (const _ of [1, 2]) {
      expect(Array.from(batches, (batch) => batch.examples)).toEqual([2, 2, 1])
      expect(Array.from(batches, (batch) => [...batch.labels!])).toEqual([[0, 1], [2, 0], [1]])
      expect(Array.from(batches, ({ features }) => features[0])).toEqual([0, 4, 8])
    }
    expect(() => numbered(5).batches(0)).toThrow('size to be a whole number ≥ 1')
  })
})
