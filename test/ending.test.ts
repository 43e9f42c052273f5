import { describe, expect, test } from 'vitest'
import { type Dataset, dataset } from '../src/dataset.js'
import type { EarlyStoppingOptions } from '../src/earlyStopping.js'
import type { HistoryEntry } from '../src/history.js'
import { batchNorm, dense } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import type { FitOptions } from '../src/plan.js'
import { Philox, purpose } from '../src/random.js'
import { type BackendName, sequential } from '../src/sequential.js'

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

/** Points of the plane; the label says whether x > y, but of every `wrong`th the opposite. */
function points(examples: number, seed: number, wrong = Infinity): Dataset {
  const random = new Philox(seed, purpose.digits)
  const features = Float32Array.from({ length: 2 * examples }, () => 2 * random.unit() - 1)
  const label = (i: number) => Number(features[2 * i] > features[2 * i + 1] !== (i % wrong === 0 && i > 0))
  return dataset({ features, labels: Array.from({ length: examples }, (_, i) => label(i)), inputs: 2, classes: 2 })
}

const data = points(40, 0, 5)
const validation = points(30, 9)
const options: FitOptions = {
  optimizer: sgd({ learningRate: 0.4, momentum: 0.9 }),
  batchSize: 8,
  epochs: 60,
  validation,
  metrics: ['accuracy'],
}
const net = (backend: BackendName, seed = 1): Model =>
  sequential({ inputs: 2, seed, backend }, [dense(16, 'tanh'), dense(2)])
const state = (model: Model) => [model.parameters(), model.velocities()]
const withoutSeconds = (history: HistoryEntry[]) => history.map(({ seconds, ...entry }) => entry)

/** By hand: the epochs after which such a run ends, and its best one; `epochs` where it does not end early. */
function expected(history: HistoryEntry[], { monitor, patience, minDelta }: Required<EarlyStoppingOptions>) {
  const better = (a: number, b: number) => (/Accuracy|accuracy/.test(monitor) ? a > b + minDelta : a < b - minDelta)
  const values = history.map((entry) => entry[monitor as keyof HistoryEntry] as number)
  let best = 0
  for (let epoch = 1; epoch < values.length; epoch++) {
    if (better(values[epoch], values[best])) best = epoch
    else if (epoch - best === patience) return { epochs: epoch + 1, best: best + 1 }
  }
  return { epochs: values.length, best: best + 1 }
}

describe.each<BackendName>(['native', 'reference'])('early stopping, %s', (backend) => {
  test.each<[string, number, number]>([
    ['validationLoss', 3, 0],
    ['validationLoss', 1, 0],
    ['validationLoss', 4, 0.02],
    ['validationAccuracy', 3, 0],
    ['loss', 2, 0.05],
    ['accuracy', 5, 0.01],
  ])('ends by %s after %i epochs without %d, and gives back the best', async (monitor, patience, minDelta) => {
    const [whole, stopped, restored, best] = [net(backend), net(backend), net(backend), net(backend)]
    const history = await whole.fit(data, options)
    const end = expected(history, { monitor, patience, minDelta, restoreBest: false })
    expect(end.epochs).toBeLessThan(60)
    const earlyStopping = { monitor, patience, minDelta }
    const prefix = withoutSeconds(history).slice(0, end.epochs)
    expect(withoutSeconds(await stopped.fit(data, { ...options, earlyStopping }))).toEqual(prefix)
    const restoring = { ...options, earlyStopping: { ...earlyStopping, restoreBest: true } }
    expect(withoutSeconds(await restored.fit(data, restoring))).toEqual(prefix)
    await best.fit(data, { ...options, epochs: end.best })
    expect(end.best).toBeLessThan(end.epochs)
    expect(restored.parameters()).toEqual(best.parameters())
    expect(restored.velocities()).toEqual(stopped.velocities())
    expect(stopped.parameters()).not.toEqual(best.parameters())
  })
})

test.each<BackendName>(['native', 'reference'])(
  'what batchNorm has seen comes back with the best epoch, %s',
  async (backend) => {
    const made = () => sequential({ inputs: 2, seed: 1, backend }, [dense(8, 'tanh'), batchNorm(), dense(2)])
    const [restored, first] = [made(), made()]
    const earlyStopping = { patience: 2, minDelta: 100, restoreBest: true }
    expect(await restored.fit(data, { ...options, earlyStopping })).toHaveLength(3)
    const [{ validationLoss }] = await first.fit(data, { ...options, epochs: 1 })
    expect([...restored.parameters().keys()]).toContain('2.running_mean')
    expect(restored.parameters()).toEqual(first.parameters())
    expect((await restored.evaluate(validation)).loss).toBe(validationLoss)
  },
)

