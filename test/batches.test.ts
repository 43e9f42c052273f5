import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import type { Batches } from '../src/batches.js'
import { type Dataset, dataset } from '../src/dataset.js'
import type { HistoryEntry, StepReport } from '../src/history.js'
import { batchNorm, dense, dropout } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import type { FitOptions } from '../src/plan.js'
import { Philox, purpose } from '../src/random.js'
import type { Batch } from '../src/raw.js'
import { type BackendName, sequential } from '../src/sequential.js'
import { expectClose } from './close.js'
import { densely, entries } from './entries.js'

const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })
const options: FitOptions = { optimizer, metrics: ['accuracy'] }
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

/** Points of the plane; the label says whether x > y. */
function points(examples: number, seed = 0): Dataset {
  const random = new Philox(seed, purpose.digits)
  const features = Float32Array.from({ length: 2 * examples }, () => 2 * random.unit() - 1)
  const labels = Array.from({ length: examples }, (_, i) => Number(features[2 * i] > features[2 * i + 1]))
  return dataset({ features, labels, inputs: 2, classes: 2 })
}

const net = (backend: BackendName = 'reference'): Model =>
  sequential({ inputs: 2, seed: 1, backend }, [dense(4, 'tanh'), dense(2)])
const state = (model: Model) => [model.parameters(), model.velocities()]
const data = points(50)
const raw = ({ features, labels, targets }: Dataset): Batch => ({ features, labels, targets })

async function* later<T>(things: Iterable<T>) {
  for (const thing of things) {
    await setImmediate()
    yield thing
  }
}

/** The same sixteen at a time, the last two, as whatever can be iterated. */
const sources: [what: string, batches: Batches][] = [
  ['an array of datasets', [...data.batches(16)]],
  ['an array of raw arrays', [...data.batches(16)].map(raw)],
  ['an object that can be iterated', data.batches(16)],
  ['a function that gives an iterator', () => data.batches(16)],
  [
    'a generator function',
    function* () {
      yield* data.batches(16)
    },
  ],
  ['a function that gives an asynchronous generator', () => later(data.batches(16))],
  ['an object that can be iterated asynchronously', { [Symbol.asyncIterator]: () => later(data.batches(16)) }],
  ["a stream of Node's", () => Readable.from(data.batches(16))],
  ["a stream of the web's", () => ReadableStream.from(data.batches(16)) as unknown as AsyncIterable<Dataset>],
  ['promises, one after another', () => [...data.batches(16)].map(async (batch) => raw(batch)).values() as never],
]

