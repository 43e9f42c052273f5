import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csv } from '../src/csv.js'
import { Dataset, dataset } from '../src/dataset.js'
import { dense } from '../src/layers.js'
import { load } from '../src/load.js'
import type { Model } from '../src/model.js'
import { adam } from '../src/optimizers/adam.js'
import { sgd } from '../src/optimizers/sgd.js'
import type { NumberColumn } from '../src/preparation.js'
import { type BackendName, sequential } from '../src/sequential.js'
import { isSparse, type SparseRows } from '../src/sparse.js'

const folder = mkdtempSync(join(tmpdir(), 'ravine-preparation-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** price = 1000·(size − 3·age) and a little for the place: numbers far from 0 and 1. */
const rows = Array.from({ length: 60 }, (_, i) => {
  const [size, age, place] = [50 + ((i * 37) % 60), (i * 11) % 23, ['hill', 'sea', 'town'][i % 3]]
  return [size, age, place, 1000 * (size - 3 * age) + (i % 3) * 500] as const
})
const options = { target: 'price', standardize: true } as const
let data: Dataset
beforeAll(async () => {
  const path = join(folder, 'houses.csv')
  writeFileSync(path, `size,age,place,price\n${rows.map((row) => row.join(',')).join('\n')}\n`)
  data = await csv(path, options)
})

const optimizer = adam({ learningRate: 0.05 })
const fresh = (backend: BackendName = 'native', inputs = 5) =>
  sequential({ inputs, seed: 1, backend }, [dense(8, 'tanh'), dense(1)])

async function taught(backend: BackendName): Promise<Model> {
  const model = fresh(backend)
  await model.fit(data, { optimizer, epochs: 100, batchSize: 10 })
  return model
}

/** The same examples as z-scores that were computed beforehand, by hand. */
function byHand(): Dataset<Float64Array> {
  const { columns, target } = data.preparation!
  const scales = columns.flatMap((column) => (column.kind === 'number' ? [column] : [undefined, undefined, undefined]))
  const z = (x: number, scale?: Pick<NumberColumn, 'mean' | 'std'>) => (scale ? (x - scale.mean) / scale.std : x)
  const features = Float64Array.from(data.features as Float32Array, (x, i) => z(x, scales[i % 5]))
  const targets = Float64Array.from(data.targets!, (t) => z(t, target as NumberColumn))
  return dataset({ features, targets, inputs: 5 })
}

describe.each(['native', 'reference'] as const)('on %s', (backend) => {
  it('a model learns what it would of z-scores, to the bit, and answers in the units of the targets', async () => {
    const [model, other] = [await taught(backend), fresh(backend)]
    await other.fit(byHand(), { optimizer, epochs: 100, batchSize: 10 })
    expect(model.parameters()).toEqual(other.parameters())
    const { mean, std } = data.preparation!.target as NumberColumn
    const outputs = (await other.predict(byHand())).map((z) => z * std + mean)
    expect(await model.predict(data)).toEqual(outputs)
  })

  it('raw features, a dataset of them, and one of a file are the same to it', async () => {
    const model = await taught(backend)
    const predictions = await model.predict(data)
    const [features, targets] = [data.features as Float32Array, data.targets!]
    expect(await model.predict(features)).toEqual(predictions)
    expect(model.predictSync(features)).toEqual(predictions)
    expect(model.predictSync(data)).toEqual(predictions)
    expect(await model.predict(dataset({ features, targets, inputs: 5 }))).toEqual(predictions)
    const { loss, rSquared, meanAbsoluteError } = await model.evaluate(data, {
      metrics: ['rSquared', 'meanAbsoluteError'],
    })
    expect(rSquared).toBeGreaterThan(0.99)
    expect(loss).toBeCloseTo(1 - rSquared!, 5)
    const error = Array.from(predictions).reduce((sum, y, i) => sum + Math.abs(y - targets[i]) / targets.length, 0)
    expect(meanAbsoluteError).toBeCloseTo(error, 3)
    expect(error).toBeGreaterThan(10)
  })

  it('files keep it', async () => {
    const [model, path] = [await taught(backend), join(folder, `${backend}.safetensors`)]
    await model.save(path)
    const again = await load(path, { backend })
    expect(again.preparation).toEqual(data.preparation)
    expect(await again.predict(data.features)).toEqual(await model.predict(data))
    const other = join(folder, 'houses.csv')
    const reread = await csv(other, { preparation: again.preparation })
    expect(await again.evaluate(reread)).toEqual(await model.evaluate(data))
  })

  it('steps, and gradients that are applied, take it over', async () => {
    const [one, two] = [fresh(backend), fresh(backend)]
    const rule = sgd({ learningRate: 0.1, momentum: 0.9 })
    one.step(data, { optimizer: rule })
    two.apply(two.gradients(data), rule)
    expect(two.preparation).toEqual(one.preparation)
    expect(two.parameters()).toEqual(one.parameters())
    expect(await two.predict(data.features)).toEqual(await one.predict(data))
    const { features, targets } = data
    expect(one.step({ features, targets }, { optimizer: rule })).toEqual(two.step(data, { optimizer: rule }))
  })

  it('entries are standardized as numbers are', async () => {
    const path = join(folder, 'many.csv')
    const text = rows.map(([size, age, , price], i) => `${size},n${i % 20},${age},${price}`)
    writeFileSync(path, `size,who,age,price\n${text.join('\n')}\n`)
    const sparse = await csv(path, options)
    const { offsets, indices, values } = sparse.features as SparseRows
    const features = new Float32Array(sparse.examples * sparse.inputs)
    for (let row = 0; row < sparse.examples; row++) {
      for (let i = offsets[row]; i < offsets[row + 1]; i++) features[row * sparse.inputs + indices[i]] = values![i]
    }
    const { preparation, inputs } = sparse
    const written = new Dataset({ features, targets: sparse.targets, inputs, outputs: 1, preparation })
    const models = [fresh(backend, inputs), fresh(backend, inputs)]
    await models[0].fit(sparse, { optimizer, epochs: 3 })
    await models[1].fit(written, { optimizer, epochs: 3 })
    expect(models[0].parameters()).toEqual(models[1].parameters())
    const lacking = { offsets: [0, 1], indices: [0], values: Float32Array.of(50) }
    await expect(models[0].predict(lacking)).rejects.toMatchObject({
      code: 'ERR_RAVINE_DATA',
      message: /an entry for each of 2 columns of numbers in example 0 but received 1/,
    })
  })
})

it('both backends come to the same, to the bit', async () => {
  const [native, reference] = [await taught('native'), await taught('reference')]
  expect(native.parameters()).toEqual(reference.parameters())
  expect(await native.predict(data)).toEqual(await reference.predict(data))
})

it('the first data settle it: what was asked before is asked anew, other data are taken likewise', async () => {
  const model = fresh()
  const parts = data.split({ test: 0.5, seed: 3 })
  const before = await model.predict(parts.test)
  expect(model.preparation).toBeUndefined()
  await model.fit(parts.train, { optimizer })
  expect(model.preparation).toBe(parts.train.preparation)
  expect(await model.predict(parts.test)).not.toEqual(before)
  const path = join(folder, 'shifted.csv')
  writeFileSync(path, 'size,age,place,price\n80,3,hill,1\n90,4,sea,2\n70,5,town,3\n')
  const shifted = await csv(path, options)
  expect(await model.predict(shifted)).toEqual(await model.predict(shifted.features))
  writeFileSync(path, 'size,age,place,price\n80,3,hill,1\n90,4,sea,2\n70,5,moor,3\n')
  await expect(model.predict(await csv(path, options))).rejects.toMatchObject({
    code: 'ERR_RAVINE_DATA',
    message:
      /^predict: expected data whose columns became features as those of the model did .* column 'place' is another/,
  })
})

it.each([3, 20])('means and deviations are those of the part that is learnt from, beside %i names', async (names) => {
  const path = join(folder, 'names.csv')
  const all = rows.map(([size, age], i) => [size, `n${i % names}`, age, i * i] as const)
  writeFileSync(path, `size,who,age,y\n${all.map((row) => row.join(',')).join('\n')}\n`)
  const whole = await csv(path, { target: 'y', standardize: true })
  expect(isSparse(whole.features)).toBe(names === 20)
  const { train, test } = whole.split({ test: 0.4, seed: 5 })
  expect(test.preparation).toBe(train.preparation)
  const learnt = all.filter((row) => train.targets!.includes(row[3]))
  expect(learnt.length).toBe(36)
  const { columns, target } = train.preparation!
  for (const [column, at] of [
    [columns[0], 0],
    [columns[2], 2],
    [target, 3],
  ] as const) {
    const numbers = learnt.map((row) => row[at] as number)
    const mean = numbers.reduce((sum, x) => sum + x, 0) / 36
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 36
    expect((column as NumberColumn).mean).toBeCloseTo(mean, 8)
    expect((column as NumberColumn).std).toBeCloseTo(Math.sqrt(variance), 8)
  }
  const model = fresh('native', whole.inputs)
  await model.fit(whole, { optimizer, epochs: 1, validationSplit: 0.4 })
  expect(model.preparation).toEqual(whole.split({ test: 0.4, seed: 1 }).train.preparation)
})

it('a column that varies in the other part alone is no trouble', async () => {
  const path = join(folder, 'once.csv')
  writeFileSync(path, `x,y\n${Array.from({ length: 10 }, (_, i) => `${Number(i === 7)},${i}`).join('\n')}\n`)
  const whole = await csv(path, { target: 'y', standardize: true })
  const seeds = Array.from({ length: 20 }, (_, seed) => seed)
  const parts = seeds.map((seed) => whole.split({ test: 0.5, seed })).find(({ train }) => !train.targets!.includes(7))!
  expect(parts.train.preparation!.columns[0]).toEqual({ name: 'x', kind: 'number', mean: 0, std: 1 })
})

it('a column of one number is no trouble, and classes are not standardized', async () => {
  const path = join(folder, 'classes.csv')
  writeFileSync(path, 'same,x,y\n0.1,1,no\n0.1,2,yes\n0.1,3,no\n')
  const classes = await csv(path, { target: 'y', standardize: true })
  expect(classes.preparation?.columns[0]).toMatchObject({ std: 1 })
  const model = sequential({ inputs: 2 }, [dense(2)])
  await model.fit(classes, { optimizer, epochs: 2, metrics: ['accuracy'] })
  const logits = await model.predict(classes)
  expect(logits.every(Number.isFinite)).toBe(true)
  expect(logits.length).toBe(6)
})

it('losses that need targets of some kind refuse standardized ones', () => {
  expect(() => fresh().step(data, { optimizer, loss: 'poisson' })).toThrow(/not standardized with loss 'poisson'/)
})
