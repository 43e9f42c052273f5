import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { dataError, RavineError } from './errors.js'
import { sizeOf } from './spec.js'

export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array

/** An array as IDX files hold it, row-major. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly data: IdxData
}

interface ElementType {
  readonly make: (length: number) => IdxData
  readonly read: (view: DataView, at: number) => number
}

/** The third byte of a file names its element type. */
const elementTypes: Readonly<Record<number, ElementType>> = {
  8: { make: (n) => new Uint8Array(n), read: (view, at) => view.getUint8(at) },
  9: { make: (n) => new Int8Array(n), read: (view, at) => view.getInt8(at) },
  11: { make: (n) => new Int16Array(n), read: (view, at) => view.getInt16(at) },
  12: { make: (n) => new Int32Array(n), read: (view, at) => view.getInt32(at) },
  13: { make: (n) => new Float32Array(n), read: (view, at) => view.getFloat32(at) },
  14: { make: (n) => new Float64Array(n), read: (view, at) => view.getFloat64(at) },
}

const gunzip = promisify(zlib.gunzip)

/**
 * Reads an IDX file, the format of MNIST, packed by gzip or not (the first bytes tell, not the name).
 *
 * @throws {RavineError} ERR_RAVINE_FILE where it cannot be read; ERR_RAVINE_DATA where it is not a whole IDX file
 */
export async function idx(path: string): Promise<IdxArray> {
  return parseIdx(await unpack(await read(path), path), path)
}

/**
 * The array in the bytes of an IDX file: 0, 0, element type, number of axes; a big-endian u32 an axis; the elements, big-endian.
 * `name` is what errors call it.
 *
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { type, shape } = parseHeader(view, name)
  const data = allocate(type, shape, view.byteLength, name)
  const first = view.byteLength - data.byteLength
  if (data instanceof Uint8Array) data.set(bytes.subarray(first))
  else for (let i = 0; i < data.length; i++) data[i] = type.read(view, first + i * data.BYTES_PER_ELEMENT)
  return { shape, data }
}

/** The bytes themselves, out of gzip where they are in it. */
export async function unpack(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return await gunzip(bytes)
  } catch (cause) {
    throw new RavineError('ERR_RAVINE_DATA', `idx: expected ${name} to be whole gzip but ${(cause as Error).message}`, {
      cause,
    })
  }
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new RavineError('ERR_RAVINE_FILE', `idx: expected a readable file but ${(cause as Error).message}`, { cause })
  }
}

function parseHeader(view: DataView, name: string) {
  const magic = view.byteLength < 4 ? [] : [0, 1, 2, 3].map((i) => view.getUint8(i))
  const [zero0, zero1, code, axes] = magic
  if (zero0 !== 0 || zero1 !== 0 || !elementTypes[code] || axes === 0) {
    throw dataError(
      'idx',
      `${name} to start as IDX (0, 0, element type, number of axes)`,
      magic.join(', ') || `${view.byteLength} bytes`,
    )
  }
  if (view.byteLength < 4 + 4 * axes)
    throw dataError('idx: truncated', `${name} to hold ${axes} sizes in ${4 + 4 * axes} bytes`, view.byteLength)
  return { type: elementTypes[code], shape: Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i)) }
}

/** Room for the elements, once the file has been seen to be as long as they are. */
function allocate(type: ElementType, shape: readonly number[], received: number, name: string): IdxData {
  const expected = 4 + 4 * shape.length + sizeOf(shape) * type.make(0).BYTES_PER_ELEMENT
  if (received !== expected) {
    const flaw = received < expected ? 'truncated' : 'trailing bytes'
    throw dataError(`idx: ${flaw}`, `${name} of shape [${shape.join(', ')}] to be ${expected} bytes`, received)
  }
  return type.make(sizeOf(shape))
}
