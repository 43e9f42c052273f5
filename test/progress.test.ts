import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dataset } from '../src/dataset.js'
import { dense } from '../src/layers.js'
import { sgd } from '../src/optimizers/sgd.js'
import { type ProgressOptions, progressBar, type Stream } from '../src/progress.js'
import { sequential } from '../src/sequential.js'

const CLEAR = '\r\x1b[K'
const report = { epoch: 2, step: 300, steps: 938, loss: 0.273912 }
const entry = { epoch: 2, steps: 1876, loss: 0.29501, seconds: 1.234 }

/** A stream that keeps what is written to it. */
function recorder(terminal: Omit<Stream, 'write'> = {}) {
  const written: string[] = []
  return { ...terminal, written, write: (text: string) => written.push(text) }
}

/** What a step, half a second after the start, and the end of its epoch write. */
function shown(terminal: Omit<Stream, 'write'>, options: ProgressOptions = {}): string[] {
  const stream = recorder(terminal)
  const bar = progressBar({ epochs: 10, ...options, stream })
  vi.advanceTimersByTime(500)
  bar.onStep?.(report)
  bar.onEpoch?.(entry)
  bar.onEnd?.()
  return stream.written
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  vi.stubEnv('CI', '')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

describe('in a pipe', () => {
  it('writes a plain line for each report and each epoch', () => {
    const lines = ['epoch  2/10  step 300/938  loss 0.2739\n', 'epoch  2/10  loss 0.2950  1.23 s\n']
    expect(shown({})).toEqual(lines)
    vi.stubEnv('TERM', 'dumb')
    expect(shown({ isTTY: true, columns: 80 })).toEqual(lines)
  })

  it.each([
    [{ accuracy: 0.91234 }, 'epoch 2  loss 0.2950  accuracy 91.23 %  1.23 s\n'],
    [{ validationLoss: 1.5 }, 'epoch 2  loss 0.2950  test loss 1.500  1.23 s\n'],
    [
      { accuracy: 0.9, validationLoss: 1.5, validationAccuracy: 0.97916 },
      'epoch 2  loss 0.2950  test accuracy 97.92 %  1.23 s\n',
    ],
  ])('tells of %o', (more, line) => {
    const stream = recorder()
    progressBar({ stream, validation: 'test' }).onEpoch?.({ ...entry, ...more })
    expect(stream.written).toEqual([line])
  })
})

describe('on a terminal', () => {
  const columns = 80
  // Half a second for 300 of 938 steps: 1.06 more for this epoch, 12.5 for the eight after it.
  const words = 'loss 0.2739  14 s left'

  it('draws a bar in its place, and the line of the epoch over it', () => {
    const bar = '━'.repeat(10) + '─'.repeat(20)
    expect(shown({ isTTY: true, columns })).toEqual([
      `${CLEAR}epoch  2/10  ${bar}  ${words}`,
      `${CLEAR}epoch  2/10  loss 0.2950  1.23 s\n`,
    ])
  })

  it('tells speeds where it can', () => {
    const speed = { examples: 60_000, flops: 2_139_136 }
    const [drawn] = shown({ isTTY: true, columns: 100 }, speed)
    expect(drawn).toMatch(/━+─+ {2}loss 0\.2739 {2}14 s left {2}38,380 examples\/s {2}82\.1 GFLOP\/s$/)
    expect(shown({ isTTY: true, columns: 60 }, speed)[0]).toBe(`${CLEAR}epoch  2/10  ${words}  38,380 examples/s`)
  })

  it('says the time that is left in words of its size', () => {
    const left = (epochs: number) => /(\S+ \S+) left/.exec(shown({ isTTY: true, columns }, { epochs })[0])?.[1]
    expect([2, 60, 63, 2000, 9999].map(left)).toEqual(['2 s', '92 s', '97 s', '53 min', '4.3 h'])
  })

  it('has colours only where the terminal has', () => {
    const [drawn] = shown({ isTTY: true, columns, hasColors: () => true })
    expect(drawn).toContain(`\x1b[36m${'━'.repeat(10)}\x1b[0m\x1b[2m${'─'.repeat(20)}\x1b[0m`)
    const [plain] = shown({ isTTY: true, columns, hasColors: () => false })
    expect(plain.replace(CLEAR, '')).not.toContain('\x1b')
  })

  it('writes plain lines in CI, where nobody looks at a bar', () => {
    vi.stubEnv('CI', 'true')
    expect(shown({ isTTY: true, columns })[0]).toBe('epoch  2/10  step 300/938  loss 0.2739\n')
  })

  it('is never wider than the terminal', () => {
    const speed = { examples: 60_000, flops: 2_139_136, name: 'sgd+momentum' }
    for (let columns = 2; columns <= 200; columns++) {
      for (const options of [{}, speed]) {
        const width = shown({ isTTY: true, columns }, options)[0].length - CLEAR.length
        expect(width).toBeLessThan(columns)
      }
    }
    expect(shown({ isTTY: true, columns: 20 })[0]).toBe(`${CLEAR} 2/10  loss 0.2739`)
    expect(shown({ isTTY: true, columns: 0 })).toEqual(shown({ isTTY: true, columns: 80 }))
  })

  it('goes up to where its line began when the terminal has become narrower', () => {
    const stream = { ...recorder(), isTTY: true, columns: 80 }
    const bar = progressBar({ epochs: 10, stream })
    vi.advanceTimersByTime(500)
    bar.onStep?.(report)
    const width = stream.written[0].length - CLEAR.length
    stream.columns = 30
    bar.onEpoch?.(entry)
    expect(stream.written[1]).toBe(`\x1b[${Math.ceil(width / 30) - 1}A\r\x1b[Jepoch  2/10  loss 0.2950  1.23 s\n`)
  })

  it('says what it knows of batches that come one by one', () => {
    const stream = { ...recorder(), isTTY: true, columns }
    const bar = progressBar({ stream })
    vi.advanceTimersByTime(500)
    bar.onStep?.({ epoch: 1, step: 7, loss: 0.5 })
    expect(stream.written).toEqual([`${CLEAR}epoch 1  loss 0.5000  step 7`])
  })

  it('is drawn at most every 50 ms, and gone when the run ends in the middle of an epoch', () => {
    const stream = recorder({ isTTY: true, columns })
    const bar = progressBar({ stream })
    for (let step = 1; step <= 20; step++) {
      vi.advanceTimersByTime(10)
      bar.onStep?.({ ...report, step })
    }
    expect(stream.written.length).toBe(4)
    bar.onEnd?.()
    expect(stream.written.at(-1)).toBe(CLEAR)
  })
})

it('shows a fit on standard error', async () => {
  vi.useRealTimers()
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const data = dataset({ features: new Float64Array([1, 2]), targets: new Float64Array([1, 2]), inputs: 1 })
  const model = sequential({ inputs: 1, backend: 'reference' }, [dense(1)])
  const optimizer = sgd({ learningRate: 0.1 })
  await model.fit(data, { optimizer, epochs: 2, batchSize: 1, logEvery: 1, progress: true })
  const lines = write.mock.calls.map(([text]) => `${text}`)
  write.mockRestore()
  const [first, , second] = lines
  expect(first).toMatch(/^epoch 1\/2 {2}step 1\/2 {2}loss /)
  expect(second).toMatch(/^epoch 1\/2 {2}loss .* s\n$/)
  expect(lines.length).toBe(6)
})
