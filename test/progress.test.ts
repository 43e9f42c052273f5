import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dataset } from '../src/dataset.js'
import { dense } from '../src/layers.js'
import { sequential } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import { type ProgressOptions, progressBar, type Stream } from '../src/progress.js'

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

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
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
  const tail = '300/938  loss 0.2739  2 s left'

  it('draws a bar in its place, and the line of the epoch over it', () => {
    const bar = '━'.repeat(11) + '─'.repeat(23)
    expect(shown({ isTTY: true, columns })).toEqual([
      `${CLEAR}epoch  2/10  ${bar}  ${tail}`,
      `${CLEAR}epoch  2/10  loss 0.2950  1.23 s\n`,
    ])
  })

  it('has colours only where the terminal has', () => {
    const [drawn] = shown({ isTTY: true, columns, hasColors: () => true })
    expect(drawn).toContain(`\x1b[36m${'━'.repeat(11)}\x1b[0m\x1b[2m${'─'.repeat(23)}\x1b[0m`)
    const [plain] = shown({ isTTY: true, columns, hasColors: () => false })
    expect(plain.replace(CLEAR, '')).not.toContain('\x1b')
  })

  it('is never wider than the terminal', () => {
    for (let columns = 2; columns <= 200; columns++) {
      const width = shown({ isTTY: true, columns })[0].length - CLEAR.length
      expect(width).toBeLessThan(columns)
      if (columns < 50) expect(width).toBe(Math.min(columns - 1, `epoch  2/10  ${tail}`.length))
    }
    expect(shown({ isTTY: true, columns: 0 })).toEqual(shown({ isTTY: true, columns: 80 }))
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
