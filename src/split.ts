import { dataError } from './errors.js'
import { Philox, purpose, shuffled } from './random.js'

export interface SplitOptions {
  /** The part of the examples, in [0, 1), that goes to `test`. */
  readonly test: number
  readonly seed?: number
  /** Whether each class, of labels, goes into both parts in the same proportion; false by default. */
  readonly stratify?: boolean
}

/** The numbers of the examples that a split takes into each part. */
export function splitOrder(where: string, examples: number, { test, seed = 0 }: SplitOptions) {
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
