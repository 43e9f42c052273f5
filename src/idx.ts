import { type Bytes, withBytes } from './bytes.js'
import { type ElementType, elements } from './elements.js'
import { dataError } from './errors.js'
import type { NdArray } from './ndarray.js'

/** The third byte of a file names its element type. */
const types: Readonly<Record<number, ElementType>> = { 8: 'u1', 9: 'i1', 11: 'i2', 12: 'i4', 13: 'f4', 14: 'f8' }

/**
 * Reads an IDX file, the format of MNIST, packed by gzip or not (the first bytes tell, not the name), in pieces.
 *
 * @throws {RavineError} ERR_RAVINE_FILE where it cannot be read; ERR_RAVINE_DATA where it is not a whole IDX file
 */
export function idx(path: string): Promise<NdArray> {
  return withBytes('idx', path, (bytes) => readIdx(bytes, path))
}

/**
 * The array in the bytes of an IDX file: 0, 0, element type, number of axes; a big-endian u32 an axis; the elements, big-endian.
 * `name` is what errors call it.
 *
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export async function readIdx(bytes: Bytes, name: string): Promise<NdArray> {
  const magic = await bytes.take(4)
  const [zero0, zero1, code, axes] = magic
  const type = types[code]
  if (zero0 !== 0 || zero1 !== 0 || !type || !(axes > 0)) throw notIdx(name, magic)
  const sizes = await bytes.take(4 * axes)
  if (sizes.length < 4 * axes)
    throw dataError('idx: truncated', `${name} to hold ${axes} sizes in ${4 + 4 * axes} bytes`, bytes.taken)
  const view = new DataView(sizes.buffer, sizes.byteOffset)
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 * i))
  return { shape, data: await elements('idx', name, bytes, { type, bigEndian: true, shape }) }
}

function notIdx(name: string, magic: Uint8Array) {
  const received = magic.length < 4 ? `${magic.length} bytes` : magic.join(', ')
  return dataError('idx', `${name} to start as IDX (0, 0, element type, number of axes)`, received)
}