describe.each<BackendName>(['native', 'reference'])('batches that come one by one, %s', (backend) => {
  test.each(sources)('are to the bit the batches of a dataset: %s', async (_, batches) => {
    const [model, twin, validation] = [net(backend), net(backend), points(20, 9)]
    const history = await model.fit(batches, { ...options, epochs: 3, validation })
    const expected = await twin.fit(data, { ...options, epochs: 3, validation, batchSize: 16, shuffle: false })
    expect(state(model)).toEqual(state(twin))
    expect(history.map(({ epoch, steps, accuracy }) => [epoch, steps, accuracy])).toEqual(
      expected.map(({ epoch, steps, accuracy }) => [epoch, steps, accuracy]),
    )
    expect(history.map(({ validationLoss }) => validationLoss)).toEqual(expected.map((entry) => entry.validationLoss))
    expectClose(
      history.map(({ loss }) => loss),
      expected.map(({ loss }) => loss),
      { relative: 1e-14 },
    )
    expect(Object.keys(history[0])).toEqual(Object.keys(expected[0]))
    // Another fit goes on from here: shuffles count epochs, not batches.
    for (const each of [model, twin]) await each.fit(data, { optimizer, batchSize: 16 })
    expect(state(model)).toEqual(state(twin))
  })

  test('are dropped and normalised as those of a dataset', async () => {
    const layers = [dense(8, 'tanh'), dropout(0.4), batchNorm(), dense(2)]
    const made = () => sequential({ inputs: 2, seed: 1, backend }, layers)
    const [model, twin] = [made(), made()]
    await model.fit(data.batches(16), { optimizer, epochs: 3 })
    await twin.fit(data, { optimizer, epochs: 3, batchSize: 16, shuffle: false })
    expect(state(model)).toEqual(state(twin))
  })

  test('may be of entries, of bytes that are normalised, and of targets', async () => {
    const rows = entries('f64', { examples: 40, inputs: 3, density: 0.4 })
    const answers = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i))
    const bytes = Uint8Array.from({ length: 120 }, (_, i) => (i * 37) % 256)
    const normalize = { mean: 0.5, std: 0.25 }
    for (const whole of [
      dataset({ features: rows, targets: answers, inputs: 3 }),
      dataset({ features: densely(rows, 3), targets: answers, inputs: 3 }),
      dataset({ features: bytes, targets: answers, inputs: 3, normalize }),
    ]) {
      const line = () => sequential({ inputs: 3, dtype: 'f64', backend }, [dense(1)])
      const [model, twin] = [line(), line()]
      const rate = sgd({ learningRate: 1e-3 })
      await model.fit(whole.batches(7), { optimizer: rate, epochs: 2 })
      await twin.fit(whole, { optimizer: rate, epochs: 2, batchSize: 7, shuffle: false })
      expect(state(model)).toEqual(state(twin))
    }
  })

  test('are copied before the next is asked for, which may come in the same arrays', async () => {
    // More than is copied in one turn of the event loop.
    const random = new Philox(3, purpose.digits)
    const features = Float32Array.from({ length: 3 * 3000 * 100 }, () => random.unit())
    const labels = Uint32Array.from({ length: 9000 }, (_, i) => i % 2)
    const whole = dataset({ features, labels, inputs: 100, classes: 2 })
    const kept = { features: new Float32Array(300_000), labels: new Uint32Array(3000) }
    function* reused() {
      for (const batch of whole.batches(3000)) {
        kept.features.set(batch.features as Float32Array)
        kept.labels.set(batch.labels!)
        yield kept
      }
      kept.features.fill(1e30)
    }
    const wide = () => sequential({ inputs: 100, backend }, [dense(2)])
    const [model, twin] = [wide(), wide()]
    await model.fit(reused, { optimizer })
    await twin.fit(whole, { optimizer, batchSize: 3000, shuffle: false })
    expect(state(model)).toEqual(state(twin))
  })

  test('are asked for one ahead: while one is trained on, never more', async () => {
    let trained = 0
    const seen: [asked: number, trained: number][] = []
    async function* source() {
      for (const [i, batch] of [...data.batches(5)].entries()) {
        seen.push([i, trained])
        yield batch
      }
      seen.push([10, trained])
    }
    await net(backend).fit(source, { optimizer, logEvery: 1, onStep: () => void trained++ })
    expect(seen).toEqual([[0, 0], ...Array.from({ length: 10 }, (_, i) => [i + 1, i])])
  })

  test('leave the event loop its turns', async () => {
    let [turns, running] = [0, true]
    const count = async () => {
      while (running) {
        await setImmediate()
        turns++
      }
    }
    const counting = count()
    await net(backend).fit(data.batches(1), { optimizer })
    running = false
    await counting
    expect(turns).toBeGreaterThanOrEqual(25)
  })
})

describe.each<BackendName>(['native', 'reference'])('accumulate, %s', (backend) => {
  const lesson = { ...options, epochs: 2, batchSize: 8 }

  test('of k batches is one batch of k times the size, to the bit', async () => {
    const [model, twin] = [net(backend), net(backend)]
    const history = await model.fit(data, { ...lesson, accumulate: 3 })
    const expected = await twin.fit(data, { ...lesson, batchSize: 24 })
    expect(state(model)).toEqual(state(twin))
    // 24, 24 and 2 examples.
    expect(history.map(({ steps }) => steps)).toEqual([3, 6])
    expect(history.map(({ loss, accuracy }) => [loss, accuracy])).toEqual(
      expected.map(({ loss, accuracy }) => [loss, accuracy]),
    )
  })

  test('of batches that come one by one is the same, in the same arrays or not', async () => {
    const kept = { features: new Float32Array(16), labels: new Uint32Array(8) }
    function* reused() {
      for (const batch of data.take(48).batches(8)) {
        kept.features.set(batch.features as Float32Array)
        kept.labels.set(batch.labels!)
        yield kept
      }
    }
    const twin = net(backend)
    await twin.fit(data.take(48), { ...options, batchSize: 24, shuffle: false })
    for (const batches of [reused, data.take(48).batches(8)]) {
      const model = net(backend)
      const [{ steps }] = await model.fit(batches, { ...options, accumulate: 3 })
      expect(steps).toBe(2)
      expect(state(model)).toEqual(state(twin))
    }
  })

  test('of entries, of bytes and of targets', async () => {
    const rows = entries('bytes', { examples: 41, inputs: 3, density: 0.4 })
    const ones = entries('ones', { examples: 41, inputs: 3, density: 0.4 })
    const targets = Float64Array.from({ length: 41 }, (_, i) => Math.sin(i))
    for (const features of [rows, ones, densely(rows, 3), densely(ones, 3)]) {
      const whole = dataset({ features, targets, inputs: 3, normalize: { mean: 0.5, std: 2 } })
      const line = () => sequential({ inputs: 3, dtype: 'f64', backend }, [dense(1)])
      const [model, twin] = [line(), line()]
      await model.fit(whole.batches(7), { optimizer, accumulate: 2 })
      await twin.fit(whole, { optimizer, batchSize: 14, shuffle: false })
      expect(state(model)).toEqual(state(twin))
    }
  })
})