describe('early stopping', () => {
  const early = (more: EarlyStoppingOptions) => ({ ...options, earlyStopping: { patience: 1, ...more } })

  test('watches validationLoss by default, and loss where there is no validation', async () => {
    const run = async (more: Partial<FitOptions>) => {
      const model = net('reference')
      await model.fit(data, { ...options, ...more })
      return state(model)
    }
    const byDefault = { earlyStopping: { patience: 3 } }
    const named = (monitor: string) => ({ earlyStopping: { patience: 3, monitor } })
    expect(await run(byDefault)).toEqual(await run(named('validationLoss')))
    expect(await run({ ...byDefault, validation: undefined })).toEqual(await run(named('loss')))
    expect(await run(named('loss'))).not.toEqual(await run(named('validationLoss')))
  })

  test('restores the best of a run whose epochs were all done, and of one that was left', async () => {
    const [whole, left, first] = [net('reference'), net('reference'), net('reference')]
    // No improvement is that large: the first epoch stays the best.
    const options = early({ minDelta: 100, patience: 9, restoreBest: true })
    expect(await whole.fit(data, { ...options, epochs: 4 })).toHaveLength(4)
    for await (const { epoch } of left.fit(data, options)) if (epoch === 3) break
    await first.fit(data, { ...options, epochs: 1 })
    expect(whole.parameters()).toEqual(first.parameters())
    expect(left.parameters()).toEqual(first.parameters())
  })

  test('gives every entry to those who iterate, and ends their loop', async () => {
    const entries: HistoryEntry[] = []
    for await (const entry of net('reference').fit(data, early({}))) entries.push(entry)
    expect(withoutSeconds(entries)).toEqual(withoutSeconds(await net('reference').fit(data, early({}))))
    expect(entries.length).toBeLessThan(60)
  })

  test('an abort leaves the model as the last step did, not as its best epoch', async () => {
    const [aborted, twin, controller] = [net('reference'), net('reference'), new AbortController()]
    const onEpoch = ({ epoch }: HistoryEntry) => void (epoch === 3 && controller.abort())
    const restoring = early({ minDelta: 100, patience: 9, restoreBest: true })
    const run = aborted.fit(data, { ...restoring, onEpoch, signal: controller.signal })
    await expect(run).rejects.toThrow(refusal('ERR_RAVINE_ABORTED', /aborted by its signal/))
    await twin.fit(data, { ...options, epochs: 3 })
    expect(state(aborted)).toEqual(state(twin))
  })

  test('so does a divergence', async () => {
    const line = () => sequential({ inputs: 1, dtype: 'f64', backend: 'reference' }, [dense(1)])
    const slope = dataset({ features: Float64Array.of(1, 2), targets: Float64Array.of(1, 2), inputs: 1 })
    // The error is multiplied by about −1e60 an epoch, and the fourth square is beyond the largest number.
    const wild = { optimizer: sgd({ learningRate: 1e60 }), batchSize: 2, shuffle: false }
    const [model, twin] = [line(), line()]
    const earlyStopping = { patience: 9, restoreBest: true }
    const entries: HistoryEntry[] = []
    const onEpoch = (entry: HistoryEntry) => entries.push(entry)
    const run = model.fit(slope, { ...wild, epochs: 9, earlyStopping, onEpoch })
    await expect(run).rejects.toThrow(refusal('ERR_RAVINE_DIVERGED', /epoch 4/))
    await twin.fit(slope, { ...wild, epochs: entries.length })
    expect(state(model)).toEqual(state(twin))
  })

  test('is done with by the next fit', async () => {
    const [model, twin] = [net('reference'), net('reference')]
    const { length } = await model.fit(data, early({}))
    await twin.fit(data, { ...options, epochs: length })
    for (const each of [model, twin]) await each.fit(data, { ...options, epochs: 5 })
    expect(state(model)).toEqual(state(twin))
  })
})

describe('a target', () => {
  test.each<[Record<string, number>]>([
    [{ validationAccuracy: 0.85 }],
    [{ loss: 0.55 }],
    [{ accuracy: 0.75, validationLoss: 0.5 }],
  ])('ends the run after the epoch that reaches %o', async (target) => {
    const history = withoutSeconds(await net('reference').fit(data, options))
    const reached = (entry: (typeof history)[number]) =>
      Object.entries(target).every(([name, goal]) => {
        const value = entry[name as keyof typeof entry] as number
        return /ccuracy/.test(name) ? value >= goal : value <= goal
      })
    const end = history.findIndex(reached) + 1
    expect(end).toBeGreaterThan(0)
    expect(withoutSeconds(await net('reference').fit(data, { ...options, target }))).toEqual(history.slice(0, end))
  })

  test('that is met exactly is reached', async () => {
    const [{ loss }] = await net('reference').fit(data, { ...options, epochs: 1 })
    expect(await net('reference').fit(data, { ...options, target: { loss } })).toHaveLength(1)
  })

  test('that is never reached leaves the run its epochs', async () => {
    const target = { accuracy: 0.1, loss: -1 }
    expect(await net('reference').fit(data, { ...options, epochs: 3, target })).toHaveLength(3)
  })
})

