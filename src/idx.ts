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

const gunzip: (packed: Uint8Array, options: zlib.ZlibOptions) => Promise<Uint8Array> = promisify(zlib.gunzip)

/** Bytes up to which an array is a copy: a small buffer may lie in memory that it shares with others. */
const SMALL = 1 << 16

/** No gzip is larger out of it by more. */
const MOST_PACKED = 1032

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
 * `name` is what errors call it. Many bytes are not copied: the array is a view.
 *
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { type, shape } = parseHeader(view, name)
  const first = checkLength(type, shape, view.byteLength, name)
  if (type === elementTypes[8] && view.byteLength > SMALL) {
    return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + first, view.byteLength - first) }
  }
  const data = type.make(sizeOf(shape))
  for (let i = 0; i < data.length; i++) data[i] = type.read(view, first + i * data.BYTES_PER_ELEMENT)
  return { shape, data }
}

/** The bytes themselves, out of gzip where they are in it. */
export async function unpack(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return await gunzip(bytes, { chunkSize: unpackedSize(bytes) })
  } catch (cause) {
    throw new RavineError('ERR_RAVINE_DATA', `idx: expected ${name} to be whole gzip but ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** One more than the size by the last four bytes: room for all at once, where chunks would have to be joined in a second copy. */
function unpackedSize({ buffer, byteOffset, byteLength }: Uint8Array): number {
  const stated = byteLength < 4 ? 0 : new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 4, true)
  return Math.max(zlib.constants.Z_MIN_CHUNK, Math.min(stated + 1, MOST_PACKED * byteLength))
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

/** Where the elements begin in a file that is as long as they are. */
function checkLength(type: ElementType, shape: readonly number[], received: number, name: string): number {
  const first = 4 + 4 * shape.length
  const expected = first + sizeOf(shape) * type.make(0).BYTES_PER_ELEMENT
  if (received !== expected) {
    const flaw = received < expected ? 'truncated' : 'trailing bytes'
    throw dataError(`idx: ${flaw}`, `${name} of shape [${shape.join(', ')}] to be ${expected} bytes`, received)
  }
  return first
}
