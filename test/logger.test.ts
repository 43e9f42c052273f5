import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digits } from '../src/digits.js'
import { dense } from '../src/layers.js'
import type { LoggedRun, Logger } from '../src/logger.js'
import { consoleLogger } from '../src/loggers/console.js'
import { jsonLinesLogger } from '../src/loggers/jsonLines.js'
import { type WandbSdk, wandb } from '../src/loggers/wandb.js'
import { adam } from '../src/optimizers/adam.js'
import { sgd } from '../src/optimizers/sgd.js'
import type { FitOptions } from '../src/plan.js'
import { linear } from '../src/schedules/linear.js'
import { type BackendName, sequential } from '../src/sequential.js'

const { train } = digits({ examples: 100, seed: 2 })
const optimizer = sgd({ learningRate: 0.1 })

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ravine-logger-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const net = (backend: BackendName = 'reference') => sequential({ inputs: 784, seed: 1, backend }, [dense(10)])

const learnt = (options: Partial<FitOptions>, model = net()) =>
  model.fit(train, { optimizer, batchSize: 30, epochs: 2, logEvery: 1, ...options })

/** A logger that keeps what it is told. */
function recorder() {
  const told: [what: string, value: unknown][] = []
  const keep = (what: string) => (value: unknown) => void told.push([what, value])
  const logger: Logger = { start: keep('start'), step: keep('step'), epoch: keep('epoch'), end: keep('end') }
  return { told, logger, of: (what: string) => told.flatMap(([said, value]) => (said === what ? [value] : [])) }
}

describe.each<BackendName>(['native', 'reference'])('by %s, a logger', (backend) => {
  test('is told of everything in its order', async () => {
    const { told, logger, of } = recorder()
    const model = net(backend)
    const history = await learnt({ loggers: [logger] }, model)
    const steps = history[0].steps
    const epoch = [...Array(steps).fill('step'), 'epoch']
    expect(told.map(([what]) => what)).toEqual(['start', ...epoch, ...epoch, 'end'])
    expect(of('epoch')).toEqual(history)
    expect(of('step').map((entry) => (entry as { update: number }).update)).toEqual(
      Array.from({ length: 2 * steps }, (_, i) => i + 1),
    )
    expect(of('step')[steps]).toMatchObject({ epoch: 2, step: 1, steps, loss: expect.any(Number) })
    expect(of('end')).toEqual([{ outcome: 'done', history }])
    const [run] = of('start') as LoggedRun[]
    expect(run).toMatchObject({ spec: model.spec, seed: 1, optimizer, epochs: 2, batchSize: 30, steps })
    expect(run.loss).toMatchObject({ type: 'crossEntropy' })
  })

  test('looks at the model between two epochs', async () => {
    const model = net(backend)
    const seen: unknown[] = []
    const runs: LoggedRun[] = []
    const look = () => void seen.push([runs[0].parameters(), runs[0].state().get('velocity')])
    await learnt({ loggers: [{ start: (run) => void runs.push(run), epoch: look }] }, model)
    expect(seen.length).toBe(2)
    expect(seen[1]).toEqual([model.parameters(), model.velocities()])
    expect(seen[0]).not.toEqual(seen[1])
  })

  test('is told of rates where they are scheduled, by whatever optimizer went before', async () => {
    const { logger, of } = recorder()
    const model = net(backend)
    await learnt({ optimizer: adam({ learningRate: 0.01 }) }, model)
    const learningRate = linear({ from: 1, to: 0.5, steps: 10 })
    await learnt({ optimizer: sgd({ learningRate }), loggers: [logger], epochs: 1 }, model)
    const rates = of('step').map((entry) => (entry as { learningRate: number }).learningRate)
    expect(rates).toEqual(rates.map((_, i) => 1 - 0.05 * i))
    expect(rates.length).toBeGreaterThan(2)
  })

  test('hears of batches that come one by one', async () => {
    const { logger, of } = recorder()
    const learningRate = linear({ from: 1, to: 0.5, steps: 10 })
    const batches = () => train.take(60).batches(20)
    await net(backend).fit(batches, { optimizer: sgd({ learningRate }), epochs: 2, logEvery: 2, loggers: [logger] })
    expect(of('step')).toMatchObject([
      { epoch: 1, step: 2, update: 2, learningRate: 0.95 },
      { epoch: 2, step: 2, update: 5, learningRate: 0.8 },
    ])
  })

  test.each(['start', 'step', 'epoch', 'end'] as const)(
    'that throws in %s ends the fit after the step in hand, and the others hear of it',
    async (where) => {
      const { told, logger, of } = recorder()
      const cause = new Error('disk full')
      const broken: Logger = {
        name: 'broken',
        [where]: () => {
          throw cause
        },
      }
      const model = net(backend)
      const message = expect.stringMatching(/^fit: expected broken to take .* failed: disk full; the model is as /)
      const failure = { name: 'RavineError', code: 'ERR_RAVINE_LOGGER', message, cause }
      await expect(learnt({ loggers: [logger, broken] }, model)).rejects.toMatchObject(failure)
      expect(told[0][0]).toBe('start')
      expect(of('end')).toMatchObject([where === 'end' ? { outcome: 'done' } : { outcome: 'failed', error: failure }])
      expect(of('epoch').length).toBeLessThanOrEqual({ start: 0, step: 1, epoch: 1, end: 2 }[where])
      // Nothing is left in hand, and the model goes on.
      const [{ loss }] = await learnt({ epochs: 1 }, model)
      expect(loss).toBeGreaterThan(0)
    },
  )
})

