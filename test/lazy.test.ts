import { describe, expect, test } from 'vitest'
import { dataset } from '../src/dataset.js'
import { dense, type EmbeddingOptions, embedding } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { momentumStepSparse } from '../src/native.js'
import type { Optimizer } from '../src/optimizer.js'
import { adam } from '../src/optimizers/adam.js'
import { rmsprop } from '../src/optimizers/rmsprop.js'
import { sgd } from '../src/optimizers/sgd.js'
import { yellowFin } from '../src/optimizers/yellowFin.js'
import { type BackendName, sequential } from '../src/sequential.js'

/** All bits of an array, as a string. */
const bitsOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('hex')

// More rows than one tile of an update takes, and rows of more than one panel.
const [COUNT, WIDTH] = [300, 40]

const made = (backend: BackendName, options?: EmbeddingOptions): Model =>
  sequential({ inputs: 2, seed: 4, backend }, [embedding(COUNT, WIDTH, options), dense(1)])

const batch = (...ids: number[]) => ({
  features: Float32Array.from(ids),
  targets: new Float32Array(ids.length / 2).fill(3),
})
const batches = [batch(0, 1, 1, 299), batch(7, 7, 0, 150), batch(1, 2, 7, 0)]

/** Rows of the table and of what the optimizer keeps of it. */
function rowsOf(model: Model): Float32Array[][] {
  const rows = (data: ArrayLike<number>) =>
    Array.from({ length: COUNT }, (_, i) => Float32Array.from(data).slice(i * WIDTH, (i + 1) * WIDTH))
  const arrays = [model.parameters(), ...model.state().values()].map((map) => map.get('0.weight')!.data)
  return arrays.map(rows)
}

const optimizers: readonly (readonly [string, Optimizer])[] = [
  ['the heavy ball with decay', sgd({ learningRate: 0.005, momentum: 0.9, weightDecay: 0.01 })],
  ['Nesterov', sgd({ learningRate: 0.005, momentum: 0.9, nesterov: true })],
  ['Adam', adam({ learningRate: 0.01 })],
  ['centred RMSprop with momentum', rmsprop({ learningRate: 0.01, momentum: 0.9, centered: true })],
]

describe.each(optimizers)('lazy rows by %s', (_, optimizer) => {
  test.each(['native', 'reference'] as const)('stay where no example names them, %s', (backend) => {
    const model = made(backend, { mode: 'lazy' })
    for (const given of batches) {
      const before = rowsOf(model)
      model.step(given, { loss: 'meanSquaredError', optimizer })
      const after = rowsOf(model)
      const moved = (row: number) => after.some((rows, i) => before[i] && bitsOf(rows[row]) !== bitsOf(before[i][row]))
      const ids = new Set(given.features)
      for (let row = 0; row < COUNT; row++) expect(moved(row), `row ${row}`).toBe(ids.has(row))
    }
  })

  test('move as those of an exact table do at the first step, from which no velocity comes', () => {
    const [lazy, exact] = (['lazy', 'exact'] as const).map((mode) => made('native', { mode }))
    for (const model of [lazy, exact]) model.step(batches[0], { loss: 'meanSquaredError', optimizer })
    for (const id of batches[0].features) expect(rowsOf(lazy)[0][id]).toEqual(rowsOf(exact)[0][id])
  })

  test('have the same bits in Rust and in JavaScript, in a fit, in steps, and by gradients and apply', async () => {
    const models = [made('native', { mode: 'lazy' }), made('reference', { mode: 'lazy' })]
    for (const model of models) {
      const all = dataset({
        features: Float32Array.from(batches.flatMap(({ features }) => [...features])),
        targets: new Float32Array(6).fill(3),
        inputs: 2,
        outputs: 1,
      })
      await model.fit(all, { loss: 'meanSquaredError', optimizer, epochs: 3, batchSize: 2 })
      for (const given of batches) model.apply(model.gradients(given, { loss: 'meanSquaredError' }), optimizer)
      await model.fit(all, { loss: 'meanSquaredError', optimizer, epochs: 2, batchSize: 2, clipNorm: 0.5 })
    }
    const [native, reference] = models.map((model) => rowsOf(model).flat().map(bitsOf))
    expect(native).toEqual(reference)
  })
})

test('lazy rows are those of momentumStepSparse', () => {
  const rule = { learningRate: 0.005, momentum: 0.9 }
  const model = made('native', { mode: 'lazy' })
  const table = model.parameters().get('0.weight')!.data as Float32Array
  const velocity = new Float32Array(table.length)
  for (const given of batches) {
    const gradient = model.gradients(given, { loss: 'meanSquaredError' })['0.weight']
    const rows = Uint32Array.from(new Set(given.features))
    const gradientRows = Float32Array.from(
      [...rows].flatMap((row) => [...gradient.slice(row * WIDTH, (row + 1) * WIDTH)]),
    )
    momentumStepSparse(table, rows, gradientRows, velocity, { width: WIDTH, mode: 'lazy', ...rule })
    model.step(given, { loss: 'meanSquaredError', optimizer: sgd(rule) })
  }
  expect(model.parameters().get('0.weight')!.data).toEqual(table)
})

test('what tunes itself has lazy rows, too, with the same bits in Rust and in JavaScript', () => {
  const models = [made('native', { mode: 'lazy' }), made('reference', { mode: 'lazy' })]
  for (const model of models)
    for (const given of [...batches, ...batches])
      model.step(given, { loss: 'meanSquaredError', optimizer: yellowFin() })
  const [native, reference] = models.map((model) => rowsOf(model).flat().map(bitsOf))
  expect(native).toEqual(reference)
})

test('a mode that there is not is refused, and an exact table says nothing of it', () => {
  expect(() => embedding(3, 2, { mode: 'late' } as never)).toThrow(/mode to be .*exact.*lazy.*'late'/)
  expect(embedding(3, 2, { mode: 'exact' })).toEqual(embedding(3, 2))
  expect(() => sequential({ inputs: 1 }, [{ type: 'embedding', count: 2, width: 2, mode: 'late' } as never])).toThrow(
    /mode/,
  )
})
