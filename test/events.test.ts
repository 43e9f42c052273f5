import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digits } from '../src/digits.js'
import { crc32c, event, version } from '../src/events.js'
import { histogramOf } from '../src/histogram.js'
import { dense } from '../src/layers.js'
import { tensorBoard } from '../src/loggers/tensorBoard.js'
import { adam } from '../src/optimizers/adam.js'
import { sgd } from '../src/optimizers/sgd.js'
import type { FitOptions } from '../src/plan.js'
import * as protobuf from '../src/protobuf.js'
import { linear } from '../src/schedules/linear.js'
import { type BackendName, sequential } from '../src/sequential.js'
import { bytesIn, doublesIn, fieldsOf, floatsIn, intIn, messagesIn, textIn } from './messages.js'

const { train, test: unseen } = digits({ examples: 100, seed: 2 })

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ravine-events-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** The records of a file, each by both of its checksums. */
function recordsOf(buffer: Buffer): Uint8Array[] {
  const file = Uint8Array.from(buffer)
  const view = new DataView(file.buffer)
  const records: Uint8Array[] = []
  const check = (from: number, end: number) => {
    const crc = crc32c(file.subarray(from, end))
    expect(view.getUint32(end, true)).toBe(
      Number((((BigInt(crc) >> 15n) | (BigInt(crc) << 17n)) + 0xa282ead8n) & 0xffffffffn),
    )
  }
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true))
    check(at, at + 8)
    check(at + 12, at + 12 + length)
    records.push(file.subarray(at + 12, at + 12 + length))
    at += length + 16
  }
  return records
}

/** What TensorBoard would show of a run: by tag, [step, number or histogram]. */
function shown(path: string) {
  const tags: Record<string, [step: number, value: number | Uint8Array][]> = {}
  const [first, ...records] = readdirSync(path).flatMap((name) => recordsOf(readFileSync(join(path, name))))
  expect(textIn(first, 3)).toBe('brain.Event:2')
  for (const record of records) {
    if (fieldsOf(record).some(([number]) => number === 3)) continue
    for (const value of messagesIn(bytesIn(record, 5), 1)) {
      const scalar = fieldsOf(value).some(([number]) => number === 2)
      const tag = textIn(value, 1)
      tags[tag] ??= []
      tags[tag].push([intIn(record, 2), scalar ? floatsIn(value, 2)[0] : bytesIn(value, 5)])
    }
  }
  return tags
}

async function logged(name: string, backend: BackendName, options: Partial<FitOptions>) {
  const model = sequential({ inputs: 784, seed: 1, backend }, [dense(5, 'relu'), dense(10)])
  const tensorboard = join(directory, `${name} ${backend}`)
  const optimizer = sgd({ learningRate: linear({ from: 0.1, to: 0.01, steps: 20 }), momentum: 0.5 })
  const history = await model.fit(train, { optimizer, batchSize: 30, epochs: 2, logEvery: 2, tensorboard, ...options })
  return { model, history, tensorboard }
}

describe('records', () => {
  // Of the file that tensorboard 2.21 writes for the same events.
  test('are TensorBoard’s, byte by byte', () => {
    expect(hex(version(1))).toBe('1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a3286bf577a')
    expect(hex(event(2, 3, [{ tag: 'loss', scalar: 0.5 }]))).toBe(
      '1a00000000000000129bd82d09000000000000004010032a0d0a0b0a046c6f7373150000003fbac36b94',
    )
  })

  test('have the checksum of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(0))).toBe(0)
  })

  test('hold whole numbers of any size and sign', () => {
    const whole = fc.maxSafeInteger()
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 28 - 1 }), whole, (number, value) => {
        const bytes = protobuf.joined(protobuf.message(protobuf.int(number, value)))
        expect(intIn(bytes, number)).toBe(value)
      }),
    )
  })
})

describe('a histogram', () => {
  test('counts every finite number once, between the least and the greatest', async () => {
    const numbers = fc.array(fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e100, max: 1e100 }), {
      minLength: 1,
    })
    await fc.assert(
      fc.asyncProperty(numbers, async (values) => {
        const { min, max, count, limits, counts } = (await histogramOf(Float64Array.from(values)))!
        expect([min, max, count]).toEqual([Math.min(...values), Math.max(...values), values.length])
        expect(counts.reduce((sum, count) => sum + count)).toBe(values.length)
        expect([limits.length, limits.at(-1)]).toEqual([counts.length, max])
      }),
    )
  })

  test('puts each number into its bucket', async () => {
    const { limits, counts, sum, sumOfSquares } = (await histogramOf(Float32Array.from({ length: 31 }, (_, i) => i)))!
    expect([...limits]).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    expect([...counts]).toEqual([...Array(29).fill(1), 2])
    expect([sum, sumOfSquares]).toEqual([(30 * 31) / 2, (30 * 31 * 61) / 6])
  })

  test('of numbers that are all alike, or not finite', async () => {
    const { count, limits, counts } = (await histogramOf(Float32Array.of(2, 2, NaN)))!
    expect([count, ...limits, ...counts]).toEqual([2, 2, 2])
    expect(await histogramOf(Float32Array.of(NaN, Infinity))).toBeUndefined()
    expect(await histogramOf(new Float32Array(0))).toBeUndefined()
  })
})

