import { sizeOf } from './spec.js'

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
