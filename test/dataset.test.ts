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
