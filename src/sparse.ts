import { types } from 'node:util'
import { checkPresent } from './arrays.js'
import { dataError, shapeError } from './errors.js'
import { checkOptions, checkValue, type Rule } from './options.js'
import type { FloatArray } from './spec.js'

/** Features that are mostly zero, by the others: example i has the entries `offsets[i]` … `offsets[i + 1] − 1`. */
export interface SparseFeatures<List extends ArrayLike<number> = ArrayLike<number>> {
  /** [examples + 1], whole numbers: 0 first, the number of entries last, never descending; copied. */
  readonly offsets: List
  /** The column of each entry, in [0, inputs), ascending within an example; copied. */
  readonly indices: List
  /** The number of each entry; kept, not copied, and bytes stay bytes. Without them every entry is 1. */
  readonly values?: Uint8Array | FloatArray
}

/** Such features, checked. */
export type SparseRows = SparseFeatures<Uint32Array>

// By internal type, not by constructor: arrays of other realms (a vm context, a test runner's) are as good.
export const array = (expected: string, ...types: readonly ((value: unknown) => boolean)[]): Rule => ({
  expected,
  test: (value) => types.some((isOfType) => isOfType(value)),
})
export const numbers = array(
  'a Uint8Array, a Float32Array or a Float64Array',
  types.isUint8Array,
  types.isFloat32Array,
  types.isFloat64Array,
)

/** Any list of numbers. */
export const integers: Rule = {
  expected: 'an array of whole numbers',
  test: (value) => (Array.isArray(value) || ArrayBuffer.isView(value)) && typeof (value as number[])[0] !== 'bigint',
}
const rules = { offsets: integers, indices: integers, values: numbers }

/** Whether features are meant as entries, right or wrong: any object that is no array. */
export const isEntries = (features: unknown): features is SparseFeatures =>
  typeof features === 'object' && features !== null && !Array.isArray(features) && !ArrayBuffer.isView(features)

/** Whether features that have been checked are entries. */
export const isSparse = (features: object): features is SparseRows => 'offsets' in features

/**
 * A frozen copy with the arrays of a `Dataset`, all of it checked but for values that are not finite.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER, ERR_RAVINE_SHAPE, ERR_RAVINE_DATA; the sentence names example and entry
 */
export function sparseRows(where: string, given: SparseFeatures, inputs: number): SparseRows {
  given = checkOptions(`${where}: features`, given, rules)
  checkValue(`${where}: features`, 'offsets', given.offsets, integers)
  checkValue(`${where}: features`, 'indices', given.indices, integers)
  for (const name of ['offsets', 'indices', 'values'] as const) {
    const list = given[name]
    if (types.isTypedArray(list)) checkPresent(`${where}: features`, name, list as Uint32Array)
  }
  const [offsets, indices, { values }] = [Uint32Array.from(given.offsets), Uint32Array.from(given.indices), given]
  checkOffsets(where, offsets, given.offsets, indices.length)
  if (values && values.length !== indices.length) {
    throw shapeError(where, `values of length ${indices.length}, that of indices,`, `length ${values.length}`)
  }
  for (let example = 0; example + 1 < offsets.length; example++) {
    checkColumns(where, { offsets, indices }, given.indices, example, inputs)
  }
  return Object.freeze(values ? { offsets, indices, values } : { offsets, indices })
}

function checkOffsets(where: string, offsets: Uint32Array, given: ArrayLike<number>, entries: number): void {
  if (offsets.length === 0) throw dataError(where, 'offsets to begin with 0', given)
  if (given[0] !== 0) throw dataError(where, 'offsets[0] to be 0', given[0])
  for (let i = 1; i < offsets.length; i++) {
    if (offsets[i] === given[i] && offsets[i] >= offsets[i - 1] && offsets[i] <= entries) continue
    const range = `[${offsets[i - 1]}, ${entries}]`
    throw dataError(where, `offsets[${i}] (the end of example ${i - 1}) to be a whole number in ${range}`, given[i])
  }
  const last = offsets.length - 1
  if (offsets[last] !== entries) {
    throw shapeError(
      where,
      `offsets that end with ${entries}, the number of indices,`,
      `offsets[${last}] of ${given[last]}`,
    )
  }
}

function checkColumns(
  where: string,
  { offsets, indices }: SparseRows,
  given: ArrayLike<number>,
  example: number,
  inputs: number,
): void {
  let least = 0
  for (let i = offsets[example]; i < offsets[example + 1]; i++) {
    if (!(indices[i] === given[i] && indices[i] >= least && indices[i] < inputs)) {
      const place = `indices[${i}] (example ${example}, entry ${i - offsets[example]})`
      throw dataError(
        where,
        `${place} to be a whole number in [${least}, ${inputs}), ascending in its example,`,
        given[i],
      )
    }
    least = indices[i] + 1
  }
}

/** The example that an entry belongs to. */
export function exampleOf({ offsets }: SparseRows, entry: number): number {
  return offsets.findIndex((end) => end > entry) - 1
}

/** Examples `first` … `end` − 1: entries are views. */
export function slicedRows({ offsets, indices, values }: SparseRows, first: number, end: number): SparseRows {
  const own = offsets.subarray(first, end + 1)
  const [from, to] = [own[0], own[own.length - 1]]
  const parts = { offsets: from === 0 ? own : own.map((offset) => offset - from), indices: indices.subarray(from, to) }
  return Object.freeze(values ? { ...parts, values: values.subarray(from, to) as typeof values } : parts)
}

/** The examples of the numbers in `order`. */
export function gatheredRows({ offsets, indices, values }: SparseRows, order: Uint32Array): SparseRows {
  const own = new Uint32Array(order.length + 1)
  order.forEach((from, to) => {
    own[to + 1] = own[to] + offsets[from + 1] - offsets[from]
  })
  const entries = <A extends Uint32Array | Uint8Array | FloatArray>(all: A, copy: A): A => {
    order.forEach((from, to) => {
      copy.set(all.subarray(offsets[from], offsets[from + 1]), own[to])
    })
    return copy
  }
  const parts = { offsets: own, indices: entries(indices, new Uint32Array(own[order.length])) }
  return Object.freeze(values ? { ...parts, values: entries(values, like(values, own[order.length])) } : parts)
}

/** A new array of the same elements; a Buffer's is a Uint8Array. */
export function like<A extends Uint8Array | Uint32Array | FloatArray>(values: A, length: number): A {
  if (types.isUint8Array(values)) return new Uint8Array(length) as A
  if (types.isUint32Array(values)) return new Uint32Array(length) as A
  return (types.isFloat32Array(values) ? new Float32Array(length) : new Float64Array(length)) as A
}