test('a logger that fails late does not lose the checkpoint of its epoch', async () => {
  const path = join(directory, 'kept.safetensors')
  const epoch = () => Promise.reject(new Error('no'))
  await expect(learnt({ loggers: [{ epoch }], checkpoint: { path } })).rejects.toThrow(/loggers\[0\]/)
  const history = await learnt({ resume: path })
  expect(history.length).toBe(2)
})

test('a fit that fails or is left tells so', async () => {
  const { logger, of } = recorder()
  const diverging = learnt({ optimizer: sgd({ learningRate: 1e38 }), loggers: [logger] })
  await expect(diverging).rejects.toMatchObject({ code: 'ERR_RAVINE_DIVERGED' })
  await expect(learnt({ loggers: [logger], signal: AbortSignal.abort() })).rejects.toThrow()
  for await (const _ of learnt({ loggers: [logger] })) break
  expect(of('end')).toMatchObject([
    { outcome: 'failed', error: { code: 'ERR_RAVINE_DIVERGED' }, history: [] },
    { outcome: 'failed', error: { code: 'ERR_RAVINE_ABORTED' } },
    { outcome: 'stopped', history: [{ epoch: 1 }] },
  ])
})

test('what a fit fails with comes before what its loggers fail with at its end', async () => {
  const end = () => Promise.reject(new Error('late'))
  const diverging = learnt({ optimizer: sgd({ learningRate: 1e38 }), loggers: [{ end }] })
  await expect(diverging).rejects.toMatchObject({ code: 'ERR_RAVINE_DIVERGED' })
})

test('slow loggers are waited for, and told one thing after another', async () => {
  const order: string[] = []
  const slowly = (what: string) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    order.push(what)
  }
  await learnt({ loggers: [{ step: slowly('step'), epoch: slowly('epoch'), end: slowly('end') }], epochs: 1 })
  expect(order.slice(-2)).toEqual(['epoch', 'end'])
})

test.each([
  [{ loggers: {} }, /loggers to be an array but received an object Object/],
  [{ loggers: [3] }, /loggers\[0\]: expected an object of one or more of start, step, epoch, end but received 3/],
  [{ loggers: [{}] }, /loggers\[0\]: expected an object of one or more of/],
  [{ loggers: [{ epoch: 3 }] }, /loggers\[0\]: expected epoch to be a function but received 3/],
  [{ tensorboard: 3 }, /tensorboard to be a string/],
])('refuses %o', async (options, says) => {
  await expect(learnt(options as never)).rejects.toMatchObject({
    code: 'ERR_RAVINE_HYPERPARAMETER',
    message: expect.stringMatching(says),
  })
})

