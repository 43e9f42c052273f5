import { type ElementType, numbersOf, type Stored } from './elements.js'
import { dataError, describe } from './errors.js'
import type { NdArray } from './ndarray.js'
import { readTensors, type TensorType } from './safetensors.js'

const types: Partial<Record<TensorType, ElementType>> = {
  U64: 'u8',
  I64: 'i8',
  F64: 'f8',
  F32: 'f4',
  U32: 'u4',
  I32: 'i4',
  BF16: 'bf2',
  F16: 'f2',
  U16: 'u2',
  I16: 'i2',
  I8: 'i1',
  U8: 'u1',
  BOOL: 'b1',
}

/**
 * The arrays of a safetensors file by their names, as numbers: halves become f32, whole numbers of 64 bits f64.
 *
 * @throws {RavineError} ERR_RAVINE_FILE where the file is not whole; ERR_RAVINE_DATA for floats of 8 bits, and numbers that no double holds
 */
export async function tensors(path: string): Promise<Map<string, NdArray>> {
  const arrays = new Map<string, NdArray>()
  for (const [name, { type, shape, data }] of (await readTensors(path)).tensors) {
    const element = types[type]
    const place = `tensor ${describe(name)} of ${path}`
    if (!element) throw dataError('tensors', `${place} in ${Object.keys(types).join(', ')}`, type)
    arrays.set(name, { shape, data: await numbersOf('tensors', place, element, data as Stored) })
  }
  return arrays
}