test('batches of an update are of one kind', async () => {
  const [few, many] = [
    data.take(10),
    dataset({ features: new Float64Array(20), labels: Array(10).fill(0), inputs: 2, classes: 2 }),
  ]
  const model = net()
  const message = /^fit: expected batches of one kind in an update, .*Float32Array.*Float64Array/
  await expect(model.fit([few, many], { optimizer, accumulate: 2 })).rejects.toThrow(
    refusal('ERR_RAVINE_DATA', message),
  )
  expect(state(model)).toEqual(state(net()))
  await model.fit([few, many], { optimizer })
})

test('an abort among the batches of an update leaves it undone', async () => {
  const [model, controller] = [net(), new AbortController()]
  const { log, batches } = watched((i) => (i === 3 ? controller.abort() : undefined))
  const run = model.fit(batches, { optimizer, accumulate: 2, signal: controller.signal })
  await expect(run).rejects.toThrow(/its signal/)
  expect(log).toEqual(['asked 0', 'asked 1', 'asked 2', 'asked 3', 'returned'])
  const twin = net()
  twin.step(data.take(20), { optimizer })
  expect(state(model)).toEqual(state(twin))
})

describe('reports', () => {
  test('tell the mean since the one before, and no number of steps', async () => {
    const reports: StepReport[] = []
    const onStep = (report: StepReport) => reports.push(report)
    const history = await net().fit(data.batches(5), { optimizer, epochs: 2, logEvery: 5, onStep })
    expect(reports.map(({ epoch, step, steps }) => [epoch, step, steps])).toEqual([
      [1, 5, undefined],
      [1, 10, undefined],
      [2, 5, undefined],
      [2, 10, undefined],
    ])
    expectClose((reports[0].loss + reports[1].loss) / 2, history[0].loss, { relative: 1e-14 })
  })

  test('of a profile count every batch', async () => {
    const { profile = [] } = await net('native').fit(data.batches(5), { optimizer, profile: true })
    expect(profile.length).toBeGreaterThan(0)
  })
})

/** A source that says what was done to it; `act` comes before its i-th batch. */
function watched(act: (i: number) => unknown = () => undefined, batches: Iterable<unknown> = data.batches(10)) {
  const log: string[] = []
  const iterator = [...batches].entries()
  const source = {
    async next() {
      const { done, value } = iterator.next()
      if (done) return { done: true as const, value: undefined }
      log.push(`asked ${value[0]}`)
      await act(value[0])
      return { done: false as const, value: value[1] as Batch }
    },
    async return() {
      log.push('returned')
      return { done: true as const, value: undefined }
    },
  }
  return { log, batches: { [Symbol.asyncIterator]: () => source } satisfies Batches }
}

/** What a model is after as many batches of ten. */
function afterSteps(steps: number): unknown[] {
  const twin = net()
  for (const batch of data.take(10 * steps).batches(10)) twin.step(batch, { optimizer })
  return state(twin)
}

