import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Dataset, dataset } from '../src/dataset.js'
import { dense } from '../src/layers.js'
import { mnist } from '../src/mnist.js'
import { type SgdOptions, sgd } from '../src/optimizers/sgd.js'
import { cosine } from '../src/schedules/cosine.js'
import { type BackendName, sequential } from '../src/sequential.js'
import type { Loss } from '../src/spec.js'
import { expectClose } from './close.js'

/** A model that scikit-learn fitted; test/golden/classical.py says what each field is, and how the data are prepared. */
interface Fitted {
  readonly weightDecay: number
  readonly loss: number
  readonly intercept: number
  readonly coefficients: readonly number[]
}

interface Regression extends Fitted {
  readonly testLoss: number
}

interface Classifier extends Fitted {
  readonly objective: number
  /** How far the objective may lie above its minimum. */
  readonly excess: number
  readonly testAccuracy: number
}

interface Golden {
  readonly california: {
    readonly train: number
    readonly test: number
    readonly means: readonly number[]
    readonly deviations: readonly number[]
    readonly curvatures: readonly [least: number, largest: number]
  }
  readonly linear: Regression
  readonly ridgeWithBias: Regression
  readonly mnist: { readonly train: readonly number[]; readonly test: readonly number[] }
  readonly logistic: Classifier
  readonly multinomial: Classifier
  readonly hinge: Classifier
  readonly squaredHinge: Classifier
}

const golden: Golden = JSON.parse(readFileSync(new URL('golden/classical.json', import.meta.url), 'utf8'))
const places = [process.env.RAVINE_DATA ?? '', resolve(import.meta.dirname, '../../shared/data')]
const placeOf = (name: string) => places.map((place) => join(place, name)).find((path) => existsSync(path))
const housing = placeOf('california-housing/housing.csv')
const images = placeOf('mnist')

/** Eight features and the price in 100,000 dollars, of the districts whose rooms were all counted. */
function districts(path: string): number[][] {
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1)
  const counted = rows.map((row) => row.split(',').slice(0, 9)).filter((row) => row[4] !== '')
  return counted.map((row) => row.map((value, i) => (i === 8 ? Number(value) / 100_000 : Number(value))))
}

describe.skipIf(!housing)('California housing', () => {
  const { means, deviations, curvatures, ...counts } = golden.california
  const rows = housing ? districts(housing) : []
  const part = (test: boolean) => rows.filter((_, i) => (i % 5 === 4) === test)
  const prepared = (part: readonly (readonly number[])[]) =>
    dataset({
      features: Float64Array.from(part.flatMap((row) => means.map((mean, i) => (row[i] - mean) / deviations[i]))),
      targets: Float64Array.from(part, (row) => row[8]),
      inputs: 8,
    })

  test('is prepared as it was for scikit-learn', () => {
    const train = part(false)
    expect([train.length, part(true).length]).toEqual([counts.train, counts.test])
    const mean = means.map((_, i) => train.reduce((sum, row) => sum + row[i], 0) / train.length)
    expectClose(mean, means, { relative: 1e-12 })
  })

  /** As many steps as bring the error down by e³⁰, with the best rate and momentum for curvatures between λ + 2m and λ + 2l. */
  async function fitted(weightDecay: number, backend: BackendName) {
    const [m, l] = curvatures.map((value) => Math.sqrt(weightDecay + 2 * value))
    const root = (l - m) / (l + m)
    const optimizer: SgdOptions = { learningRate: (2 / (l + m)) ** 2, momentum: root ** 2, weightDecay }
    const model = sequential({ inputs: 8, dtype: 'f64', backend }, [dense(1)])
    const [train, test] = [prepared(part(false)), prepared(part(true))]
    const epochs = Math.ceil(30 / (1 - root))
    await model.fit(train, { optimizer: sgd(optimizer), epochs, batchSize: counts.train, shuffle: false })
    const parameters = model.parameters()
    return {
      coefficients: [...parameters.get('0.weight')!.data],
      intercept: parameters.get('0.bias')!.data[0],
      loss: (await model.evaluate(train)).loss,
      testLoss: (await model.evaluate(test)).loss,
    }
  }

  test.each([
    ['linear regression', golden.linear],
    ['ridge regression', golden.ridgeWithBias],
  ])('%s comes to the coefficients of scikit-learn', async (_, expected) => {
    const { coefficients, intercept, loss, testLoss } = await fitted(expected.weightDecay, 'native')
    const tolerance = { relative: 1e-9 }
    expectClose([intercept, ...coefficients], [expected.intercept, ...expected.coefficients], tolerance)
    expectClose([loss, testLoss], [expected.loss, expected.testLoss], tolerance)
  })
})

