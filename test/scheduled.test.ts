import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Dataset, dataset } from '../src/dataset.js'
import type { HistoryEntry } from '../src/history.js'
import {
  constant,
  cosine,
  dense,
  exponential,
  linear,
  load,
  oneCycle,
  reduceOnPlateau,
  type Scheduled,
  type SgdOptions,
  sequence,
  sequential,
  sgd,
  warmup,
} from '../src/index.js'
import type { Model } from '../src/model.js'
import type { FitOptions } from '../src/plan.js'
import { Philox, purpose } from '../src/random.js'
import { at } from '../src/schedule.js'
import type { BackendName } from '../src/sequential.js'

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

/** Points of the plane; the label says whether x > y, but of every fifth the opposite. */
function points(examples: number, seed = 0): Dataset {
  const random = new Philox(seed, purpose.digits)
  const features = Float32Array.from({ length: 2 * examples }, () => 2 * random.unit() - 1)
  const label = (i: number) => Number(features[2 * i] > features[2 * i + 1] !== (i % 5 === 4))
  return dataset({ features, labels: Array.from({ length: examples }, (_, i) => label(i)), inputs: 2, classes: 2 })
}

const data = points(40)
const net = (backend: BackendName = 'reference'): Model =>
  sequential({ inputs: 2, seed: 1, backend }, [dense(4, 'tanh'), dense(2)])
const state = (model: Model) => [model.parameters(), model.velocities()]
const withoutSeconds = (history: readonly HistoryEntry[]) => history.map(({ seconds, ...entry }) => entry)
const inOrder = { batchSize: 8, shuffle: false } as const
/** Updates of an epoch. */
const STEPS = 5

/** Steps one by one with numbers for the options, as `now` says for the updates done before. */
function byHand(backend: BackendName, steps: number, now: (step: number) => SgdOptions): Model {
  const model = net(backend)
  const batches = [...data.batches(8)]
  for (let step = 0; step < steps; step++) model.step(batches[step % STEPS], { optimizer: sgd(now(step)) })
  return model
}

describe.each<BackendName>(['native', 'reference'])('schedules in a fit, %s', (backend) => {
  test('are evaluated for each update, in one job or in many, and by step', async () => {
    const schedules = {
      learningRate: cosine({ from: 0.5, to: 0.1, steps: 12 }),
      momentum: linear({ from: 0.5, to: 0.9, steps: 10 }),
      weightDecay: exponential({ from: 0.1, factor: 0.5, every: 4 }),
    }
    const optimizer = sgd(schedules)
    const [alone, watched, stepped] = [net(backend), net(backend), net(backend)]
    const history = await alone.fit(data, { ...inOrder, optimizer, epochs: 3 })
    await watched.fit(data, { ...inOrder, optimizer, epochs: 3, onEpoch: () => undefined })
    const batches = [...data.batches(8)]
    for (let step = 0; step < 3 * STEPS; step++) stepped.step(batches[step % STEPS], { optimizer })
    const numbers = byHand(backend, 3 * STEPS, (step) => ({
      learningRate: at(schedules.learningRate, step),
      momentum: at(schedules.momentum, step),
      weightDecay: at(schedules.weightDecay, step),
    }))
    for (const each of [watched, stepped, numbers]) expect(state(each)).toEqual(state(alone))
    expect(history.map(({ learningRate }) => learningRate)[2]).toBe(0.1)
  })

  test('and functions are the numbers that they give', async () => {
    const rate = (step: number) => 0.5 / (1 + step)
    const momentum = (step: number) => (step < 7 ? 0.5 : 0.875)
    const byFunctions = net(backend)
    const optimizer = sgd({ learningRate: rate, momentum, weightDecay: (step) => step / 64 })
    await byFunctions.fit(data, { ...inOrder, optimizer, epochs: 2 })
    const twin = byHand(backend, 10, (step) => ({
      learningRate: rate(step),
      momentum: momentum(step),
      weightDecay: step / 64,
    }))
    expect(state(byFunctions)).toEqual(state(twin))
  })

  test('a momentum that changes takes effect at once', async () => {
    const halves = sequence([constant(0.5), 3], constant(0.9))
    const model = net(backend)
    await model.fit(data, { ...inOrder, optimizer: sgd({ learningRate: 0.1, momentum: halves }) })
    const now = (step: number) => ({ learningRate: 0.1, momentum: step < 3 ? 0.5 : 0.9 })
    expect(state(model)).toEqual(state(byHand(backend, STEPS, now)))
    const late = (step: number) => ({ learningRate: 0.1, momentum: step < 4 ? 0.5 : 0.9 })
    expect(state(model)).not.toEqual(state(byHand(backend, STEPS, late)))
  })

  test('of batches that come one by one are the same', async () => {
    const optimizer = sgd({ ...oneCycle({ max: 0.5, steps: 10 }), nesterov: true })
    const [model, twin] = [net(backend), net(backend)]
    const history = await model.fit(data.batches(8), { optimizer, epochs: 2 })
    const expected = await twin.fit(data, { ...inOrder, optimizer, epochs: 2 })
    expect(state(model)).toEqual(state(twin))
    expect(history.map(({ momentum }) => momentum)).toEqual(expected.map(({ momentum }) => momentum))
  })

  test('that look at epochs go down when these bring nothing', async () => {
    const learningRate = reduceOnPlateau({ from: 0.5, factor: 0.25, patience: 2, minDelta: 0.1, monitor: 'loss' })
    const [model, twin] = [net(backend), net(backend)]
    const history = await model.fit(data, { ...inOrder, optimizer: sgd({ learningRate, momentum: 0.5 }), epochs: 12 })
    let [best, wait, rate] = [Infinity, 0, 0.5]
    for (const { loss, learningRate } of history) {
      expect(learningRate).toBe(rate)
      await twin.fit(data, { ...inOrder, optimizer: sgd({ learningRate: rate, momentum: 0.5 }) })
      if (loss < best - 0.1) [best, wait] = [loss, 0]
      else if (++wait === 2) [rate, wait] = [rate * 0.25, 0]
    }
    expect(rate).toBeLessThan(0.5)
    expect(state(model)).toEqual(state(twin))
  })
})