describe('a source', () => {
  test('that comes to its end is left alone', async () => {
    const { log, batches } = watched()
    await net().fit(batches, { optimizer })
    expect(log).toEqual([0, 1, 2, 3, 4].map((i) => `asked ${i}`))
  })

  test.each<[string, (i: number) => unknown]>([
    [
      'throws',
      (i) => {
        if (i === 2) throw new Error('mine')
      },
    ],
    [
      'rejects later',
      async (i) => {
        await setTimeout(2)
        if (i === 2) throw new Error('mine')
      },
    ],
  ])('that %s ends the fit with its error, after the batches before', async (_, act) => {
    const [model, { log, batches }] = [net(), watched(act)]
    await expect(model.fit(batches, { optimizer })).rejects.toThrow('mine')
    expect(state(model)).toEqual(afterSteps(2))
    expect(log).not.toContain('returned')
    await model.fit(data, { optimizer })
  })

  test.each<[string, Batches]>([
    [
      'a function',
      () => {
        throw new Error('mine')
      },
    ],
    [
      'an object',
      {
        [Symbol.iterator]: () => {
          throw new Error('mine')
        },
      },
    ],
  ])('that cannot be opened, %s', async (_, batches) => {
    const model = net()
    await expect(model.fit(batches, { optimizer })).rejects.toThrow('mine')
    await model.fit(data, { optimizer })
  })

  test.each<[string, unknown, string, RegExp]>([
    ['is no object', 7, 'ERR_RAVINE_DATA', /^fit: expected batches of .* but received 7/],
    ['is nothing', undefined, 'ERR_RAVINE_DATA', /^fit: expected batches of .* but received undefined/],
    [
      'has an unknown key',
      { features: new Float32Array(2), label: [1] },
      'ERR_RAVINE_HYPERPARAMETER',
      /did you mean 'labels'/,
    ],
    ['has no answers', { features: new Float32Array(2) }, 'ERR_RAVINE_DATA', /labels or targets/],
    [
      'is of other inputs',
      { features: new Float32Array(3), labels: [1] },
      'ERR_RAVINE_SHAPE',
      /features of length examples · 2/,
    ],
    ['is of other classes', { features: new Float32Array(2), labels: [2] }, 'ERR_RAVINE_DATA', /labels\[0\]/],
    [
      'is a dataset of other inputs',
      dataset({ features: new Float32Array(3), labels: [1], inputs: 3 }),
      'ERR_RAVINE_SHAPE',
      /2 inputs/,
    ],
    [
      'has targets after labels',
      { features: new Float32Array(2), targets: new Float32Array(2) },
      'ERR_RAVINE_DATA',
      /to sum to 1 with loss 'crossEntropy'/,
    ],
    ['is empty', { features: new Float32Array(0), labels: [] }, 'ERR_RAVINE_DATA', /at least one example/],
  ])('whose batch %s ends the fit after those before, and is let go', async (_, batch, code, message) => {
    const [model, { log, batches }] = [net(), watched(undefined, [...data.take(20).batches(10), batch, data])]
    await expect(model.fit(batches, { optimizer })).rejects.toThrow(refusal(code, message))
    expect(state(model)).toEqual(afterSteps(2))
    expect(log).toEqual(['asked 0', 'asked 1', 'asked 2', 'returned'])
    await model.fit(data, { optimizer })
  })

  test.each(['abort', 'throw', 'dispose'] as const)('is let go when the fit ends early: %s', async (how) => {
    const [model, { log, batches }, controller] = [net(), watched(), new AbortController()]
    const ends = {
      abort: () => controller.abort(),
      throw: () => {
        throw new Error('mine')
      },
      dispose: () => model.dispose(),
    }
    const onStep = ({ step }: StepReport) => (step === 2 ? ends[how]() : undefined)
    const run = model.fit(batches, { optimizer, logEvery: 1, onStep, signal: controller.signal })
    await expect(run).rejects.toThrow({ abort: /aborted by its signal/, throw: 'mine', dispose: /disposed of/ }[how])
    expect(log).toEqual(['asked 0', 'asked 1', 'asked 2', 'returned'])
    if (how !== 'dispose') expect(state(model)).toEqual(afterSteps(2))
  })

  test('is let go when a loop over epochs is left', async () => {
    const log: string[] = []
    function* source() {
      try {
        log.push('opened')
        yield* data.batches(1)
        log.push('ended')
      } finally {
        log.push('let go')
      }
    }
    for await (const { epoch } of net().fit(source, { optimizer, epochs: 9 })) if (epoch === 2) break
    expect(log.slice(0, 6)).toEqual(['opened', 'ended', 'let go', 'opened', 'ended', 'let go'])
    expect(log.slice(6)).toEqual(['opened', 'let go'])
  })

  test('is let go when the loss is not finite', async () => {
    const line = sequential({ inputs: 1, dtype: 'f64', backend: 'reference' }, [dense(1)])
    const answers = [1, 1e200, 1].map((target) => ({ features: Float64Array.of(1), targets: Float64Array.of(target) }))
    const { log, batches } = watched(undefined, answers)
    const where = /at epoch 1, step 2; try a smaller learningRate/
    await expect(line.fit(batches, { optimizer })).rejects.toThrow(refusal('ERR_RAVINE_DIVERGED', where))
    expect(log.at(-1)).toBe('returned')
  })

  test('that never answers holds nobody: an abort comes out at once', async () => {
    const [model, controller] = [net(), new AbortController()]
    const { log, batches } = watched((i) => (i === 1 ? new Promise(() => undefined) : undefined))
    const onStep = () => setTimeout(5).then(() => controller.abort())
    const run = model.fit(batches, { optimizer, logEvery: 1, onStep, signal: controller.signal })
    await expect(run).rejects.toThrow(refusal('ERR_RAVINE_ABORTED', /its signal/))
    expect(log).toEqual(['asked 0', 'asked 1', 'returned'])
    expect(state(model)).toEqual(afterSteps(1))
    await model.fit(data, { optimizer })
  })

  test('that never answers lets the model go when it is disposed of', async () => {
    const model = net()
    const { log, batches } = watched((i) => (i === 1 ? new Promise(() => undefined) : undefined))
    const onStep = () => void setTimeout(5).then(() => model.dispose())
    const run = model.fit(batches, { optimizer, logEvery: 1, onStep })
    await expect(run).rejects.toThrow(refusal('ERR_RAVINE_DISPOSED', /^fit/))
    expect(log).toEqual(['asked 0', 'asked 1', 'returned'])
  })

  test('whose failure comes after the end of the fit disturbs nobody', async () => {
    const controller = new AbortController()
    const { batches } = watched(async (i) => {
      if (i !== 1) return
      controller.abort()
      await setTimeout(5)
      throw new Error('late')
    })
    await expect(net().fit(batches, { optimizer, signal: controller.signal })).rejects.toThrow(/its signal/)
    await setTimeout(20)
  })
})

