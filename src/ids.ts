import type { Dataset } from './dataset.js'
import { hyperparameterError, RavineError } from './errors.js'
import { isSparse, type SparseRows } from './sparse.js'
import type { EmbeddingNode, GraphSpec } from './spec.js'

/** Columns of the features that name rows of a table. */
interface Ids {
  readonly node: EmbeddingNode
  readonly first: number
  readonly end: number
}

/**
 * Checks the features that embeddings read: whole numbers below their count, as they came.
 *
 * @throws {RavineError} ERR_RAVINE_DATA with the first that is not, ERR_RAVINE_HYPERPARAMETER where they would be normalised
 */
export function checkIds(where: string, spec: GraphSpec, data: Dataset): void {
  for (const ids of idsOf(spec)) {
    if (data.normalize)
      throw hyperparameterError(where, `features of '${ids.node.name}' without normalize`, data.normalize)
    if (isSparse(data.features)) checkEntries(where, ids, data.features)
    else checkRows(where, ids, data)
  }
}

/** Of specs that have been asked for: a call for one example would spend more on them than on all else. */
const known = new WeakMap<GraphSpec, readonly Ids[]>()

function idsOf(spec: GraphSpec): readonly Ids[] {
  const before = known.get(spec)
  if (before) return before
  const ids = readIn(spec)
  known.set(spec, ids)
  return ids
}

function readIn(spec: GraphSpec): Ids[] {
  const starts = new Map<string, number>()
  let end = 0
  for (const [name, width] of Object.entries(spec.inputs)) {
    starts.set(name, end)
    end += width
  }
  const nodes = spec.nodes.filter((node) => node.op === 'embedding')
  return nodes.map((node) => {
    const first = starts.get(node.from[0])!
    return { node, first, end: first + node.inputs }
  })
}

function checkRows(where: string, ids: Ids, { features, examples, inputs }: Dataset): void {
  const values = features as Exclude<Dataset['features'], SparseRows>
  for (let example = 0; example < examples; example++) {
    for (let column = ids.first; column < ids.end; column++) {
      checkId(where, ids, example, values[example * inputs + column])
    }
  }
}

/** What is not listed is 0, which every table has. */
function checkEntries(where: string, ids: Ids, { offsets, indices, values }: SparseRows): void {
  for (let example = 0; example + 1 < offsets.length; example++) {
    for (let entry = offsets[example]; entry < offsets[example + 1]; entry++) {
      const inside = indices[entry] >= ids.first && indices[entry] < ids.end
      if (inside) checkId(where, ids, example, values ? values[entry] : 1)
    }
  }
}

function checkId(where: string, { node: { name, count } }: Ids, example: number, id: number): void {
  if (Number.isInteger(id) && id >= 0 && id < count) return
  const message = `${where}: expected what '${name}' reads to be whole numbers in [0, ${count}) but received ${id} in example ${example}`
  throw new RavineError('ERR_RAVINE_DATA', message)
}
