import { checkPresent } from './arrays.js'
import { isSparse, type SparseRows } from './sparse.js'
import type { FloatArray } from './spec.js'

/** A number for each input of each example: [examples, inputs], row-major. */
export type DenseFeatures = Uint8Array | FloatArray

/** What a dataset holds. */
export type Features = DenseFeatures | SparseRows

/** The arrays of a dataset that are kept, not copied. */
export interface Kept {
  readonly features: Features
  /** [examples, outputs] */
  readonly targets?: FloatArray
}

/** Rows of features, of which the last may be short. */
export function examplesOf(features: Features, inputs: number): number {
  return isSparse(features) ? features.offsets.length - 1 : features.length / inputs
}

/** The numbers of features; of entries without values there are none. */
export const numbersOf = (features: Features) => (isSparse(features) ? features.values : features)

/**
 * Checks that nothing of a dataset has been transferred since it was made.
 *
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export function checkArraysOf(where: string, { features, targets }: Kept): void {
  const numbers = numbersOf(features)
  if (numbers) checkPresent(where, 'features', numbers)
  if (targets) checkPresent(where, 'targets', targets)
}
