import { setImmediate } from 'node:timers/promises'
import { viewOf } from './arrays.js'
import type { EngineData } from './backend.js'
import { checkArraysOf } from './features.js'
import { expectMemory } from './memory.js'
import { isSparse, slicedRows } from './sparse.js'

/** Bytes of features that are copied between two turns of the event loop: a few milliseconds. */
export const SLICE = 1 << 20
/** Slices between two looks at the memory that is left. */
const OFTEN = 16

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
    if (first % (OFTEN * examples) === 0) expectRoom(data, first)
    take(slice(data, first, Math.min(data.examples, first + examples)))
  }
  return true
}

/**
 * Refuses data for the rest of which there is no memory. A copy may be smaller than what it is of, features that are mostly zero by two
 * thirds; so it is asked again and again, and what comes until the next time has to fit as it is.
 */
function expectRoom(data: EngineData, first: number): void {
  const rest = (bytesOf(data) * (data.examples - first)) / data.examples
  expectMemory(
    'dataset',
    'what is still to be copied',
    Math.ceil(Math.max(rest / 3, Math.min(rest, 2 * OFTEN * SLICE))),
  )
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
    return viewOf(values, first * width, end * width)
  }
  return {
    features: isSparse(features) ? slicedRows(features, first, end) : rows(features),
    labels: labels && rows(labels),
    targets: targets && rows(targets),
    examples: end - first,
    ...rest,
  }
}
