import { describe, expect, test } from 'vitest'
import { type Dataset, dataset } from '../src/dataset.js'
import type { HistoryEntry, StepReport } from '../src/history.js'
import { dense } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import type { FitOptions } from '../src/plan.js'
import type { ProfileRow } from '../src/profile.js'
import { Philox, purpose } from '../src/random.js'
import { sequential } from '../src/sequential.js'
import { expectClose } from './close.js'

const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })
const busy = refusal(
  'ERR_RAVINE_HYPERPARAMETER',
  /expected no other run of this model in hand but one is; await it first/,
)

/** Points of the plane; the label says whether x > y. */
function points(examples: number, seed = 0): Dataset {
  const random = new Philox(seed, purpose.digits)
  const features = Float32Array.from({ length: 2 * examples }, () => 2 * random.unit() - 1)
  const labels = Array.from({ length: examples }, (_, i) => Number(features[2 * i] > features[2 * i + 1]))
  return dataset({ features, labels, inputs: 2, classes: 2 })
}

const net = (seed = 1): Model => sequential({ inputs: 2, seed, backend: 'reference' }, [dense(4, 'tanh'), dense(2)])
const state = (model: Model) => [model.parameters(), model.velocities()]
const withoutSeconds = (history: HistoryEntry[]) => history.map(({ seconds, ...entry }) => entry)

/** The second example's loss, about 1e200², is infinite. */
const diverging = dataset({
  features: new Float64Array([1, 1]),
  targets: new Float64Array([1, 1e200]),
  inputs: 1,
})
const line = () => sequential({ inputs: 1, dtype: 'f64', backend: 'reference' }, [dense(1)])

describe('history', () => {
  test('has an entry an epoch; the last batch has what is left', async () => {
    const history = await net().fit(points(50), { optimizer, epochs: 3, batchSize: 16 })
    expect(Array.isArray(history)).toBe(true)
    expect(history.map(({ epoch, steps }) => [epoch, steps])).toEqual([
      [1, 4],
      [2, 8],
      [3, 12],
    ])
    for (const entry of history) {
      expect(Object.keys(entry)).toEqual(['epoch', 'steps', 'loss', 'seconds'])
      expect(entry.seconds).toBeGreaterThanOrEqual(0)
    }
  })

  test('learns, and tells loss and accuracy of both sets', async () => {
    const [model, validation] = [net(), points(64, 9)]
    const history = await model.fit(points(128), { optimizer, epochs: 12, validation, metrics: ['accuracy'] })
    const last = history[history.length - 1]
    expect(last.loss).toBeLessThan(history[0].loss)
    expect(last.accuracy).toBeGreaterThan(0.9)
    const { loss, accuracy } = await model.evaluate(validation)
    expect([last.validationLoss, last.validationAccuracy]).toEqual([loss, accuracy])
  })

  test('is the same in one job, epoch by epoch, iterated or in two fits; so is the model', async () => {
    const data = points(40)
    const options = { optimizer, epochs: 4, batchSize: 8 }
    const [model, watched, iterated, twice] = [net(), net(), net(), net()]
    const history = withoutSeconds(await model.fit(data, options))
    expect(withoutSeconds(await watched.fit(data, { ...options, onEpoch: () => undefined }))).toEqual(history)
    const entries: HistoryEntry[] = []
    for await (const entry of iterated.fit(data, options)) entries.push(entry)
    expect(withoutSeconds(entries)).toEqual(history)
    await twice.fit(data, { ...options, epochs: 1 })
    await twice.fit(data, { ...options, epochs: 3 })
    for (const other of [watched, iterated, twice]) expect(state(other)).toEqual(state(model))
  })

  test('one full batch in order is one step', async () => {
    const data = points(20)
    const [fitted, stepped] = [net(), net()]
    const [{ loss }] = await fitted.fit(data, { optimizer, batchSize: 100, shuffle: false })
    expect(stepped.step(data, { optimizer }).loss).toBe(loss)
    expect(state(stepped)).toEqual(state(fitted))
  })

  test('another form of momentum starts anew', async () => {
    const data = points(20)
    const ema = sgd({ learningRate: 0.1, momentum: 0.9, form: 'ema', biasCorrection: true })
    const [model, fresh] = [net(), net()]
    await model.fit(data, { optimizer, shuffle: false })
    fresh.setParameters(model.parameters())
    for (const each of [model, fresh]) await each.fit(data, { optimizer: ema, shuffle: false })
    expect(state(model)).toEqual(state(fresh))
  })
})