test('consoleLogger writes a line for each epoch, or for some and the last', async () => {
  const lines: string[] = []
  const stream = { write: (text: string) => lines.push(text) }
  const history = await learnt({ loggers: [consoleLogger({ stream })], metrics: ['accuracy'] })
  const shown = history.map(({ epoch, steps, loss, accuracy, seconds }) => {
    const numbers = { loss, accuracy, seconds }
    const parts = Object.entries(numbers).map(([name, value = 0]) => `${name} ${value.toPrecision(4)}`)
    return `epoch ${epoch}  steps ${steps}  ${parts.join('  ')}\n`
  })
  expect(lines.splice(0)).toEqual(shown)
  await learnt({ loggers: [consoleLogger({ stream, every: 2 })], epochs: 5 })
  expect(lines.map((line) => line.slice(0, 7))).toEqual(['epoch 2', 'epoch 4', 'epoch 5'])
  expect(() => consoleLogger({ every: 0 })).toThrow(/every to be a whole number ≥ 1/)
  expect(() => consoleLogger({ stream: {} as never })).toThrow(/stream to be a stream/)
})

test('jsonLinesLogger appends what it is told', async () => {
  const path = join(directory, 'runs.jsonl')
  const written = () =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  const scheduled = sgd({ learningRate: () => 1, parameterGroups: [{ match: /bias/, weightDecay: 0 }] })
  const history = await learnt({ optimizer: scheduled, loggers: [jsonLinesLogger(path)], epochs: 1, logEvery: 2 })
  const [start, step, ...rest] = written()
  expect(start).toMatchObject({ event: 'start', time: expect.any(Number), seed: 1, epochs: 1, spec: { dtype: 'f32' } })
  expect(start.optimizer).toMatchObject({ learningRate: '() => 1', parameterGroups: [{ match: '/bias/' }] })
  expect(step).toMatchObject({ event: 'step', epoch: 1, step: 2, update: 2, learningRate: 1 })
  expect(rest.at(-2)).toMatchObject({ event: 'epoch', ...history[0] })
  expect(rest.at(-1)).toMatchObject({ event: 'end', outcome: 'done', epochs: 1 })
  await expect(learnt({ loggers: [jsonLinesLogger(path)], signal: AbortSignal.abort() })).rejects.toThrow()
  expect(written().slice(-1)).toMatchObject([{ event: 'end', outcome: 'failed', error: /aborted/ }])
  await expect(learnt({ loggers: [jsonLinesLogger(directory)] })).rejects.toMatchObject({ cause: { code: 'EISDIR' } })
})

describe('wandb', () => {
  /** What `@wandb/sdk` 0.5 documents: `init` gives a run, which takes numbers by step and is finished with a code. */
  function fake() {
    const calls: unknown[][] = []
    const run = {
      log: (...given: unknown[]) => void calls.push(['log', ...given]),
      finish: async (...given: unknown[]) => void calls.push(['finish', ...given]),
    }
    const sdk: WandbSdk = {
      async init(options) {
        calls.push(['init', options])
        return run
      },
    }
    return { calls, sdk: { default: sdk } }
  }

  test('sends steps and epochs over the steps of the fit', async () => {
    const { calls, sdk } = fake()
    const loggers = [wandb({ project: 'p', config: { mine: 1 }, sdk })]
    const history = await learnt({ loggers, logEvery: 2, epochs: 1 })
    const { epoch, steps, loss, seconds } = history[0]
    expect(calls[0]).toMatchObject([
      'init',
      { project: 'p', config: { mine: 1, epochs: 1, optimizer: { ...optimizer } } },
    ])
    expect(calls[1]).toEqual(['log', { 'step/loss': expect.any(Number) }, 2])
    expect(calls.at(-2)).toEqual(['log', { 'epoch/epoch': epoch, 'epoch/loss': loss, 'epoch/seconds': seconds }, steps])
    expect(calls.at(-1)).toEqual(['finish', 0])
    await expect(learnt({ loggers, signal: AbortSignal.abort() })).rejects.toThrow()
    expect(calls.at(-1)).toEqual(['finish', 1])
  })

  test('says in one sentence that its package is missing', async () => {
    const message = expect.stringMatching(/wandb: expected the package @wandb\/sdk .* npm install @wandb\/sdk graphql/)
    await expect(learnt({ loggers: [wandb()] })).rejects.toMatchObject({ code: 'ERR_RAVINE_LOGGER', message })
  })
})
