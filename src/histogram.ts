import { setImmediate } from 'node:timers/promises'
import type { Histogram } from './events.js'
import type { FloatArray } from './spec.js'

const BUCKETS = 30
/** Numbers that are looked at between two turns of the event loop: a few milliseconds. */
const SLICE = 1 << 19

/**
 * How the finite numbers of an array are spread: their count, sums, and counts in buckets of equal width from the least to the greatest.
 * None where no number is finite.
 */
export async function histogramOf(values: FloatArray): Promise<Histogram | undefined> {
  let [min, max, count, sum, sumOfSquares] = [Infinity, -Infinity, 0, 0, 0]
  await inTurns(values, (x) => {
    min = Math.min(min, x)
    max = Math.max(max, x)
    count++
    sum += x
    sumOfSquares += x * x
  })
  if (count === 0) return undefined
  const buckets = max > min ? BUCKETS : 1
  const counts = new Float64Array(buckets)
  const width = max - min || 1
  await inTurns(values, (x) => {
    counts[Math.min(buckets - 1, Math.floor(((x - min) / width) * buckets))]++
  })
  const limits = Float64Array.from(counts, (_, i) => (i === buckets - 1 ? max : min + (width * (i + 1)) / buckets))
  return { min, max, count, sum, sumOfSquares, limits, counts }
}

/** Each finite number, with a turn of the event loop now and then. */
export async function inTurns(values: FloatArray, take: (x: number) => void): Promise<void> {
  for (let first = 0; first < values.length; first += SLICE) {
    if (first > 0) await setImmediate()
    for (const x of values.subarray(first, first + SLICE)) if (Number.isFinite(x)) take(x)
  }
}