describe('validationSplit', () => {
  test('trains on one part and judges by the other, drawn by the seed of the model', async () => {
    for (const seed of [1, 7]) {
      const [model, twin] = [net('reference', seed), net('reference', seed)]
      const { train, test: rest } = data.split({ test: 0.25, seed })
      expect([train.examples, rest.examples]).toEqual([30, 10])
      const whole = { ...options, epochs: 3, validation: undefined }
      const history = await model.fit(data, { ...whole, validationSplit: 0.25 })
      const expected = await twin.fit(train, { ...whole, validation: rest })
      expect(withoutSeconds(history)).toEqual(withoutSeconds(expected))
      expect(history[2].validationAccuracy).toBe((await model.evaluate(rest)).accuracy)
      expect(state(model)).toEqual(state(twin))
    }
  })
})

describe('refuses', () => {
  const targets = dataset({ features: new Float32Array(2), targets: new Float32Array(1), inputs: 2 })

  test.each<[string, object, string, RegExp]>([
    [
      'a metric that is not asked for',
      { metrics: [], earlyStopping: { monitor: 'accuracy' } },
      'ERR_RAVINE_HYPERPARAMETER',
      /^fit: earlyStopping: expected monitor to be one of 'loss', 'validationLoss' but received 'accuracy'/,
    ],
    [
      'validation that there is not',
      { validation: undefined, earlyStopping: { monitor: 'validationLoss' } },
      'ERR_RAVINE_HYPERPARAMETER',
      /one of 'loss', 'accuracy' but received 'validationLoss'/,
    ],
    [
      'patience 0',
      { earlyStopping: { patience: 0 } },
      'ERR_RAVINE_HYPERPARAMETER',
      /patience to be a whole number ≥ 1 but received 0/,
    ],
    ['minDelta below 0', { earlyStopping: { minDelta: -1 } }, 'ERR_RAVINE_HYPERPARAMETER', /minDelta/],
    [
      'restoreBest by name',
      { earlyStopping: { restoreBest: 'yes' } },
      'ERR_RAVINE_HYPERPARAMETER',
      /restoreBest to be true or false/,
    ],
    [
      'an unknown option',
      { earlyStopping: { patient: 3 } },
      'ERR_RAVINE_HYPERPARAMETER',
      /^fit: earlyStopping: .* did you mean 'patience'/,
    ],
    [
      'earlyStopping: true',
      { earlyStopping: true },
      'ERR_RAVINE_HYPERPARAMETER',
      /^fit: earlyStopping: expected an object of options/,
    ],
    [
      'a target by another name',
      { target: { validationAcuracy: 0.9 } },
      'ERR_RAVINE_HYPERPARAMETER',
      /^fit: target: .* did you mean 'validationAccuracy'/,
    ],
    [
      'a target of NaN',
      { target: { loss: Number.NaN } },
      'ERR_RAVINE_HYPERPARAMETER',
      /loss to be a finite number but received NaN/,
    ],
    [
      'an empty target',
      { target: {} },
      'ERR_RAVINE_HYPERPARAMETER',
      /^fit: target: expected a number for one of loss, accuracy,/,
    ],
    ['a number as a target', { target: 0.9 }, 'ERR_RAVINE_HYPERPARAMETER', /^fit: target: expected an object/],
    [
      'validationSplit beside validation',
      { validationSplit: 0.1 },
      'ERR_RAVINE_HYPERPARAMETER',
      /validation or validationSplit, not both/,
    ],
    [
      'validationSplit 1',
      { validation: undefined, validationSplit: 1 },
      'ERR_RAVINE_HYPERPARAMETER',
      /validationSplit to be a number in \(0, 1\) but received 1/,
    ],
    [
      'a part without examples',
      { validation: undefined, validationSplit: 0.001 },
      'ERR_RAVINE_DATA',
      /^fit: validationSplit: .* an example in each part of 40/,
    ],
    ['validation of targets', { validation: targets }, 'ERR_RAVINE_SHAPE', /^fit: validation/],
  ])('%s', async (_, more, code, message) => {
    const model = net('reference')
    const before = state(model)
    await expect(model.fit(data, { ...options, ...more })).rejects.toThrow(refusal(code, message))
    expect(state(model)).toEqual(before)
    await model.fit(data, { ...options, epochs: 1 })
  })
})
