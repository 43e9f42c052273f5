import { isDeepStrictEqual } from 'node:util'
import { Dataset } from './dataset.js'
import { dataError } from './errors.js'
import type { DenseFeatures, Features } from './features.js'
import { isSparse, like, type SparseRows } from './sparse.js'

/**
 * The examples of several datasets in order, as one. A copy.
 *
 * @throws {RavineError} ERR_RAVINE_DATA where they differ in kind: types of numbers, labels or targets, normalisation
 */
export function joined(where: string, parts: readonly Dataset[]): Dataset {
  const [first] = parts
  const odd = parts.find((part) => !isDeepStrictEqual(kindOf(part), kindOf(first)))
  if (odd) throw dataError(where, `batches of one kind in an update, ${said(first)},`, said(odd))
  const features = parts.map((part) => part.features)
  return new Dataset<Features>({
    ...first,
    features: features.every(isSparse) ? joinedRows(features) : joinedArrays(features as DenseFeatures[]),
    labels: first.labels && joinedArrays(parts.map(({ labels }) => labels!)),
    targets: first.targets && joinedArrays(parts.map(({ targets }) => targets!)),
  })
}

const typeOf = (values?: object) => values && Object.prototype.toString.call(values).slice(8, -1)

/** What the parts of a whole have in common. */
function kindOf({ features, labels, targets, inputs, outputs, normalize }: Dataset) {
  const numbers = isSparse(features) ? { entries: typeOf(features.values) ?? 'ones' } : { features: typeOf(features) }
  return { ...numbers, labels: typeOf(labels), targets: typeOf(targets), inputs, outputs, normalize }
}

const said = (part: Dataset) => JSON.stringify(kindOf(part))

function joinedArrays<A extends DenseFeatures | Uint32Array>(parts: readonly A[]): A {
  const whole = like(
    parts[0],
    parts.reduce((length, part) => length + part.length, 0),
  )
  let end = 0
  for (const part of parts) {
    whole.set(part, end)
    end += part.length
  }
  return whole
}

function joinedRows(parts: readonly SparseRows[]): SparseRows {
  const offsets = [0]
  for (const part of parts) {
    const before = offsets[offsets.length - 1]
    for (const end of part.offsets.subarray(1)) offsets.push(before + end)
  }
  const whole = { offsets: Uint32Array.from(offsets), indices: joinedArrays(parts.map(({ indices }) => indices)) }
  return Object.freeze(parts[0].values ? { ...whole, values: joinedArrays(parts.map(({ values }) => values!)) } : whole)
}