describe.each<BackendName>(['native', 'reference'])('a fit by %s with tensorboard', (backend) => {
  test('shows epochs and steps as history has them, and how parameters and velocities are spread', async () => {
    const options = { validation: unseen, metrics: ['accuracy'] } as const
    const { model, history, tensorboard } = await logged('whole', backend, options)
    const [train, validation] = ['train', 'validation'].map((name) => shown(join(tensorboard, name)))
    const told = (name: string) => history.map((entry) => [entry.steps, Math.fround((entry as never)[name] as number)])
    for (const name of ['loss', 'accuracy', 'learningRate', 'seconds'])
      expect(train[`epoch/${name}`]).toEqual(told(name))
    expect(train['epoch/momentum']).toEqual(history.map(({ steps }) => [steps, 0.5]))
    expect(validation).toEqual({ 'epoch/loss': told('validationLoss'), 'epoch/accuracy': told('validationAccuracy') })
    const steps = train['step/loss'].map(([step]) => step)
    expect([steps.length, ...steps.slice(0, 2)]).toEqual([
      2 * Math.floor(history[0].steps / 2),
      2,
      history[0].steps + 2,
    ])
    // η before step t is 0.1 − 0.09·(t − 1)/20
    const rates = steps.map((step) => [step, Math.fround(0.1 - (0.09 * (step - 1)) / 20)])
    expect(train['step/learningRate']).toEqual(rates)
    const [[, first], [step, last]] = train['parameters/0.weight'] as [number, Uint8Array][]
    expect([step, doublesIn(last, 3)]).toEqual([history[1].steps, [784 * 5]])
    const { data } = model.parameters().get('0.weight')!
    expect([doublesIn(last, 1), doublesIn(last, 2)]).toEqual([[Math.min(...data)], [Math.max(...data)]])
    expect(doublesIn(first, 4)).not.toEqual(doublesIn(last, 4))
    const { data: velocity } = model.velocities().get('2.bias')!
    const [, spread] = train['velocity/2.bias'][1] as [number, Uint8Array]
    expect([doublesIn(spread, 1), doublesIn(spread, 2)]).toEqual([[Math.min(...velocity)], [Math.max(...velocity)]])
  })

  test('changes no bit of it', async () => {
    const { model } = await logged('same', backend, {})
    const { model: other } = await logged('same too', backend, { tensorboard: undefined })
    expect(model.parameters()).toEqual(other.parameters())
  })
})

test('states of other optimizers have their names, and histograms can be left out', async () => {
  const optimizer = adam({ learningRate: 0.01 })
  const first = await logged('adam', 'reference', { optimizer, epochs: 1 })
  const tags = Object.keys(shown(join(first.tensorboard, 'train')))
  expect(tags).toContain('secondMoment/2.weight')
  expect(tags).not.toContain('epoch/momentum')
  const path = join(directory, 'plain')
  await logged('', 'reference', { tensorboard: undefined, loggers: [tensorBoard(path, { histograms: false })] })
  expect(Object.keys(shown(join(path, 'train')))).toEqual(
    expect.arrayContaining(['epoch/loss', 'epoch/momentum', 'step/loss']),
  )
  expect(readdirSync(path)).toEqual(['train'])
})

test('a fit that goes on adds a file, over the steps of both', async () => {
  const path = join(directory, 'resumed')
  const checkpoint = { path: join(directory, 'resumed.safetensors') }
  await logged('', 'reference', { tensorboard: path, checkpoint, epochs: 1 })
  const { history } = await logged('', 'reference', { tensorboard: path, resume: checkpoint.path, epochs: 2 })
  expect(readdirSync(join(path, 'train')).length).toBe(2)
  expect(shown(join(path, 'train'))['epoch/loss'].map(([step]) => step)).toEqual(history.map(({ steps }) => steps))
  expect(shown(join(path, 'train'))['step/loss'].map(([step]) => step)).toEqual([2, history[0].steps + 2])
})

test('a directory that cannot be is refused before anything is learnt', async () => {
  const path = join(directory, 'file')
  mkdirSync(join(path, 'train'), { recursive: true })
  rmSync(join(path, 'train'), { recursive: true })
  const optimizer = sgd({ learningRate: 0.1 })
  const model = sequential({ inputs: 784, seed: 1, backend: 'reference' }, [dense(10)])
  const before = model.parameters()
  const fit = model.fit(train, { optimizer, tensorboard: join(import.meta.filename, 'below') })
  await expect(fit).rejects.toMatchObject({
    code: 'ERR_RAVINE_LOGGER',
    message: expect.stringMatching(/tensorBoard .* ENOTDIR/),
    cause: { code: 'ENOTDIR' },
  })
  expect(model.parameters()).toEqual(before)
})

test('nonsense is refused', () => {
  expect(() => tensorBoard(3 as never)).toThrow(/directory to be a string/)
  expect(() => tensorBoard('x', { histogram: true } as never)).toThrow(/did you mean 'histograms'/)
})
