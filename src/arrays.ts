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
  let outside = 0
  while (outside < examples && labels[outside] >= 0 && labels[outside] < classes) outside++
  if (outside < examples)
    throw dataError(where, `labels[${outside}] to be a class in 0 … ${classes - 1}`, labels[outside])
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
  if (length(array) === size) return
  throw shapeError(where, `${name} of shape [${shape.join(', ')}] (${size} elements)`, `${length(array)} elements`)
}

function checkMemory(where: string, name: string, array: TypedArray): void {
  const buffer = bufferOf(array)
  if (types.isSharedArrayBuffer(buffer)) throw dataError(where, `${name} over memory of one thread`, buffer)
  if ((buffer as { resizable?: boolean }).resizable)
    throw dataError(where, `${name} over memory of a fixed size`, buffer)
  checkPresent(where, name, array)
}

/**
 * Checks that the memory of an array has not been transferred, and not shrunk under it, since it came.
 *
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export function checkPresent(where: string, name: string, array: TypedArray): void {
  if (length(array) > 0 || !isGone(array)) return
  throw dataError(where, `${name} that has not been transferred`, bufferOf(array))
}

/** A view of the numbers from `first` to `end`, of a plain type, whatever has become of the array's methods. */
export function viewOf<A extends Uint8Array | Uint32Array | FloatArray>(array: A, first: number, end: number): A {
  const Type = viewTypes.find(([isOfType]) => isOfType(array))![1]
  const size = length(array)
  const [from, to] = [Math.min(first, size), Math.min(end, size)]
  return new Type(bufferOf(array) as ArrayBuffer, startOf(array) + from * Type.BYTES_PER_ELEMENT, to - from) as A
}

const viewTypes = [
  [types.isUint8Array, Uint8Array],
  [types.isUint32Array, Uint32Array],
  [types.isFloat32Array, Float32Array],
  [types.isFloat64Array, Float64Array],
] as const

const { values } = Object.getPrototypeOf(Uint8Array.prototype)

/** Node 20 has no `buffer.detached`; but no array without its memory can be iterated. */
function isGone(array: TypedArray): boolean {
  try {
    values.call(array)
    return false
  } catch {
    return true
  }
}

function overlap(a: TypedArray, b: TypedArray): boolean {
  if (bufferOf(a) !== bufferOf(b)) return false
  const [first, second] = [startOf(a), startOf(b)]
  return first < second + bytesOf(b) && second < first + bytesOf(a)
}

/** Numbers in an array, of whatever may have been given for one: NaN of what is none. */
export const lengthOf = (value: unknown): number => (types.isTypedArray(value) ? length(value) : Number.NaN)

/** What an array is by itself, whatever has been written over its properties. */
function intrinsic<Value>(name: 'buffer' | 'byteLength' | 'byteOffset' | 'length'): (array: object) => Value {
  const { get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), name)!
  return (array) => get!.call(array) as Value
}

const bufferOf = intrinsic<ArrayBufferLike>('buffer')
const bytesOf = intrinsic<number>('byteLength')
const startOf = intrinsic<number>('byteOffset')
const length = intrinsic<number>('length')
