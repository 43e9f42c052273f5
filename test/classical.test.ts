import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dataset } from '../src/dataset.js'
import { dense } from '../src/layers.js'
import { type BackendName, sequential } from '../src/model.js'
import { type SgdOptions, sgd } from '../src/optimizers/sgd.js'
import { expectClose } from './close.js'

/** A model that scikit-learn fitted; test/golden/classical.py says what each field is, and how the data are prepared. */
interface Fitted {
  readonly weightDecay: number
  readonly loss: number
  readonly testLoss: number
  readonly intercept: number
  readonly coefficients: readonly number[]
}

interface Golden {
  readonly california: {
    readonly train: number
    readonly test: number
    readonly means: readonly number[]
    readonly deviations: readonly number[]
    readonly curvatures: readonly [least: number, largest: number]
  }
  readonly linear: Fitted
  readonly ridgeWithBias: Fitted
}

const golden: Golden = JSON.parse(readFileSync(new URL('golden/classical.json', import.meta.url), 'utf8'))
const places = [process.env.RAVINE_DATA, resolve(import.meta.dirname, '../../shared/data')]
const housing = places
  .map((place) => join(place ?? '', 'california-housing/housing.csv'))
  .find((path) => existsSync(path))

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
