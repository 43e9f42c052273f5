import { describe, expect, test } from 'vitest'
import { type Dataset, dataset } from '../src/dataset.js'
import { dense } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import type { FitOptions } from '../src/plan.js'
import { Philox } from '../src/random.js'
import { type BackendName, sequential } from '../src/sequential.js'
import type { FloatArray } from '../src/spec.js'
import { expectSameBits, type Trace } from './bits.js'
import { expectClose } from './close.js'

const backends: readonly BackendName[] = ['native', 'reference']
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code: `ERR_RAVINE_${code}`, message: expect.stringMatching(message) })

const EXAMPLES = 40
const random = new Philox(8, 0)
const numbers = (length: number) => Float64Array.from({ length }, () => 2 * random.unit() - 1)
const features = numbers(3 * EXAMPLES)
const labels = Array.from({ length: EXAMPLES }, () => random.below(3))
const data = dataset({ features, labels, inputs: 3, classes: 3 })
const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })

const net = (backend: BackendName = 'native') =>
  sequential({ inputs: 3, seed: 2, dtype: 'f64', backend }, [dense(8, 'tanh'), dense(3)])

function stateOf(model: Model): Trace {
  return new Map<string, FloatArray>([...model.parameters()].map(([name, { data }]) => [name, data]))
}

async function fitted(backend: BackendName, options: Partial<FitOptions>, learnt: Dataset = data): Promise<Trace> {
  const model = net(backend)
  await model.fit(learnt, { optimizer, epochs: 3, batchSize: 7, ...options })
  return stateOf(model)
}

describe.each(backends)('weights, %s', (backend) => {
  const ones = new Array<number>(EXAMPLES).fill(1)

  test('of 1 change no bit', async () => {
    const plain = await fitted(backend, {})
    expectSameBits(await fitted(backend, { exampleWeights: ones }), plain)
    expectSameBits(await fitted(backend, { classWeights: [1, 1, 1] }), plain)
    expectSameBits(await fitted(backend, { classWeights: {} }), plain)
  })

  test('multiply the loss, whose mean is by the number of examples', () => {
    const model = sequential({ inputs: 1, dtype: 'f64', backend }, [dense(1, 'linear', { bias: false })])
    model.setParameters({ '0.weight': [1] })
    const batch = { features: Float64Array.of(1, 2), targets: Float64Array.of(3, 3) }
    // (3·2² − 1·1²)/2, and its slope: (3·2·(−2)·1 − 2·(−1)·2)/2.
    expect(model.gradients(batch, { exampleWeights: [3, -1] })['0.weight']).toEqual(Float64Array.of(-4))
    expect(model.step(batch, { optimizer: sgd({ learningRate: 0.25 }), exampleWeights: [3, -1] }).loss).toBe(5.5)
    expect(model.parameters().get('0.weight')?.data).toEqual(Float64Array.of(2))
  })

  test('of classes and of examples multiply', async () => {
    const [ofExamples, ofClasses] = [ones.map((_, i) => (i % 3) - 0.5), [2, 0.5, 0]]
    const together = ofExamples.map((weight, i) => weight * ofClasses[labels[i]])
    const expected = await fitted(backend, { exampleWeights: together })
    expectSameBits(await fitted(backend, { exampleWeights: ofExamples, classWeights: ofClasses }), expected)
    const byNumber = { 0: 2, 1: 0.5, 2: 0 }
    expectSameBits(
      await fitted(backend, { exampleWeights: Float64Array.from(ofExamples), classWeights: byNumber }),
      expected,
    )
  })

  test("that are balanced are scikit-learn's", async () => {
    const numbers = [0, 0, 0, 0, 0, 2, 2, 0, 0, 2]
    const features = data.features.slice(0, numbers.length * data.inputs)
    const uneven = dataset({ features, labels: numbers, inputs: data.inputs, classes: 3 })
    // compute_class_weight('balanced', classes=[0, 2], y=numbers): 10 / (2 · 7), 10 / (2 · 3).
    const classWeights = [10 / 14, 0, 10 / 6]
    const expected = await fitted(backend, { classWeights }, uneven)
    expectSameBits(await fitted(backend, { classWeights: 'balanced' }, uneven), expected)
  })

  test('of 0 leave examples out of the gradient, not out of the mean', () => {
    const model = net(backend)
    const weights = ones.map((_, i) => Number(i < 10))
    const all = model.gradients(data, { exampleWeights: weights })
    const some = model.gradients(data.take(10))
    for (const [name, gradient] of Object.entries(all)) {
      expectClose(
        gradient,
        some[name].map((value) => value / 4),
        { relative: 1e-12, absolute: 1e-16 },
      )
    }
  })

  test('are the same of batches as of the whole, and of evaluation', async () => {
    const classWeights = { 1: 3 }
    const model = net(backend)
    await model.fit(() => data.batches(8), { optimizer, epochs: 2, classWeights })
    expectSameBits(stateOf(model), await fitted(backend, { classWeights, shuffle: false, batchSize: 8, epochs: 2 }))
    const { loss, accuracy } = await model.evaluate(data, { classWeights })
    const plain = await model.evaluate(data)
    const weights = labels.map((label) => (label === 1 ? 3 : 1))
    expect(await model.evaluate(data, { exampleWeights: weights })).toEqual({ loss, accuracy })
    expect(loss).toBeGreaterThan(plain.loss)
    expect(accuracy).toBe(plain.accuracy)
  })

  test('go with their examples into the parts of a split, and not into validation', async () => {
    const exampleWeights = numbers(EXAMPLES)
    const options = { epochs: 2, batchSize: 7, optimizer, exampleWeights, validationSplit: 0.25 }
    const [model, twin] = [net(backend), net(backend)]
    const history = await model.fit(data, options)
    const marked = dataset({ features, targets: exampleWeights, inputs: 3 }).split({ test: 0.25, seed: 2 })
    const { train, test } = data.split({ test: 0.25, seed: 2 })
    const same = await twin.fit(train, {
      ...options,
      validationSplit: undefined,
      exampleWeights: marked.train.targets,
      validation: test,
    })
    expectSameBits(stateOf(model), stateOf(twin))
    expect(history.map(({ validationLoss }) => validationLoss)).toEqual(
      same.map(({ validationLoss }) => validationLoss),
    )
    expect(history[1].validationLoss).toBe((await model.evaluate(test)).loss)
  })

  test('are copied: what is written to them later is not learnt from', async () => {
    const weights = Float64Array.from(ones)
    const model = net(backend)
    const fit = model.fit(data, { optimizer, epochs: 3, batchSize: 7, exampleWeights: weights })
    weights.fill(5)
    await fit
    expectSameBits(stateOf(model), await fitted(backend, {}))
  })
})

