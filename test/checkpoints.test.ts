import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batches } from '../src/batches.js'
import { type Dataset, dataset } from '../src/dataset.js'
import { digits } from '../src/digits.js'
import type { HistoryEntry } from '../src/history.js'
import { activation, batchNorm, concat, dense, dropout, embedding } from '../src/layers.js'
import { load } from '../src/load.js'
import type { Model } from '../src/model.js'
import type { Optimizer } from '../src/optimizer.js'
import { adam } from '../src/optimizers/adam.js'
import { sgd } from '../src/optimizers/sgd.js'
import { yellowFin } from '../src/optimizers/yellowFin.js'
import type { FitOptions } from '../src/plan.js'
import { readTensors, tensorFile } from '../src/safetensors.js'
import { cosine } from '../src/schedules/cosine.js'
import { reduceOnPlateau } from '../src/schedules/reduceOnPlateau.js'
import { type BackendName, graph, type SequentialOptions, sequential } from '../src/sequential.js'
import { expectSameBits } from './bits.js'
import { child } from './child.js'
import { networks, stateOf } from './golden/networks.js'

const { train, test: validation } = digits({ examples: 90, seed: 3 })
const optimizer = sgd({ learningRate: 0.2, momentum: 0.9, form: 'ema', biasCorrection: true })
const lesson = { optimizer, batchSize: 16 }
const refusal = (code: string, says: RegExp) => ({ name: 'RavineError', code, message: expect.stringMatching(says) })

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ravine-checkpoints-'))
  path = join(directory, 'fit.safetensors')
})
afterEach(() => rmSync(directory, { recursive: true }))

const net = (options: Partial<SequentialOptions> = {}, width = 9) =>
  sequential({ inputs: 784, seed: 5, backend: 'reference', ...options }, [dense(width, 'relu'), dense(10)])
const withoutSeconds = (history: readonly HistoryEntry[]) => history.map(({ seconds, ...entry }) => entry)

/** Epochs in the file, by its own word. */
async function epochsIn(file: string): Promise<number> {
  return JSON.parse((await readTensors(file)).metadata.get('fit') ?? '').history.length
}

/** A fit of which only its checkpoint after some epochs is left. */
async function stopped(epochs: number, model = net(), options: Partial<FitOptions> = {}): Promise<void> {
  const onEpoch = ({ epoch }: HistoryEntry) => {
    if (epoch === epochs) throw new Error('stopped')
  }
  const fit = model.fit(train, { ...lesson, epochs: 6, checkpoint: { path }, onEpoch, ...options })
  await expect(fit).rejects.toThrow('stopped')
}

describe('a checkpoint is written', () => {
  /** Numbers of epochs that the file had after each. */
  async function written(checkpoint: object, epochs: number): Promise<number[]> {
    const found: number[] = []
    const onEpoch = async () => {
      found.push(existsSync(path) ? await epochsIn(path) : 0)
      await setTimeout(2)
    }
    await net().fit(train, { ...lesson, epochs, checkpoint: { path, ...checkpoint }, onEpoch })
    return [...found, await epochsIn(path)]
  }

  test.each<[string, object, number[]]>([
    ['after each epoch', {}, [1, 2, 3, 4, 5, 5]],
    ['after every second, and the last', { everyEpochs: 2 }, [0, 2, 2, 4, 4, 5]],
    ['after the last alone', { everyEpochs: 9 }, [0, 0, 0, 0, 0, 5]],
    ['when the time has come', { everySeconds: 1e-3 }, [1, 2, 3, 4, 5, 5]],
    ['when the time or the epoch has come', { everySeconds: 1e6, everyEpochs: 3 }, [0, 0, 3, 3, 3, 5]],
    ['at the end where the time never comes', { everySeconds: 1e6 }, [0, 0, 0, 0, 0, 5]],
  ])('%s', async (_, checkpoint, expected) => {
    expect(await written(checkpoint, 5)).toEqual(expected)
  })

  test('of a model that load gives, and that saves itself without the fit', async () => {
    await net().fit(train, { ...lesson, epochs: 2, checkpoint: { path } })
    const model = await load(path, { backend: 'reference' })
    const expected = net()
    await expected.fit(train, { ...lesson, epochs: 2 })
    expectSameBits(stateOf(model), stateOf(expected))
    await model.save(path)
    expect((await readTensors(path)).metadata.has('fit')).toBe(false)
  })

  test('not where a step cannot be told of', async () => {
    const onStep = ({ epoch }: { epoch: number }) => expect(epoch).toBe(1)
    const options = { ...lesson, epochs: 6, checkpoint: { path }, logEvery: 1, onStep }
    await expect(net().fit(train, options)).rejects.toThrow('to be 1')
    expect(await epochsIn(path)).toBe(1)
  })
})