describe("a stream of Node's", () => {
  test('gives way: it is never asked for more than it may hold', async () => {
    let made = 0
    const batches = [...data.batches(5)]
    const ahead: number[] = []
    const stream = new Readable({
      objectMode: true,
      highWaterMark: 1,
      read() {
        this.push(batches[made++] ?? null)
      },
    })
    await net().fit(stream, { optimizer, logEvery: 1, onStep: ({ step }) => void ahead.push(made - step) })
    expect(ahead).toHaveLength(10)
    expect(Math.max(...ahead)).toBeLessThanOrEqual(4)
    expect(stream.destroyed).toBe(true)
  })

  test('that fails ends the fit with its error, after the batches before', async () => {
    async function* failing() {
      yield* data.take(20).batches(10)
      throw new Error('mine')
    }
    const [model, stream] = [net(), Readable.from(failing())]
    await expect(model.fit(stream, { optimizer })).rejects.toThrow('mine')
    expect(state(model)).toEqual(afterSteps(2))
    expect(stream.destroyed).toBe(true)
  })

  test.each(['before', 'meanwhile'] as const)('that is destroyed %s ends the fit', async (when) => {
    const [model, stream] = [net(), Readable.from(later(data.batches(10)))]
    if (when === 'before') stream.destroy()
    const onStep = () => void stream.destroy()
    await expect(model.fit(stream, { optimizer, logEvery: 1, onStep })).rejects.toThrow(/prematurely|premature/i)
    await model.fit(data, { optimizer })
  })

  test('is destroyed when the fit stops early', async () => {
    const [controller, stream] = [new AbortController(), Readable.from(later(data.batches(10)))]
    const onStep = ({ step }: StepReport) => (step === 2 ? controller.abort() : undefined)
    const run = net().fit(stream, { optimizer, logEvery: 1, onStep, signal: controller.signal })
    await expect(run).rejects.toThrow(refusal('ERR_RAVINE_ABORTED', /its signal/))
    expect(stream.destroyed).toBe(true)
  })

  test('of one pass is of one epoch', async () => {
    const run = net().fit(Readable.from(data.batches(10)), { optimizer, epochs: 2 })
    await expect(run).rejects.toThrow(refusal('ERR_RAVINE_DATA', /at least one batch in an epoch|start anew/))
  })
})

