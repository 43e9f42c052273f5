import { types } from 'node:util'
import { allocate } from './arrays.js'
import { dataError, shapeError } from './errors.js'
import type { DenseFeatures } from './features.js'
import { checkValue, count } from './options.js'

/** Numbers of one input of a graph, [examples, width] row-major. */
export type InputFeatures =
  | DenseFeatures
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array

/** The features of a graph of several inputs, by their names. */
export type NamedFeatures = Readonly<Record<string, InputFeatures>>

/** Widths of inputs by their names. */
export type Widths = Readonly<Record<string, number>>

/** Whether features are those of the inputs, by name. */
export const isNamed = (features: unknown, widths: Widths): features is NamedFeatures =>
  typeof features === 'object' &&
  features !== null &&
  !ArrayBuffer.isView(features) &&
  Object.keys(widths).every((name) => Object.hasOwn(features, name))

/**
 * The features of named inputs beside each other, in the order of the widths: one row-major matrix [examples, Σ widths], of bytes where
 * all are, of f32 where the others are, else of f64.
 *
 * @throws {RavineError} ERR_RAVINE_DATA, ERR_RAVINE_SHAPE, ERR_RAVINE_HYPERPARAMETER
 */
export function beside(where: string, features: NamedFeatures, widths: Widths): DenseFeatures {
  checkInputs(where, features, widths)
  const names = Object.keys(widths)
  const [total, examples] = [sum(widths), features[names[0]].length / widths[names[0]]]
  const matrix = room(where, Object.values(features), [examples, total])
  let first = 0
  for (const name of names) {
    copy(features[name], matrix, widths[name], [first, total])
    first += widths[name]
  }
  return matrix
}

export const sum = (widths: Widths) => Object.values(widths).reduce((sum, width) => sum + width, 0)

function checkInputs(where: string, features: NamedFeatures, widths: Widths): void {
  for (const [name, width] of Object.entries(widths)) checkValue(where, `inputs: ${name}`, width, count)
  const unknown = Object.keys(features).find((name) => !Object.hasOwn(widths, name))
  if (unknown !== undefined) throw dataError(where, `features of ${Object.keys(widths).join(', ')}`, unknown)
  let examples: number | undefined
  for (const [name, width] of Object.entries(widths)) {
    const values = features[name]
    if (!isNumbers(values)) throw dataError(where, `features of ${name}, a typed array of numbers`, values)
    examples ??= values.length / width
    if (values.length === examples * width && Number.isInteger(examples)) continue
    throw shapeError(where, `features of ${name} of length examples · ${width}`, `length ${values.length}`)
  }
}

const isNumbers = (value: unknown): value is InputFeatures =>
  types.isTypedArray(value) && !types.isBigInt64Array(value) && !types.isBigUint64Array(value)

function room(where: string, arrays: readonly InputFeatures[], shape: readonly number[]): DenseFeatures {
  if (arrays.every((array) => types.isUint8Array(array))) return new Uint8Array(shape[0] * shape[1])
  const single = arrays.every((array) => array.BYTES_PER_ELEMENT <= 2 || types.isFloat32Array(array))
  return allocate(where, 'features', single ? new Float32Array(0) : new Float64Array(0), shape)
}

/** matrix[r][first + j] ← values[r][j] */
function copy(values: InputFeatures, matrix: DenseFeatures, width: number, [first, total]: [number, number]): void {
  for (let from = 0, to = first; from < values.length; from += width, to += total) {
    for (let j = 0; j < width; j++) matrix[to + j] = values[from + j]
  }
}
