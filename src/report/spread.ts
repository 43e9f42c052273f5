import { inTurns } from '../histogram.js'
import type { FloatArray } from '../spec.js'

/** How the finite numbers of an array are spread, as people look at it. */
export interface Spread {
  readonly mean: number
  readonly deviation: number
  readonly least: number
  readonly largest: number
  /** Of bars of one width from `from` to `to`, at most four deviations from the mean: the outermost count what lies beyond, too. */
  readonly counts: readonly number[]
  readonly from: number
  readonly to: number
  /** Numbers that are none, or infinite. */
  readonly others: number
}

/** In three passes over numbers that are left as they are meanwhile. Where none is finite, all but `others` is 0. */
export async function spreadOf(values: FloatArray, bars: number): Promise<Spread> {
  let [count, sum, least, largest] = [0, 0, Infinity, -Infinity]
  await inTurns(values, (x) => {
    count++
    sum += x
    least = Math.min(least, x)
    largest = Math.max(largest, x)
  })
  const counts = new Array<number>(bars).fill(0)
  const others = values.length - count
  if (count === 0) return { mean: 0, deviation: 0, least: 0, largest: 0, counts, from: 0, to: 0, others }
  const mean = sum / count
  let squares = 0
  await inTurns(values, (x) => {
    squares += (x - mean) ** 2
  })
  const deviation = Math.sqrt(squares / count)
  const [from, to] = [Math.max(least, mean - 4 * deviation), Math.min(largest, mean + 4 * deviation)]
  await inTurns(values, (x) => {
    counts[placeOf(x, from, to, bars)]++
  })
  return { mean, deviation, least, largest, counts, from, to, others }
}

/** Of numbers that are all the same, the bar in the middle. */
function placeOf(x: number, from: number, to: number, bars: number): number {
  if (!(to > from)) return bars >> 1
  return Math.max(0, Math.min(bars - 1, Math.floor((bars * (x - from)) / (to - from))))
}
