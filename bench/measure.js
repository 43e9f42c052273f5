import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { cpu } from 'ravine'
import { peakGflops } from 'ravine/native'

/** Threads that this process may use: with RAVINE_THREADS, that many. */
export const available = cpu().threads

/** 1, 2, 4 … and all that are available. */
export const threadCounts = [1, 2, 4, 8, 16, 32, 64].filter((threads) => threads < available).concat(available)

/** What to run the primitives on: on a machine with more threads, one pool serves all numbers but 1. */
export const oneAndAll = [...new Set([1, available])]

/** How long a measurement of many calls takes at least, in seconds: the clock and a stray interrupt are then small beside it. */
const LONG = 0.02

/**
 * Measures contestants { threads, measure } in rounds, in each of which all take their turn, so that a slow spell of the machine meets
 * them all. The first round only warms.
 *
 * @returns the contestants with `samples`: what `measure` gave in each round, and the peak of that round for the same threads
 */
export async function race(rounds, contestants) {
  const entries = contestants.map((contestant) => ({ ...contestant, samples: [] }))
  for (let round = 0; round <= rounds; round++) {
    const peaks = new Map(entries.map(({ threads }) => [threads, peak(threads)]))
    for (const { threads, measure, samples } of entries) {
      const sample = { ...(await measure()), peak: peaks.get(threads) }
      if (round > 0) samples.push(sample)
    }
  }
  return entries
}

/** FMA peak in GFLOP/s, the best of five: a roof is what nothing disturbed. All available threads where none are named. */
export const peak = (threads = available) => Math.max(...[0, 0, 0, 0, 0].map(() => peakGflops(threads)))

/** Measures the seconds of one call of `work`, which may be asynchronous. */
export const once = (work) => async () => {
  const start = performance.now()
  await work()
  return { seconds: (performance.now() - start) / 1000 }
}

/** Measures with the garbage of those before collected: a thread that collects it takes the core from who is measured. */
export const clean = (measure) => () => {
  collect()
  return measure()
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

/** Measures the seconds of a call of `work`, over as many calls as it takes to be sure. */
export function many(work) {
  let calls = 1
  return () => {
    for (; ; calls *= 2) {
      const seconds = secondsOf(work, calls)
      if (seconds > LONG) return { seconds: seconds / calls }
    }
  }
}

function secondsOf(work, calls) {
  const start = performance.now()
  for (let call = 0; call < calls; call++) work()
  return (performance.now() - start) / 1000
}

/** Gives the primitives, which have no option for it, a number of threads for as long as `work` takes. */
export const onThreads = (threads, work) => () => {
  const { RAVINE_THREADS } = process.env
  process.env.RAVINE_THREADS = String(threads)
  try {
    return work()
  } finally {
    if (RAVINE_THREADS === undefined) delete process.env.RAVINE_THREADS
    else process.env.RAVINE_THREADS = RAVINE_THREADS
  }
}

/** The median over the rounds of what `figure` makes of a round's sample. */
export function median({ samples }, figure) {
  const sorted = samples.map(figure).sort((x, y) => x - y)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
}

/** max |actual − expected| over lists of arrays; NaN where a number of either is none. */
export function largestError(actual, expected) {
  let largest = 0
  for (const [place, values] of expected.entries()) {
    for (let i = 0; i < values.length; i++) {
      const error = Math.abs(actual[place][i] - values[i])
      if (Number.isNaN(error)) return error
      if (error > largest) largest = error
    }
  }
  return largest
}