describe('a profile', () => {
  const native = () => sequential({ inputs: 2, seed: 1 }, [dense(100, 'tanh'), dense(2)])
  const options = { optimizer, epochs: 3, batchSize: 16 }
  const sumOf = (rows: readonly ProfileRow[], figure: (row: ProfileRow) => number) =>
    rows.reduce((sum, row) => sum + figure(row), 0)

  test.each([1, 2, 3])('has a row for each operation, by %i threads; their shares make 1', async (threads) => {
    const { profile = [] } = await native().fit(points(50), { ...options, threads, profile: true })
    expect(profile.map(({ operation }) => operation)).toContain('wait')
    const names = ['forward 0', 'forward 1', 'loss', 'weight update 1']
    const found = names.map((name) => profile.findIndex(({ operation }) => operation === name))
    expect(found[0]).not.toBe(-1)
    expect(found).toEqual([...found].sort((a, b) => a - b))
    expect(profile.map(({ phase }) => phase)).toEqual(profile.map(({ phase }) => phase).sort((a, b) => a - b))
    expect(new Set(profile.map(({ phase, operation }) => `${phase} ${operation}`)).size).toBe(profile.length)
    for (const row of profile) {
      expect(Object.keys(row)).toEqual(['phase', 'operation', 'seconds', 'share', 'gflops', 'gigabytesPerSecond'])
      expect(row.seconds).toBeGreaterThan(0)
      expect(row.share).toBe(row.seconds / sumOf(profile, ({ seconds }) => seconds))
      expect(Object.isFrozen(row)).toBe(true)
    }
    expectClose(
      sumOf(profile, ({ share }) => share),
      1,
      { relative: 1e-12 },
    )
  })

  test('counts the work of all epochs, in one job or in many', async () => {
    for (const more of [{}, { onEpoch: () => undefined }]) {
      const { profile = [] } = await native().fit(points(50), { ...options, ...more, profile: true })
      const rate = (operation: string) => profile.find((row) => row.operation === operation)!
      const [forward, loss] = [rate('forward 0'), rate('loss')]
      expectClose(forward.gflops * forward.seconds * 1e9, 3 * 50 * (2 * 2 * 100), { relative: 1e-12 })
      expect(loss.gflops).toBe(0)
      expect(loss.gigabytesPerSecond).toBeGreaterThan(0)
    }
  })

  test('changes no bit of the run', async () => {
    const data = points(50)
    const plain = native()
    const history = withoutSeconds(await plain.fit(data, options))
    for (const threads of [undefined, 1, 2, 3]) {
      const model = native()
      expect(withoutSeconds(await model.fit(data, { ...options, threads, profile: true }))).toEqual(history)
      expect(state(model)).toEqual(state(plain))
    }
  })

  test('leaves the history an array like any other', async () => {
    const data = points(50)
    const plain = await native().fit(data, options)
    expect('profile' in plain).toBe(false)
    const history = await native().fit(data, { ...options, profile: true })
    expect(history.profile?.length).toBeGreaterThan(0)
    expect(history).toStrictEqual([...history])
    expect(history.at(-1)?.epoch).toBe(3)
    expect(JSON.parse(JSON.stringify(history))).toEqual(history)
    expect(Object.keys(history)).toEqual(['0', '1', '2'])
  })

  test('is there for those who iterate, too, when the fit has ended or been left', async () => {
    const ended = native().fit(points(50), { ...options, profile: true })
    for await (const { epoch } of ended) expect(epoch).toBeLessThan(4)
    const left = native().fit(points(50), { ...options, epochs: 1_000_000, profile: true })
    for await (const { epoch } of left) if (epoch === 2) break
    for (const fit of [ended, left]) expect((await fit).profile?.map(({ operation }) => operation)).toContain('loss')
  })

  test('is refused by the reference, with nothing changed', async () => {
    const model = net()
    await model.fit(points(20), { optimizer })
    const before = state(model)
    const ema = sgd({ learningRate: 0.1, momentum: 0.9, form: 'ema' })
    const says = /^fit: expected backend: 'native' with profile: true but received 'reference'$/
    await expect(model.fit(points(20), { optimizer: ema, profile: true })).rejects.toThrow(
      refusal('ERR_RAVINE_HYPERPARAMETER', says),
    )
    expect(state(model)).toEqual(before)
    await model.fit(points(20), { optimizer, profile: false })
  })
})