describe('resume', () => {
  test.each([1, 3, 6])(
    'after %i of 6 epochs goes on as if it had not stopped, and tells all of the history',
    async (epochs) => {
      const unbroken = net()
      const options = { ...lesson, epochs: 6, validation, metrics: ['accuracy'] } as const
      const expected = await unbroken.fit(train, options)
      await stopped(epochs, net(), options)
      const before = readFileSync(path)
      const [model, told, iterated] = [net(), [] as number[], [] as number[]]
      const fit = model.fit(train, { ...options, resume: path, onEpoch: ({ epoch }) => told.push(epoch) })
      for await (const { epoch } of fit) iterated.push(epoch)
      expect(withoutSeconds(await fit)).toEqual(withoutSeconds(expected))
      expect(iterated).toEqual([1, 2, 3, 4, 5, 6])
      expect(told).toEqual(iterated.slice(epochs))
      expectSameBits(stateOf(model), stateOf(unbroken))
      expect(readFileSync(path).equals(before)).toBe(true)
    },
  )

  test('takes up running statistics and the masks of dropout, by the other backend', async () => {
    const layers = [dense(9), batchNorm(), activation('relu'), dropout(0.3), dense(10)]
    const make = (backend: BackendName) => sequential({ inputs: 784, seed: 5, backend }, layers)
    const [unbroken, model] = [make('native'), make('reference')]
    await unbroken.fit(train, { ...lesson, epochs: 6 })
    await stopped(4, make('native'))
    await model.fit(train, { ...lesson, epochs: 6, resume: path })
    expectSameBits(stateOf(model), stateOf(unbroken))
  })

  test('takes up a graph of several inputs, by the other backend', async () => {
    const nodes = {
      a: [embedding(5, 3), 'user'],
      b: [embedding(7, 3), 'film'],
      c: [concat(), 'a', 'b'],
      out: [dense(1), 'c'],
    } as const
    const make = (backend: BackendName) => graph({ inputs: { user: 1, film: 1 }, seed: 5, backend }, nodes)
    const ids = (count: number) => Uint8Array.from({ length: 35 }, (_, i) => i % count)
    const targets = Float32Array.from({ length: 35 }, (_, i) => Math.sin(i))
    const ratings = dataset({ features: { user: ids(5), film: ids(7) }, inputs: { user: 1, film: 1 }, targets })
    const options = { optimizer: adam({ learningRate: 0.1 }), batchSize: 8, epochs: 6 }
    const [unbroken, model] = [make('native'), make('reference')]
    await unbroken.fit(ratings, options)
    const onEpoch = ({ epoch }: HistoryEntry) => expect(epoch).toBeLessThan(4)
    await expect(make('native').fit(ratings, { ...options, checkpoint: { path }, onEpoch })).rejects.toThrow()
    await model.fit(ratings, { ...options, resume: path })
    expectSameBits(stateOf(model), stateOf(unbroken))
    await expect(net().fit(train, { ...lesson, resume: path })).rejects.toThrow(/a model of the same layers/)
  })

  describe('remembers what early stopping has seen', () => {
    /** Of epochs of validation, the loss falls to the third and rises after it. */
    const steep = { ...lesson, optimizer: sgd({ learningRate: 1.5, momentum: 0.5 }), validation }
    const options = (changes: object = {}) => {
      return { ...steep, epochs: 12, earlyStopping: { patience: 4, restoreBest: true, ...changes } }
    }

    test('and the parameters of the best epoch', async () => {
      const unbroken = net()
      const expected = await unbroken.fit(train, options())
      const best = expected.findIndex(
        ({ validationLoss }) => validationLoss === Math.min(...expected.map((e) => e.validationLoss!)),
      )
      expect(best).toBeLessThan(expected.length - 2)
      expect(expected.length).toBe(best + 5)
      for (const epochs of [best + 1, best + 3, expected.length]) {
        await stopped(epochs, net(), options())
        const model = net()
        const history = await model.fit(train, { ...options(), resume: path })
        expect(withoutSeconds(history)).toEqual(withoutSeconds(expected))
        expectSameBits(stateOf(model), stateOf(unbroken))
      }
    })

    test('but refuses a file that has lost one of them', async () => {
      await stopped(2, net(), options())
      const { tensors, metadata } = await readTensors(path)
      const rest = new Map([...tensors].filter(([name]) => name !== 'best.0.weight'))
      writeFileSync(path, Buffer.concat(tensorFile(rest, metadata)))
      const fit = net().fit(train, { ...options(), resume: path })
      await expect(fit).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', /best.0.weight but it has none/))
    })

    test('but refuses to restore what it has not, by another measure or at all', async () => {
      await stopped(2, net(), options({ restoreBest: false }))
      const says = /restoreBest 'of validationLoss by more than 0' but it has false/
      const model = net()
      const before = stateOf(model)
      const fit = model.fit(train, { ...options(), resume: path })
      await expect(fit).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', says))
      await model.fit(train, { ...options({ restoreBest: false, patience: 9 }), epochs: 3, resume: path })
      await stopped(2, net(), options())
      const other = net().fit(train, { ...options({ monitor: 'loss' }), resume: path })
      await expect(other).rejects.toMatchObject(
        refusal('ERR_RAVINE_FILE', /'of loss by more than 0' but it has 'of val/),
      )
      const fresh = net()
      const unmonitored = fresh.fit(train, { ...lesson, optimizer: steep.optimizer, earlyStopping: {}, resume: path })
      await expect(unmonitored).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', /restoreBest false/))
      expectSameBits(stateOf(fresh), before)
    })

    test('and that the target was reached', async () => {
      const reaching = { ...lesson, epochs: 6, target: { loss: 100 } }
      await stopped(1, net(), reaching)
      expect(await net().fit(train, { ...reaching, resume: path })).toHaveLength(1)
      const { target, ...others } = reaching
      expect(await net().fit(train, { ...others, resume: path })).toHaveLength(6)
    })

    test('while the model is saved at any time', async () => {
      const [saves, unbroken, model] = [[] as Promise<void>[], net(), net()]
      await unbroken.fit(train, options())
      const onStep = () => void saves.push(model.save(join(directory, 'saved')))
      await model.fit(train, { ...options(), checkpoint: { path }, logEvery: 1, onStep })
      await Promise.all(saves)
      expectSameBits(stateOf(model), stateOf(unbroken))
    })
  })

  describe('in the midst of an epoch', () => {
    /** A fit that its signal stops after so many steps, by the reference on that very step. */
    async function cut(steps: number, model: Model, options: FitOptions, data: Dataset | Batches = train) {
      const [stop, onStep] = [new AbortController(), () => --steps === 0 && stop.abort()]
      const fit = model.fit(data, { ...options, checkpoint: { path }, logEvery: 1, onStep, signal: stop.signal })
      await expect(fit).rejects.toMatchObject({ code: 'ERR_RAVINE_ABORTED', from: path })
      expectSameBits(stateOf(await load(path)), stateOf(model))
    }

    const layers = [dense(9), batchNorm(), activation('relu'), dropout(0.3), dense(10)]
    const make = (backend: BackendName) => sequential({ inputs: 784, seed: 5, backend }, layers)
    const optimizers: [string, Optimizer][] = [
      ['sgd', optimizer],
      ['adam by a schedule', adam({ learningRate: cosine({ from: 0.02, steps: 25 }) })],
      ['sgd that looks at epochs', sgd({ learningRate: reduceOnPlateau({ from: 0.1, patience: 1 }), momentum: 0.9 })],
      ['sgd that restarts', sgd({ learningRate: 0.3, momentum: 0.9, nesterov: true, restart: 'function' })],
      ['yellowFin', yellowFin({ learningRate: 0.01 })],
    ]

    test.each(optimizers)('by %s, of the first or a later one, by the other backend', async (_, optimizer) => {
      const options = { ...lesson, optimizer, epochs: 5, validation, metrics: ['accuracy'] } as const
      const unbroken = make('native')
      const expected = await unbroken.fit(train, options)
      const each = expected[0].steps
      for (const steps of [1, each - 1, each, 2 * each + 2, 5 * each - 1]) {
        await cut(steps, make('reference'), options)
        const model = make('native')
        const history = await model.fit(train, { ...options, resume: path })
        expect(withoutSeconds(history)).toEqual(withoutSeconds(expected))
        expect(history.every(({ seconds }) => seconds > 0)).toBe(true)
        expectSameBits(stateOf(model), stateOf(unbroken))
      }
    })

    test('wherever the addon happens to be, again and again, with the best epoch', async () => {
      const { train: many } = digits({ examples: 1200, seed: 3 })
      const early = { earlyStopping: { patience: 2, restoreBest: true }, validation }
      const options = { optimizer: sgd({ learningRate: 0.3 }), batchSize: 4, epochs: 6, ...early }
      const unbroken = net({ backend: 'native' }, 30)
      const expected = await unbroken.fit(many, options)
      // A stop may come too late for the last of them.
      for (const steps of [1, 130, 200, 330]) {
        const resume = existsSync(path) ? path : undefined
        await cut(steps, net({ backend: 'native' }, 30), { ...options, resume }, many).catch(() => undefined)
      }
      const model = net({ backend: 'native' }, 30)
      const history = await model.fit(many, { ...options, resume: path })
      expect(withoutSeconds(history)).toEqual(withoutSeconds(expected))
      expectSameBits(stateOf(model), stateOf(unbroken))
    })

    test('of batches that come one by one, some an update', async () => {
      const size = 7
      const batches = () =>
        Array.from({ length: Math.ceil(train.examples / size) }, (_, i) => ({
          features: (train.features as Uint8Array).slice(i * size * 784, (i + 1) * size * 784),
          labels: train.labels!.slice(i * size, (i + 1) * size),
        }))
      const options = { optimizer, epochs: 3, accumulate: 2, validation }
      const unbroken = net()
      const expected = await unbroken.fit(batches, options)
      const each = expected[0].steps
      for (const steps of [1, each - 1, each + 2]) {
        await cut(steps, net(), options, batches)
        const model = net({ backend: 'native' })
        expect(withoutSeconds(await model.fit(batches, { ...options, resume: path }))).toEqual(withoutSeconds(expected))
        expectSameBits(stateOf(model), stateOf(unbroken))
      }
      await cut(each - 1, net(), options, batches)
      const fewer = net().fit(() => batches().slice(0, 2), { ...options, resume: path })
      await expect(fewer).rejects.toMatchObject(refusal('ERR_RAVINE_DATA', /more than \d updates in an epoch/))
    })

    test('where the loop over its epochs was left', async () => {
      const unbroken = net()
      await unbroken.fit(train, { ...lesson, epochs: 4 })
      for await (const { epoch } of net().fit(train, { ...lesson, epochs: 4, checkpoint: { path } })) {
        if (epoch === 2) break
      }
      const model = net()
      await model.fit(train, { ...lesson, epochs: 4, resume: path })
      expectSameBits(stateOf(model), stateOf(unbroken))
    })

    test('says that there is nothing to go on from where no step was done', async () => {
      const options = { ...lesson, checkpoint: { path } }
      const fit = net().fit(train, { ...options, signal: AbortSignal.abort() })
      await expect(fit).rejects.toMatchObject({ code: 'ERR_RAVINE_ABORTED', from: undefined })
      expect(existsSync(path)).toBe(false)
      await net().fit(train, options)
      const written = readFileSync(path)
      const again = net().fit(train, { ...options, epochs: 2, resume: path, signal: AbortSignal.abort() })
      await expect(again).rejects.toMatchObject({ code: 'ERR_RAVINE_ABORTED' })
      expect(readFileSync(path).equals(written)).toBe(true)
    })
  })

  test('keeps numbers that are not finite', async () => {
    await stopped(2)
    const { tensors, metadata } = await readTensors(path)
    const fit = metadata.get('fit')!.replace('"seconds"', '"validationLoss":{"number":"-Infinity"},"seconds"')
    writeFileSync(path, Buffer.concat(tensorFile(tensors, new Map(metadata).set('fit', fit))))
    const [first] = await net().fit(train, { ...lesson, epochs: 2, resume: path })
    expect(first.validationLoss).toBe(-Infinity)
  })

  test('goes on with other numbers of the same kind of optimizer', async () => {
    await stopped(2)
    const other = { ...optimizer, learningRate: 0.01 }
    const model = net()
    await model.fit(train, { ...lesson, optimizer: other, epochs: 3, resume: path })
    const expected = net()
    await expected.fit(train, { ...lesson, epochs: 2 })
    await expected.fit(train, { ...lesson, optimizer: other })
    expectSameBits(stateOf(model), stateOf(expected))
  })

  test.each<
    [
      string,
      RegExp,
      (model: (options?: Partial<SequentialOptions>, width?: number) => Model) => Model,
      object?,
      Dataset?,
    ]
  >([
    ['another width', /a model of the same layers/, (net) => net({}, 8)],
    ['another dtype', /a model of the same layers/, (net) => net({ dtype: 'f64' })],
    ['another seed', /seed 6 but it has 5/, (net) => net({ seed: 6 })],
    ['another batch size', /batchSize 8 but it has 16/, (net) => net(), { batchSize: 8 }],
    ['examples in order', /shuffle false but it has true/, (net) => net(), { shuffle: false }],
    [
      'another kind of optimizer',
      /optimizer 'sgd heavyBall' but it has 'sgd ema'/,
      (net) => net(),
      { optimizer: sgd({ learningRate: 1 }) },
    ],
    ['fewer examples', /examples 50 but it has \d+/, (net) => net(), {}, train.take(50)],
  ])('refuses %s, and the model is as it was', async (_, says, make, options = {}, data = train) => {
    await stopped(2)
    const model = make(net)
    const before = stateOf(model)
    const fit = model.fit(data, { ...lesson, epochs: 6, resume: path, ...options })
    await expect(fit).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', says))
    expectSameBits(stateOf(model), before)
    // Nothing holds it any longer.
    await model.fit(train, lesson)
  })

  test.each<[string, RegExp, (fit: Record<string, unknown>) => unknown]>([
    ['no history', /a fit in its metadata but fit: expected history/, (fit) => delete fit.history],
    ['no lesson', /lesson to be an object/, (fit) => delete fit.lesson],
    [
      'epochs that are left out',
      /epoch of history\[0\] to be 1 but received 2/,
      (fit) => (fit.history as unknown[]).shift(),
    ],
    [
      'a loss in words',
      /loss of history\[1\]/,
      ({ history }) => Object.assign((history as object[])[1], { loss: '1' }),
    ],
    [
      'an epoch begun by no step',
      /begun: expected steps to be a whole number ≥ 1 but received 0/,
      (fit) => Object.assign(fit, { begun: { steps: 0, loss: 1, correct: 0, examples: 0, seconds: 1 } }),
    ],
    [
      'more steps than an epoch has',
      /fewer than \d steps of an epoch but it has 99/,
      (fit) => Object.assign(fit, { begun: { steps: 99, loss: 1, correct: 0, examples: 9, seconds: 1 } }),
    ],
    ['something else', /options among lesson, history, begun/, (fit) => Object.assign(fit, { other: 1 })],
  ])('refuses a record of %s', async (_, says, change) => {
    await stopped(2)
    const { tensors, metadata } = await readTensors(path)
    const fit = JSON.parse(metadata.get('fit')!)
    change(fit)
    writeFileSync(path, Buffer.concat(tensorFile(tensors, new Map(metadata).set('fit', JSON.stringify(fit)))))
    const model = net()
    const before = stateOf(model)
    await expect(model.fit(train, { ...lesson, resume: path })).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', says))
    expectSameBits(stateOf(model), before)
  })

  test('refuses what save wrote, and what is no checkpoint', async () => {
    const model = net()
    await model.save(path)
    const resume = (from: string) => model.fit(train, { ...lesson, resume: from })
    await expect(resume(path)).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', /a checkpoint of a fit/))
    await expect(resume(join(directory, 'none'))).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', /ENOENT/))
    writeFileSync(path, readFileSync(path).subarray(0, 1000))
    await expect(resume(path)).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', /header of at most/))
  })
})

describe('fit refuses', () => {
  test.each<[string, RegExp, object]>([
    ['a checkpoint without a path', /path to be a string/, { everyEpochs: 1 }],
    ['no epochs', /everyEpochs to be a whole number ≥ 1/, { path: 'x', everyEpochs: 0 }],
    ['no seconds', /everySeconds to be a number > 0/, { path: 'x', everySeconds: 0 }],
    ['an unknown option', /did you mean 'everyEpochs'/, { path: 'x', everyEpoch: 1 }],
  ])('%s', async (_, says, checkpoint) => {
    const fit = net().fit(train, { ...lesson, checkpoint: checkpoint as { path: string } })
    await expect(fit).rejects.toMatchObject(refusal('ERR_RAVINE_HYPERPARAMETER', says))
  })

  test('a place that cannot be written to, before it trains; and stops where it cannot be any longer', async () => {
    const model = net()
    const before = stateOf(model)
    const missing = { path: join(directory, 'none', 'fit') }
    await expect(model.fit(train, { ...lesson, checkpoint: missing })).rejects.toMatchObject(
      refusal('ERR_RAVINE_FILE', /^fit: checkpoint: expected to write .* ENOENT/),
    )
    expectSameBits(stateOf(model), before)
    const onEpoch = () => {
      rmSync(path)
      mkdirSync(path)
    }
    const fit = model.fit(train, { ...lesson, epochs: 3, checkpoint: { path }, onEpoch })
    await expect(fit).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', /it is no file/))
    rmSync(path, { recursive: true })
    await model.fit(train, { ...lesson, checkpoint: { path } })
  })
})

describe('a fit that went through five processes', () => {
  interface Turn {
    readonly backend?: string
    readonly threads?: number
    readonly stop?: number
    readonly instructionSet?: string
  }

  async function goOn({ instructionSet, ...options }: Turn, name: string): Promise<unknown> {
    const set = instructionSet ? `process.env.RAVINE_ISA = '${instructionSet}'` : ''
    const given = JSON.stringify({ ...options, directory: join(directory, name) })
    mkdirSync(join(directory, name), { recursive: true })
    const { code, output } = await child(`${set}
      const { goOn } = await import('./test/process/resume.js')
      await goOn(${given})`)
    expect(code, output).toBe(0)
    return JSON.parse(output)
  }

  test('by each backend, instruction set and number of threads, is that which did not stop, for each of the networks', async () => {
    const unbroken = await goOn({ threads: 2 }, 'unbroken')
    expect(Object.keys(unbroken as object)).toEqual(Object.keys(networks))
    const turns: Turn[] = [
      { threads: 1, stop: 1 },
      { backend: 'reference', stop: 3 },
      { threads: 2, instructionSet: 'scalar', stop: 4 },
      { backend: 'reference', stop: 5 },
      { threads: 3 },
    ]
    let last: unknown
    for (const turn of turns) last = await goOn(turn, 'broken')
    expect(last).toEqual(unbroken)
  }, 240_000)
})
