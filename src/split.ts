import { countsOf } from './balance.js'
import { dataError } from './errors.js'
import { Philox, purpose, shuffled } from './random.js'

export interface SplitOptions {
  /** The part of the examples, in [0, 1), that goes to `test`. */
  readonly test: number
  readonly seed?: number
  /** Whether each class, of labels, goes into both parts in the same proportion; false by default. */
  readonly stratify?: boolean
}

/** The numbers of the examples that a split takes into each part, in order. */
interface Drawn {
  readonly train: Uint32Array
  readonly test: Uint32Array
}

/** Of all examples, in an order drawn from the seed. */
export function splitOrder(where: string, examples: number, { test, seed = 0 }: SplitOptions): Drawn {
  const cut = firstOfTest(where, examples, test)
  const order = shuffled(examples, new Philox(seed, purpose.split))
  return { train: order.subarray(0, cut), test: order.subarray(cut) }
}

/** Where the test part begins when round(test · examples) examples at the end are it. */
export function firstOfTest(where: string, examples: number, test: number): number {
  const first = examples - Math.round(test * examples)
  if (first > 0 && first < examples) return first
  throw dataError(where, `test to leave an example in each part of ${examples}`, test)
}

/**
 * A split into parts of the same sizes in which each class has its share: that of the test part is rounded down, and the classes that
 * lose most by it have one more. The order is kept.
 */
export function stratified(labels: Uint32Array, { train, test }: Drawn): Drawn {
  const shares = sharesOf(labels, test.length / labels.length, test.length)
  const drawn: { train: number[]; test: number[] } = { train: [], test: [] }
  for (const part of [test, train]) {
    for (const example of part) drawn[shares[labels[example]]-- > 0 ? 'test' : 'train'].push(example)
  }
  return { train: Uint32Array.from(drawn.train), test: Uint32Array.from(drawn.test) }
}

function sharesOf(labels: Uint32Array, share: number, total: number): Float64Array {
  const counts = countsOf(labels, Math.max(...new Set(labels)) + 1)
  const shares = counts.map((count) => Math.floor(count * share))
  const lost = (label: number) => counts[label] * share - shares[label]
  const order = Array.from(counts.keys()).sort((a, b) => lost(b) - lost(a) || a - b)
  const short = total - shares.reduce((sum, count) => sum + count, 0)
  for (const label of order.slice(0, short)) shares[label]++
  return shares
}