describe('history', () => {
  test('tells the rates of the last update of an epoch, where they are scheduled', async () => {
    const told = async (options: SgdOptions, more: Partial<FitOptions> = {}) => {
      const history = await net().fit(data, { ...inOrder, epochs: 3, optimizer: sgd(options), ...more })
      return history.map(({ learningRate, momentum }) => [learningRate, momentum])
    }
    const learningRate = linear({ from: 1, to: 0.5, steps: 16 })
    const rates = [4, 9, 14].map((step) => 1 - step / 32)
    for (const more of [{}, { onEpoch: () => undefined }]) {
      expect(await told({ learningRate, momentum: 0.5 }, more)).toEqual(rates.map((rate) => [rate, undefined]))
      const momentum = (step: number) => step / 16
      expect(await told({ learningRate: 0.1, momentum }, more)).toEqual(
        [4, 9, 14].map((step) => [undefined, step / 16]),
      )
    }
    const [entry] = await net().fit(data, { ...inOrder, optimizer: sgd({ learningRate: 0.1 }) })
    expect(Object.keys(entry)).toEqual(['epoch', 'steps', 'loss', 'seconds'])
    const [other] = await net().fit(data, {
      ...inOrder,
      optimizer: sgd(oneCycle({ max: 1, steps: 9 })),
      validation: data,
    })
    expect(Object.keys(other)).toEqual([
      'epoch',
      'steps',
      'loss',
      'learningRate',
      'momentum',
      'validationLoss',
      'seconds',
    ])
  })

  test('of a run that was left in the midst of an epoch tells the same', async () => {
    const optimizer = sgd({ learningRate: (step) => 1 / (step + 1) })
    const model = net()
    const run = model.fit(data, { ...inOrder, batchSize: 1, optimizer, epochs: 100 })
    for await (const { epoch, learningRate } of run) {
      expect(learningRate).toBe(1 / (40 * epoch))
      if (epoch === 3) break
    }
    for (const { epoch, learningRate } of await run) expect(learningRate).toBe(1 / (40 * epoch))
  })
})

