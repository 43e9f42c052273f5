import type { Dataset } from '../dataset.js'
import { isSparse } from '../sparse.js'
import { png } from './png.js'

/** Fewer numbers are hardly a picture, more no small one. */
const SMALLEST = 8
const LARGEST = 128

/** The side of the square images that examples are, if that is what they look like. */
export function sideOf({ inputs, widths }: Dataset): number | undefined {
  const side = Math.sqrt(inputs)
  return !widths && Number.isInteger(side) && side >= SMALLEST && side <= LARGEST ? side : undefined
}

/** An example as a data URL: the smallest of its numbers is black, the largest white. */
export function imageOf(data: Dataset, example: number, side: number): string {
  const row = rowOf(data, example)
  const least = row.reduce((a, b) => Math.min(a, b))
  const range = row.reduce((a, b) => Math.max(a, b)) - least || 1
  const pixels = Uint8Array.from(row, (x) => Math.round((255 * (x - least)) / range))
  return `data:image/png;base64,${png(pixels, side).toString('base64')}`
}

/** The features of one example, written out. */
export function rowOf({ features, inputs }: Dataset, example: number): Float64Array {
  if (!isSparse(features)) return Float64Array.from(features.subarray(example * inputs, (example + 1) * inputs))
  const row = new Float64Array(inputs)
  for (let i = features.offsets[example]; i < features.offsets[example + 1]; i++) {
    row[features.indices[i]] = features.values ? features.values[i] : 1
  }
  return row
}