describe('epochs', () => {
  test('need a source that starts anew', async () => {
    for (const batches of [
      later(data.batches(10)),
      data.batches(10)[Symbol.iterator]() as Iterable<Dataset> & Iterator<Dataset>,
    ]) {
      const run = net().fit(batches, { optimizer, epochs: 2 })
      const message = /^fit: expected batches that start anew in each of 2 epochs, as a function gives them/
      await expect(run).rejects.toThrow(refusal('ERR_RAVINE_HYPERPARAMETER', message))
      // It was not touched.
      expect(await net().fit(batches, { optimizer })).toHaveLength(1)
    }
  })

  test('without batches are refused', async () => {
    const once = later(data.batches(10))
    const entries: HistoryEntry[] = []
    const run = net().fit(() => once, { optimizer, epochs: 2, onEpoch: (entry) => void entries.push(entry) })
    await expect(run).rejects.toThrow(refusal('ERR_RAVINE_DATA', /at least one batch in an epoch but received 0/))
    expect(entries).toHaveLength(1)
    await expect(net().fit([], { optimizer })).rejects.toThrow(refusal('ERR_RAVINE_DATA', /at least one batch/))
  })

  test('may be of any number of batches, and end early', async () => {
    let epoch = 0
    const batches = () => data.take(10 * ++epoch).batches(10)
    const history = await net().fit(batches, { optimizer, epochs: 9, target: { loss: 10 } })
    expect(history).toHaveLength(1)
    epoch = 0
    const longer = await net().fit(batches, { optimizer, epochs: 3 })
    expect(longer.map(({ steps }) => steps)).toEqual([1, 3, 6])
  })
})

describe('a checkpoint', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ravine-batches-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  test('goes on with the next epoch, to the bit; only with batches', async () => {
    const path = join(directory, 'fit.safetensors')
    const [whole, stopped, resumed] = [net(), net(), net()]
    const batches = () => later(data.batches(16))
    const history = await whole.fit(batches, { ...options, epochs: 3 })
    await stopped.fit(batches, { ...options, epochs: 2, checkpoint: { path } })
    const entries = await resumed.fit(batches, { ...options, epochs: 3, resume: path })
    expect(state(resumed)).toEqual(state(whole))
    expect(entries.map(({ seconds, ...entry }) => entry)).toEqual(history.map(({ seconds, ...entry }) => entry))
    const message = /to have examples 50 but it has undefined/
    await expect(net().fit(data, { ...options, resume: path })).rejects.toThrow(refusal('ERR_RAVINE_FILE', message))
  })
})

describe('refuses', () => {
  const targets = dataset({ features: new Float32Array(4), targets: new Float32Array(4), inputs: 2, outputs: 2 })

  test.each<[string, unknown, object, string, RegExp]>([
    [
      'batchSize',
      [data],
      { batchSize: 8 },
      'ERR_RAVINE_HYPERPARAMETER',
      /a dataset with batchSize, not batches .* but received 8/,
    ],
    ['accumulate 0', [data], { accumulate: 0 }, 'ERR_RAVINE_HYPERPARAMETER', /accumulate to be a whole number ≥ 1/],
    ['shuffle', [data], { shuffle: true }, 'ERR_RAVINE_HYPERPARAMETER', /a dataset with shuffle/],
    [
      'validationSplit',
      [data],
      { validationSplit: 0.1 },
      'ERR_RAVINE_HYPERPARAMETER',
      /a dataset with validationSplit/,
    ],
    [
      'balanced classes',
      [data],
      { classWeights: 'balanced' },
      'ERR_RAVINE_HYPERPARAMETER',
      /a dataset with classWeights, not batches that come one by one, but received 'balanced'/,
    ],
    ['accuracy of targets', [targets], { metrics: ['accuracy'] }, 'ERR_RAVINE_HYPERPARAMETER', /classes with metrics/],
    [
      'validation of another kind',
      [data],
      { validation: targets },
      'ERR_RAVINE_HYPERPARAMETER',
      /dataset of targets with loss/,
    ],
    ['validation that is none', [data], { validation: 3 }, 'ERR_RAVINE_DATA', /^fit: validation: expected a dataset/],
    ['arrays of numbers', new Float32Array(4), {}, 'ERR_RAVINE_DATA', /batches of .* but received 0/],
    ['what cannot be iterated', () => 7, {}, 'ERR_RAVINE_DATA', /a function .* but received 7/],
  ])('%s', async (_, batches, more, code, message) => {
    const model = net()
    const before = state(model)
    await expect(model.fit(batches as Batches, { optimizer, ...more })).rejects.toThrow(refusal(code, message))
    expect(state(model)).toEqual(before)
  })

  test('but shuffle: false says what is', async () => {
    await net().fit([data], { optimizer, shuffle: false })
  })
})