describe('the place of a schedule', () => {
  const changing = {
    learningRate: warmup(reduceOnPlateau({ from: 0.5, factor: 0.5, patience: 1, minDelta: 0.05, monitor: 'loss' }), {
      steps: 7,
    }),
    momentum: linear({ from: 0.5, to: 0.9, steps: 40 }),
  }
  const optimizer = sgd(changing)
  const options = { ...inOrder, optimizer }
  const directory = mkdtempSync(join(tmpdir(), 'ravine-scheduled-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  test('goes on in the next fit, in a model that was saved, and in a run that is resumed', async () => {
    const [whole, twice, stopped, resumed] = [net(), net(), net(), net()]
    const history = await whole.fit(data, { ...options, epochs: 8 })
    expect(new Set(history.map(({ learningRate }) => learningRate)).size).toBeGreaterThan(3)
    await twice.fit(data, { ...options, epochs: 5 })
    await twice.save(join(directory, 'model.safetensors'))
    const loaded = await load(join(directory, 'model.safetensors'), { backend: 'reference' })
    const path = join(directory, 'fit.safetensors')
    await stopped.fit(data, { ...options, epochs: 5, checkpoint: { path } })
    const entries = await resumed.fit(data, { ...options, epochs: 8, resume: path })
    for (const each of [twice, loaded]) await each.fit(data, { ...options, epochs: 3 })
    for (const each of [twice, loaded, resumed]) expect(state(each)).toEqual(state(whole))
    expect(withoutSeconds(entries)).toEqual(withoutSeconds(history))
  })

  test('is forgotten with another kind of optimizer', async () => {
    const [model, fresh] = [net(), net()]
    await model.fit(data, { ...options, epochs: 6 })
    const ema = { ...options, optimizer: sgd({ ...changing, form: 'ema' }) }
    fresh.setParameters(model.parameters())
    const [history, expected] = [await model.fit(data, ema), await fresh.fit(data, ema)]
    expect(history[0].learningRate).toBe(expected[0].learningRate)
    expect(state(model)).toEqual(state(fresh))
  })

  test('is of all groups, which may begin from other values', async () => {
    const falling = (from: number) =>
      reduceOnPlateau({ from, factor: 0.5, patience: 1, minDelta: 100, monitor: 'loss' })
    const grouped = sgd({
      learningRate: falling(0.5),
      parameterGroups: [{ match: /bias/, learningRate: falling(0.25) }],
    })
    const [model, twin] = [net(), net()]
    await model.fit(data, { ...inOrder, optimizer: grouped, epochs: 3 })
    // The first epoch is the best, the second brings nothing.
    for (const rate of [0.5, 0.5, 0.25]) {
      const numbers = sgd({ learningRate: rate, parameterGroups: [{ match: /bias/, learningRate: rate / 2 }] })
      await twin.fit(data, { ...inOrder, optimizer: numbers })
    }
    expect(state(model)).toEqual(state(twin))
  })
})

describe('refuses', () => {
  const plateau = (more: object) => reduceOnPlateau({ from: 0.1, ...more })

  test.each<[string, SgdOptions, RegExp]>([
    [
      'NaN, with the step',
      { learningRate: (step) => (step === 3 ? Number.NaN : 0.1) },
      /^fit: expected learningRate to be a number ≥ 0 at step 3 but received NaN/,
    ],
    [
      'a momentum of 1',
      { learningRate: 0.1, momentum: linear({ from: 0.5, to: 1, steps: 4 }) },
      /momentum to be a number in \[0, 1\) at step 4 but received 1/,
    ],
    [
      'a decay below 0',
      { learningRate: 0.1, weightDecay: (step) => 2 - step },
      /weightDecay to be a number ≥ 0 at step 3 but received -1/,
    ],
    [
      'what is no schedule',
      { learningRate: { type: 'cosin' } as unknown as Scheduled },
      /learningRate to be a number > 0 or a schedule or a function of the step/,
    ],
    [
      'a plateau of what epochs do not tell',
      { learningRate: plateau({}) },
      /^fit: optimizer: expected learningRate to look at one of loss, which epochs tell, but received 'validationLoss'/,
    ],
    [
      'plateaus of two kinds in one option',
      {
        learningRate: plateau({ monitor: 'loss' }),
        parameterGroups: [{ match: 'x', learningRate: plateau({ monitor: 'loss', patience: 3 }) }],
      },
      /learningRate to be reduced in one way/,
    ],
  ])('%s', async (_, options, message) => {
    const model = net()
    await model.fit(data, { ...inOrder, optimizer: sgd({ learningRate: 0.1, form: 'ema', momentum: 0.5 }) })
    const before = state(model)
    const run = async () => model.fit(data, { ...inOrder, optimizer: sgd(options), epochs: 3 })
    await expect(run()).rejects.toThrow(refusal('ERR_RAVINE_HYPERPARAMETER', message))
    expect(state(model)).toEqual(before)
    const twin = net()
    await twin.fit(data, { ...inOrder, optimizer: sgd({ learningRate: 0.1, form: 'ema', momentum: 0.5 }) })
    for (const each of [model, twin]) {
      await each.fit(data, { ...inOrder, optimizer: sgd({ learningRate: 0.1, form: 'ema', momentum: 0.5 }) })
    }
    expect(state(model)).toEqual(state(twin))
  })

  test('in step and apply, too, with nothing changed', () => {
    const model = net()
    const bad = sgd({ learningRate: () => Number.NaN })
    const before = state(model)
    const message = (name: string) => refusal('ERR_RAVINE_HYPERPARAMETER', new RegExp(`^${name}: .* at step 0 .* NaN`))
    expect(() => model.step(data, { optimizer: bad })).toThrow(message('step'))
    expect(() => model.apply(model.gradients(data), bad)).toThrow(message('apply'))
    expect(state(model)).toEqual(before)
  })
})