describe('iteration', () => {
  test('begun late gives every entry', async () => {
    const fit = net().fit(points(20), { optimizer, epochs: 3 })
    await fit
    const epochs: number[] = []
    for await (const { epoch } of fit) epochs.push(epoch)
    expect(epochs).toEqual([1, 2, 3])
  })

  test('of a run that has ended leaves the next run alone', async () => {
    const [model, data] = [net(), points(64)]
    const ended = model.fit(data, { optimizer })
    await ended
    const next = model.fit(data, { optimizer, epochs: 20, batchSize: 1 })
    for await (const { epoch } of ended) expect(epoch).toBe(1)
    expect(await next).toHaveLength(20)
  })

  test('when left stops the run, and frees the model', async () => {
    const model = net()
    const fit = model.fit(points(64), { optimizer, epochs: 1_000_000, batchSize: 8 })
    for await (const { epoch } of fit) if (epoch === 2) break
    const history = await fit
    expect(history.length).toBeGreaterThanOrEqual(2)
    expect(history.length).toBeLessThan(1_000_000)
    await model.fit(points(64), { optimizer })
  })

  test('throws what the run fails of', async () => {
    const epochs: number[] = []
    const iterate = async () => {
      for await (const { epoch } of line().fit(diverging, { optimizer })) epochs.push(epoch)
    }
    await expect(iterate()).rejects.toThrow(refusal('ERR_RAVINE_DIVERGED', /epoch 1/))
    expect(epochs).toEqual([])
  })
})

describe('stopping', () => {
  test('a signal that was aborted before lets nothing begin', async () => {
    const model = net()
    const before = state(model)
    const signal = AbortSignal.abort('enough')
    const run = model.fit(points(20), { optimizer, signal })
    await expect(run).rejects.toThrow(expect.objectContaining({ code: 'ERR_RAVINE_ABORTED', cause: 'enough' }))
    expect(state(model)).toEqual(before)
  })

  test('a signal aborts after the step in hand; the model goes on', async () => {
    const [model, data, controller] = [net(), points(64), new AbortController()]
    const onStep = ({ epoch, step }: StepReport) => {
      if (epoch === 1 && step === 3) controller.abort()
    }
    const options = { optimizer, batchSize: 8, shuffle: false, logEvery: 1 }
    const run = model.fit(data, { ...options, epochs: 5, onStep, signal: controller.signal })
    await expect(run).rejects.toThrow(refusal('ERR_RAVINE_ABORTED', /aborted by its signal/))
    const twin = net()
    for (const batch of data.take(24).batches(8)) twin.step(batch, { optimizer })
    expect(state(model)).toEqual(state(twin))
    await model.fit(data, options)
  })

  test('an abort of the signal after the end is nothing to the next run', async () => {
    const [model, controller] = [net(), new AbortController()]
    await model.fit(points(20), { optimizer, signal: controller.signal })
    const next = model.fit(points(20), { optimizer, epochs: 3 })
    controller.abort()
    expect(await next).toHaveLength(3)
  })

  test('a loss that is not finite stops before its step, and says where', async () => {
    const model = line()
    const run = model.fit(diverging, { optimizer, batchSize: 1, shuffle: false, epochs: 3 })
    const where = /at epoch 1, step 2 of 2; try a smaller learningRate, a lower momentum or normalised features/
    await expect(run).rejects.toThrow(refusal('ERR_RAVINE_DIVERGED', where))
    const twin = line()
    twin.step(diverging.take(1), { optimizer })
    expect(state(model)).toEqual(state(twin))
  })

  test('disposing of the model does, too', async () => {
    const model = net()
    const onEpoch = () => model.dispose()
    await expect(model.fit(points(20), { optimizer, epochs: 3, onEpoch })).rejects.toThrow(/^fit: .* disposed of/)
    const other = net()
    const onStep = () => other.dispose()
    const run = other.fit(points(20), { optimizer, epochs: 3, batchSize: 1, logEvery: 1, onStep })
    await expect(run).rejects.toThrow(refusal('ERR_RAVINE_DISPOSED', /^fit/))
  })
})

