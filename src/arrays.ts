import { types } from 'node:util'
import { dataError, RavineError, shapeError } from './errors.js'
import { type FloatArray, sizeOf } from './spec.js'

/** Class numbers as they come. */
export type Labels = Uint8Array | Uint8ClampedArray | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array

type TypedArray = Labels | FloatArray

/** The float arrays of one call by name, each with the shape that it must have; undefined for one that was left out, never the first. */
export type Shaped = Readonly<Record<string, readonly [array: unknown, shape: readonly number[]] | undefined>>

const integerTypes = [
  types.isUint8Array,
  types.isUint8ClampedArray,
  types.isUint16Array,
  types.isUint32Array,
  types.isInt8Array,
  types.isInt16Array,
  types.isInt32Array,
]

/**
 * Checks that the arrays are all Float32Array or all Float64Array, over memory that stays as it is while they are used, and of
 * their shapes.
 *
 * @throws {RavineError} ERR_RAVINE_DATA, ERR_RAVINE_SHAPE
 */
export function checkArrays(where: string, arrays: Shaped): void {
  const names = Object.keys(arrays)
  const first = { name: names[0], array: arrays[names[0]]?.[0] }
  for (const name of names) {
    const entry = arrays[name]
    if (entry) checkFloats(where, name, entry[0], first)
  }
  for (const name of names) {
    const entry = arrays[name]
    if (entry) checkShape(where, name, entry[0] as FloatArray, entry[1])
  }
}

/**
 * Checks that an array that is written shares no memory with others.
 *
 * @throws {RavineError} ERR_RAVINE_ALIAS
 */
export function checkApart(
  where: string,
  name: string,
  written: TypedArray,
  others: Readonly<Record<string, TypedArray>>,
): void {
  for (const otherName of Object.keys(others)) {
    if (!overlap(written, others[otherName])) continue
    throw new RavineError(
      'ERR_RAVINE_ALIAS',
      `${where}: expected ${name}, which is written, to share no memory with ${otherName} but received overlapping arrays`,
    )
  }
}

/**
 * Checks labels, and gives them as the backends take them.
 *
 * @throws {RavineError} ERR_RAVINE_DATA, ERR_RAVINE_SHAPE
 */
export function checkedLabels(where: string, labels: unknown, examples: number, classes: number): Uint32Array {
  if (!isLabels(labels)) throw dataError(where, 'labels to be an array of integers, such as a Uint8Array', labels)
  checkMemory(where, 'labels', labels)
  checkShape(where, 'labels', labels, [examples])
  const outside = labels.findIndex((label: number) => !(label >= 0 && label < classes))
  if (outside >= 0) throw dataError(where, `labels[${outside}] to be a class in 0 … ${classes - 1}`, labels[outside])
  return types.isUint32Array(labels) ? labels : Uint32Array.from(labels)
}

/** A new array of zeros of the type of `like`. */
export function allocate<T extends FloatArray>(where: string, name: string, like: T, shape: readonly number[]): T {
  try {
    return (types.isFloat32Array(like) ? new Float32Array(sizeOf(shape)) : new Float64Array(sizeOf(shape))) as T
  } catch (cause) {
    const message = `${where}: expected ${name} to fit into memory but received shape [${shape.join(', ')}]`
    throw new RavineError('ERR_RAVINE_SHAPE', message, { cause })
  }
}

// By internal type, not by constructor: arrays of other realms (a vm context, a test runner's) are as good.
const isFloatArray = (value: unknown): value is FloatArray => types.isFloat32Array(value) || types.isFloat64Array(value)

const isLabels = (value: unknown): value is Labels => integerTypes.some((isOfType) => isOfType(value))

const typeOf = (array: FloatArray) => (types.isFloat32Array(array) ? 'Float32Array' : 'Float64Array')

function checkFloats(where: string, name: string, array: unknown, first: { name: string; array: unknown }): void {
  if (!isFloatArray(array)) throw dataError(where, `${name} to be a Float32Array or a Float64Array`, array)
  const kind = typeOf(first.array as FloatArray)
  if (typeOf(array) !== kind) throw dataError(where, `${name} to be a ${kind} as ${first.name} is`, array)
  checkMemory(where, name, array)
}

function checkShape(where: string, name: string, array: TypedArray, shape: readonly number[]): void {
  const size = sizeOf(shape)
  if (array.length === size) return
  throw shapeError(where, `${name} of shape [${shape.join(', ')}] (${size} elements)`, `${array.length} elements`)
}

function checkMemory(where: string, name: string, { buffer, length }: TypedArray): void {
  if (types.isSharedArrayBuffer(buffer)) throw dataError(where, `${name} over memory of one thread`, buffer)
  if ((buffer as { resizable?: boolean }).resizable)
    throw dataError(where, `${name} over memory of a fixed size`, buffer)
  if (length === 0 && isDetached(buffer)) throw dataError(where, `${name} that has not been transferred`, buffer)
}

/** Node 20 has no `buffer.detached`. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer).length < 0
  } catch {
    return true
  }
}

const overlap = (a: TypedArray, b: TypedArray) =>
  a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