describe.skipIf(!images)('MNIST', () => {
  /** Pixels / 255, and the class of each label that has one. */
  function prepared(
    { features, labels, inputs }: Dataset<Uint8Array>,
    classOf: (label: number) => number,
    most = Infinity,
  ) {
    const rows = [...labels!.keys()].filter((row) => classOf(labels![row]) >= 0).slice(0, most)
    const pixels = new Uint8Array(rows.length * inputs)
    for (const [at, row] of rows.entries()) {
      pixels.set(features.subarray(row * inputs, (row + 1) * inputs), at * inputs)
    }
    const classes = Uint8Array.from(rows, (row) => classOf(labels![row]))
    return dataset({ features: pixels, labels: classes, inputs, normalize: { mean: 0, std: 1 } })
  }

  const binary = (label: number) => [3, 8].indexOf(label)

  /**
   * Ten epochs of small batches in f32, and what they came to: on the training examples, and on the test's by the sign of one output or
   * the largest of ten.
   */
  async function trained(loss: Loss, outputs: number, rate: number, weightDecay: number, freeIntercept: boolean) {
    const data = await mnist({ directory: images })
    const [classOf, most] = outputs === 1 ? [binary] : [(label: number) => label, 10_000]
    const [train, test] = [prepared(data.train, classOf, most), prepared(data.test, classOf)]
    const model = sequential({ inputs: 784 }, [dense(outputs)])
    model.setParameters({ '0.weight': new Float32Array(outputs * 784), '0.bias': new Float32Array(outputs) })
    const learningRate = cosine({ from: rate, to: 0, steps: 10 * Math.ceil(train.examples / 64) })
    const parameterGroups = freeIntercept ? [{ match: /bias/, weightDecay: 0 }] : []
    const optimizer = sgd({ learningRate, momentum: 0.9, weightDecay, parameterGroups })
    await model.fit(train, { loss, optimizer, epochs: 10, batchSize: 64 })
    const parameters = model.parameters()
    const squares = (name: string) => [...parameters.get(name)!.data].reduce((sum, value) => sum + value * value, 0)
    const decayed = squares('0.weight') + (freeIntercept ? 0 : squares('0.bias'))
    const { loss: mean } = await model.evaluate(train, { loss })
    const { accuracy } = await model.evaluate(test, { loss })
    const examples = [train.examples, test.examples]
    return { examples, objective: mean + (weightDecay / 2) * decayed, accuracy: accuracy! }
  }

  // What the noise of batches leaves above the minimum is more where the slope jumps or grows without bound.
  test.each([
    ['logistic', 'binaryCrossEntropy', 1, 0.1, true, 0.002],
    ['multinomial', 'crossEntropy', 10, 0.1, true, 0.003],
    ['squaredHinge', 'squaredHinge', 1, 0.01, false, 0.01],
    ['hinge', 'hinge', 1, 0.03, false, 0.01],
  ] as const)('%s comes to the objective of scikit-learn', async (name, loss, outputs, rate, freeIntercept, above) => {
    const [expected, place] = [golden[name], outputs > 1 ? 1 : 0]
    const { examples, objective, accuracy } = await trained(loss, outputs, rate, expected.weightDecay, freeIntercept)
    expect(examples).toEqual([golden.mnist.train[place], golden.mnist.test[place]])
    expect(objective).toBeLessThan(expected.objective * (1 + above))
    // Nothing comes below the minimum, but for what f32 rounds.
    expect(objective).toBeGreaterThan((expected.objective - expected.excess) * (1 - 1e-6))
    // Three in a thousand may lie on the border.
    expectClose(accuracy, expected.testAccuracy, { absolute: 0.003 })
  })
})
