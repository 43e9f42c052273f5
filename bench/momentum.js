import { momentumStep } from 'ravine'
import * as reference from 'ravine/reference'
import { largestError, many, median, oneAndAll, onThreads, race } from './measure.js'
import { duration, exact, percent, round, table } from './table.js'

const SIZE = 10_000_000
const options = { learningRate: 0.01, momentum: 0.9 }
/** A step reads parameter, velocity and gradient and writes parameter and velocity; in f32. */
const STEP = 20 * SIZE
const COPY = 8 * SIZE

/** One momentum step over parameters that no cache holds, beside a copy of as many numbers. */
export default async function bench(rounds) {
  const entries = await race(rounds, contestants())
  const copied = median(entries[0], ({ seconds }) => COPY / seconds)
  table(
    'v ← 0.9v + g, p ← p − 0.01v in f32: 20 bytes an element; copy by TypedArray.set: 8',
    entries.map((entry) => rowOf(entry, copied)),
  )
}

function rowOf(entry, copied) {
  const rate = median(entry, ({ seconds }) => entry.bytes / seconds)
  return {
    who: entry.who,
    size: `${SIZE / 1e6}M`,
    threads: entry.threads,
    time: duration(median(entry, ({ seconds }) => seconds)),
    'GB/s': round(rate / 1e9),
    'of the copy': percent(rate / copied),
    error: exact(entry.error),
  }
}

/** All on the same arrays, so that all find memory in the same state. */
function contestants() {
  const start = [wave(0.7), wave(0.3), wave(0.1)]
  const [parameter, gradient, velocity] = start.map((values) => values.slice())
  const expected = after(reference.momentumStep, start)
  const contestant = (who, step, threads) => {
    const measure = onThreads(
      threads,
      many(() => step(parameter, gradient, velocity, options)),
    )
    return { who, threads, measure, bytes: STEP, error: largestError(after(step, start), expected) }
  }
  return [
    { who: 'copy', threads: 1, measure: many(() => velocity.set(parameter)), bytes: COPY },
    ...oneAndAll.map((threads) => contestant('native', momentumStep, threads)),
    contestant('reference', reference.momentumStep, 1),
    contestant('plain JS', plain, 1),
  ]
}

/** Parameter and velocity after one step from the start. */
function after(step, start) {
  const [parameter, gradient, velocity] = start.map((values) => values.slice())
  step(parameter, gradient, velocity, options)
  return [parameter, velocity]
}

function plain(parameter, gradient, velocity, { learningRate, momentum }) {
  for (let i = 0; i < parameter.length; i++) {
    velocity[i] = momentum * velocity[i] + gradient[i]
    parameter[i] -= learningRate * velocity[i]
  }
}

const wave = (frequency) => new Float32Array(SIZE).map((_, i) => Math.sin(frequency * i))
