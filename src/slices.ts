import { setImmediate } from 'node:timers/promises'
import type { EngineData } from './backend.js'
import { checkArraysOf } from './dataset.js'
import { isSparse, slicedRows } from './sparse.js'

/** Bytes of features that are copied between two turns of the event loop: a few milliseconds. */
export const SLICE = 1 << 20

/**
 * Takes a dataset in slices of about `SLICE` bytes, with a turn of the event loop between each two; a small one at once. All slices
 * but the last have as many examples. Says whether it took all: it stops where it is wanted no longer.
 */
export async function inSlices(
  data: EngineData,
  take: (slice: EngineData) => void,
  wanted: () => boolean = () => true,
): Promise<boolean> {
  const examples = Math.max(1, Math.floor(SLICE / (bytesOf(data) / data.examples)))
  for (let first = 0; first < data.examples; first += examples) {
    if (first > 0) await setImmediate()
    if (!wanted()) return false
    take(slice(data, first, Math.min(data.examples, first + examples)))
  }
  return true
}

function bytesOf({ features, targets }: EngineData): number {
  const numbers = isSparse(features) ? [features.offsets, features.indices, features.values] : [features]
  return [...numbers, targets].reduce((sum, array) => sum + (array?.byteLength ?? 0), 0)
}

function slice({ features, labels, targets, examples, ...rest }: EngineData, first: number, end: number): EngineData {
  // Between two turns anything may become of what is kept and not copied.
  checkArraysOf('dataset', { features, targets })
  const rows = <A extends Uint8Array | Uint32Array | Float32Array | Float64Array>(values: A): A => {
    const width = values.length / examples
    return values.subarray(first * width, end * width) as A
  }
  return {
    features: isSparse(features) ? slicedRows(features, first, end) : rows(features),
    labels: labels && rows(labels),
    targets: targets && rows(targets),
    examples: end - first,
    ...rest,
  }
}