describe('refuses weights', () => {
  const regression = dataset({ features, targets: numbers(3 * EXAMPLES), inputs: 3, outputs: 3 })
  const weights = (value: number) => Array.from({ length: EXAMPLES }, (_, i) => (i === 7 ? value : 1))

  test.each<[string, object, Dataset, string, RegExp]>([
    [
      'of too few examples',
      { exampleWeights: [1, 2] },
      data,
      'SHAPE',
      /exampleWeights \[examples\] of length 40 .* length 2/,
    ],
    [
      'that are NaN',
      { exampleWeights: weights(NaN) },
      data,
      'DATA',
      /exampleWeights\[7\] to be a finite number .* NaN/,
    ],
    ['that are infinite', { exampleWeights: weights(Infinity) }, data, 'DATA', /exampleWeights\[7\]/],
    ['that are no numbers', { exampleWeights: 'all' }, data, 'DATA', /an array of numbers but received 'all'/],
    ['of classes of targets', { classWeights: [1, 1, 1] }, regression, 'HYPERPARAMETER', /labels with classWeights/],
    ['of too many classes', { classWeights: [1, 1, 1, 1] }, data, 'SHAPE', /classWeights \[classes\] of length 3 .* 4/],
    ['of a class that is none', { classWeights: { 3: 1 } }, data, 'HYPERPARAMETER', /classes below 3 but received '3'/],
    ['of a class by another name', { classWeights: { length: 1 } }, data, 'HYPERPARAMETER', /'length'/],
    ['of classes by another word', { classWeights: 'even' }, data, 'HYPERPARAMETER', /'balanced' but received 'even'/],
    ['of a class that are NaN', { classWeights: { 1: NaN } }, data, 'DATA', /classWeights\[1\]/],
    [
      'of classes that are no list',
      { classWeights: 2 },
      data,
      'HYPERPARAMETER',
      /an array, an object or 'balanced' but received 2/,
    ],
  ])('%s', async (_, options, learnt, code, message) => {
    const model = net()
    const before = stateOf(model)
    await expect(model.fit(learnt, { optimizer, ...options })).rejects.toThrow(refusal(code, message))
    await expect(model.evaluate(learnt, options)).rejects.toThrow(refusal(code, message))
    expect(() => model.step(learnt, { optimizer, ...options })).toThrow(refusal(code, message))
    expect(() => model.gradients(learnt, options)).toThrow(refusal(code, message))
    expectSameBits(stateOf(model), before)
  })

  test('of examples for batches that come one by one', async () => {
    const refused = net().fit(() => data.batches(8), { optimizer, exampleWeights: weights(1) })
    await expect(refused).rejects.toThrow(refusal('HYPERPARAMETER', /a dataset with exampleWeights/))
  })
})
