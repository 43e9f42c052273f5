import { beforeEach, expect, test, vi } from 'vitest'
import { adam, dataset, dense, RavineError, sequential, sgd } from '../src/index.js'

/** Bytes that are left. */
let left = Number.POSITIVE_INFINITY

vi.mock('../src/memory.js', () => ({
  expectMemory: (where: string, purpose: string, bytes: number) => {
    if (bytes > left) throw new RavineError('ERR_RAVINE_NATIVE', `${where}: ${bytes} for ${purpose}`)
  },
}))

beforeEach(() => {
  left = Number.POSITIVE_INFINITY
})

const data = dataset({ features: new Float32Array(50).fill(1), targets: new Float32Array(50), inputs: 1 })
const learner = () => sequential({ inputs: 1, seed: 1 }, [dense(99), dense(1)])
const fit = { optimizer: sgd({ learningRate: 0.01 }), epochs: 1, batchSize: 20 }

test('a batch needs the outputs of all layers, and their gradients', async () => {
  const model = learner()
  left = 2 * 20 * (99 + 1) * 4
  await model.fit(data, fit)
  await expect(model.fit(data, { ...fit, batchSize: 21 })).rejects.toMatchObject({ code: 'ERR_RAVINE_NATIVE' })
  await expect(model.fit(data, { ...fit, batchSize: 1000 })).rejects.toThrow(`${2 * 50 * 100 * 4} for a batch`)
})

test('another optimizer needs its own states beside those of before, and nothing has changed where there is no room', async () => {
  const model = learner()
  await model.fit(data, fit)
  const before = model.parameters()
  left = 3 * (99 + 99 + 99 + 1) * 4 - 1
  const other = { ...fit, batchSize: 1, optimizer: adam({ learningRate: 0.01 }) }
  await expect(model.fit(data, other)).rejects.toThrow(`${left + 1} for states`)
  expect(model.parameters()).toEqual(before)
  await model.fit(data, { ...fit, batchSize: 1 })
  left++
  await model.fit(data, other)
})
