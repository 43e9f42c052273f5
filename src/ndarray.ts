import { types } from 'node:util'
import { type FloatArray, sizeOf } from './spec.js'

/** The arrays that hold numbers, each exactly as JavaScript has it. */
export type NumberArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array

/** An array with its shape, row-major, as `idx`, `npy` and `tensors` give it and `dataset` takes it. */
export interface NdArray {
  readonly shape: readonly number[]
  readonly data: NumberArray
}

/** Whether a value has the two parts of such an array, right or wrong. */
export const isNdArray = (value: unknown): value is NdArray =>
  typeof value === 'object' && value !== null && 'data' in value && Array.isArray((value as { shape?: unknown }).shape)

/** The numbers in a row of an array whose first axis is examples: 1 where it has no other axis. */
export const widthOf = ({ shape }: NdArray) => sizeOf(shape.slice(1))

/** As features may be: bytes and floats are themselves, whole numbers of 16 bits are exact in f32, the others in f64. */
export function asFeatures(data: NumberArray): Uint8Array | FloatArray {
  if (types.isUint8Array(data) || types.isFloat32Array(data) || types.isFloat64Array(data)) return data
  return data.BYTES_PER_ELEMENT <= 2 ? Float32Array.from(data) : Float64Array.from(data)
}

/** As targets may be: floats are themselves, other numbers exact in f32 or in f64. */
export const asTargets = (data: NumberArray): FloatArray =>
  types.isUint8Array(data) ? Float32Array.from(data) : (asFeatures(data) as FloatArray)