describe('callbacks', () => {
  test('onStep is told of the mean loss every logEvery steps', async () => {
    const reports: StepReport[] = []
    const onStep = (report: StepReport) => reports.push(report)
    const [{ loss }] = await net().fit(points(32), { optimizer, epochs: 2, batchSize: 8, logEvery: 2, onStep })
    expect(reports.map(({ epoch, step, steps }) => [epoch, step, steps])).toEqual([
      [1, 2, 4],
      [1, 4, 4],
      [2, 2, 4],
      [2, 4, 4],
    ])
    expectClose((reports[0].loss + reports[1].loss) / 2, loss, { relative: 1e-15 })
  })

  test('the next epoch waits for onEpoch, in which the model may be read', async () => {
    const model = net()
    const seen: unknown[] = []
    const onEpoch = async ({ epoch }: HistoryEntry) => {
      const before = state(model)
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect(state(model)).toEqual(before)
      seen.push(epoch)
    }
    await model.fit(points(20), { optimizer, epochs: 2, onEpoch })
    expect(seen).toEqual([1, 2])
  })

  test.each<[string, Partial<FitOptions>]>([
    ['onStep', { onStep: () => fail() }],
    ['onEpoch', { onEpoch: () => fail() }],
    ['onEpoch, later', { onEpoch: async () => fail() }],
  ])('what %s throws is what the fit rejects with', async (_, callbacks) => {
    const model = net()
    const run = model.fit(points(32), { optimizer, epochs: 3, batchSize: 8, logEvery: 1, ...callbacks })
    await expect(run).rejects.toThrow('mine')
    await model.fit(points(32), { optimizer })
  })

  const fail = () => {
    throw new Error('mine')
  }
})

describe('a run in hand', () => {
  test('refuses every other use, and goes on', async () => {
    const [model, data] = [net(), points(32)]
    const first = model.fit(data, { optimizer, epochs: 2, batchSize: 8 })
    await expect(model.fit(data, { optimizer })).rejects.toThrow(busy)
    await expect(model.evaluate(data)).rejects.toThrow(busy)
    await expect(model.predict(data)).rejects.toThrow(busy)
    expect(() => model.step(data, { optimizer })).toThrow(busy)
    expect(() => model.gradients(data)).toThrow(busy)
    expect(() => model.apply({}, optimizer)).toThrow(busy)
    expect(() => model.setParameters({})).toThrow(busy)
    expect(() => model.setVelocities({})).toThrow(busy)
    expect(await first).toHaveLength(2)
    await model.fit(data, { optimizer })
  })

  test('a refused fit holds nothing', async () => {
    const model = net()
    await expect(model.fit(points(8), {} as FitOptions)).rejects.toThrow(/optimizer/)
    await model.fit(points(8), { optimizer })
  })
})

describe('refuses', () => {
  const targets = dataset({ features: new Float32Array(4), targets: new Float32Array(4), inputs: 2, outputs: 2 })
  const threeClasses = dataset({ features: new Float32Array(4), labels: [0, 1], inputs: 2, classes: 3 })

  test.each<[string, unknown, object, string, RegExp]>([
    ['what is no dataset', {}, {}, 'ERR_RAVINE_DATA', /a dataset made by dataset/],
    ['data of other inputs', diverging, {}, 'ERR_RAVINE_SHAPE', /2 inputs but received one of 1/],
    ['data of other classes', threeClasses, {}, 'ERR_RAVINE_SHAPE', /2 classes, .* received one of 3/],
    ['crossEntropy of no shares', targets, { loss: 'crossEntropy' }, 'ERR_RAVINE_DATA', /to sum to 1 with loss/],
    [
      'accuracy of a regression',
      targets,
      { metrics: ['accuracy'] },
      'ERR_RAVINE_HYPERPARAMETER',
      /classes with metrics/,
    ],
    ['validation of another kind', points(4), { validation: targets }, 'ERR_RAVINE_DATA', /^fit: validation/],
    ['an unknown metric', points(4), { metrics: ['F1'] }, 'ERR_RAVINE_HYPERPARAMETER', /each of metrics to be one of/],
    ['epochs 0', points(4), { epochs: 0 }, 'ERR_RAVINE_HYPERPARAMETER', /epochs/],
    ['batchSize 0.5', points(4), { batchSize: 0.5 }, 'ERR_RAVINE_HYPERPARAMETER', /batchSize/],
    ['threads 0', points(4), { threads: 0 }, 'ERR_RAVINE_HYPERPARAMETER', /threads/],
    ['a profile by name', points(4), { profile: 'all' }, 'ERR_RAVINE_HYPERPARAMETER', /profile to be true or false/],
    ['a signal of another kind', points(4), { signal: {} }, 'ERR_RAVINE_HYPERPARAMETER', /an AbortSignal/],
    ['an unknown option', points(4), { epoch: 3 }, 'ERR_RAVINE_HYPERPARAMETER', /did you mean 'epochs'/],
  ])('%s', async (_, data, options, code, message) => {
    await expect(net().fit(data as Dataset, { optimizer, ...options })).rejects.toThrow(refusal(code, message))
  })
})
