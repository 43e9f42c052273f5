import { describe, fileError, type RavineError } from './errors.js'
import { type FileBytes, withFile } from './filebytes.js'
import { type FloatArray, sizeOf } from './spec.js'

/** The element types that a file may have, and the arrays that hold them, in the order in which a writer puts them. */
const arrays = {
  U64: BigUint64Array,
  I64: BigInt64Array,
  F64: Float64Array,
  F32: Float32Array,
  U32: Uint32Array,
  I32: Int32Array,
  BF16: Uint16Array,
  F16: Uint16Array,
  U16: Uint16Array,
  I16: Int16Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const

export type TensorType = keyof typeof arrays
export type TensorData =
  | FloatArray
  | BigUint64Array
  | BigInt64Array
  | Uint32Array
  | Int32Array
  | Uint16Array
  | Int16Array
  | Uint8Array
  | Int8Array

/** An array with its shape, row-major; of types that JavaScript lacks (F16, BF16, F8, BOOL) the bits. */
export interface Tensor {
  readonly type: TensorType
  readonly shape: readonly number[]
  readonly data: TensorData
}

/** What a safetensors file holds. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly metadata: ReadonlyMap<string, string>
}

/** Where a tensor lies, in bytes from the end of the header. */
interface Place {
  readonly name: string
  readonly type: TensorType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

const METADATA = '__metadata__'
/** Keys of an object of its own kind: JSON may have it as a name, programs had better not. */
const PROTOTYPE = '__proto__'
/** Bytes of the length of the header. */
const LENGTH = 8
const LONGEST_HEADER = 100_000_000
const order = Object.keys(arrays)

/**
 * A safetensors file in parts, the header and then each tensor where it lies: length of the header (u64, little-endian), header (JSON,
 * padded by spaces to 8 bytes), tensors by falling size of their elements, then by name, without holes.
 *
 * Source: huggingface/safetensors, README.md and src/tensor.rs, whose bytes are the same.
 */
export function tensorFile(tensors: ReadonlyMap<string, Tensor>, metadata?: ReadonlyMap<string, string>): Uint8Array[] {
  const rank = ([name, { type }]: readonly [string, Tensor]) => [order.indexOf(type), name] as const
  const sorted = [...tensors].sort((a, b) => compare(rank(a), rank(b)))
  const entries: [string, unknown][] = metadata?.size ? [[METADATA, Object.fromEntries(metadata)]] : []
  let end = 0
  for (const [name, { type, shape, data }] of sorted) {
    const begin = end
    end += data.byteLength
    entries.push([name, { dtype: type, shape, data_offsets: [begin, end] }])
  }
  return [headerOf(entries), ...sorted.map(([, { data }]) => bytesOf(data))]
}

/**
 * Reads a safetensors file, each tensor straight into an array of its own. It is strict: a file that is not whole, or says anything of
 * itself that is not so, is refused before anything of its size is allocated.
 *
 * @throws {RavineError} ERR_RAVINE_FILE
 */
export async function readTensors(path: string): Promise<TensorFile> {
  return withFile('safetensors', path, async (file) => {
    const { text, first } = await readHeader(file, path)
    const { places, metadata } = parseHeader(text, file.size - first, path)
    const tensors = new Map<string, Tensor>()
    for (const { name, type, shape, begin, end } of places) {
      const { buffer } = await read(file, first + begin, end - begin, path)
      tensors.set(name, { type, shape, data: new arrays[type](buffer as ArrayBuffer) })
    }
    return { tensors, metadata }
  })
}

const compare = (a: readonly [number, string], b: readonly [number, string]) =>
  a[0] - b[0] || (a[1] < b[1] ? -1 : Number(a[1] > b[1]))

function headerOf(entries: readonly (readonly [string, unknown])[]): Uint8Array {
  const text = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`
  const json = new TextEncoder().encode(text)
  const header = new Uint8Array(LENGTH + Math.ceil(json.length / 8) * 8).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - LENGTH), true)
  header.set(json, LENGTH)
  return header
}

/** The text of the header, and where the tensors begin. */
async function readHeader(file: FileBytes, path: string) {
  if (file.size < LENGTH) throw flaw(path, `at least ${LENGTH} bytes`, `it has ${file.size}`)
  const [length] = new BigUint64Array((await read(file, 0, LENGTH, path)).buffer)
  const most = Math.min(LONGEST_HEADER, file.size - LENGTH)
  if (length > most) throw flaw(path, `a header of at most ${most} bytes`, `its first bytes say ${length}`)
  const header = await read(file, LENGTH, Number(length), path)
  return { text: decoded(header, path), first: LENGTH + header.length }
}

function decoded(header: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header)
  } catch (cause) {
    throw flaw(path, 'a header in UTF-8', 'it has other bytes', cause)
  }
}

async function read(file: FileBytes, first: number, length: number, path: string): Promise<Uint8Array> {
  const bytes = await file.read(first, length)
  if (bytes.length === length) return bytes
  throw flaw(path, `${first + length} bytes`, `it ends after ${first + bytes.length}`)
}

/**
 * What a header says, checked.
 *
 * @param size of the tensors together, in bytes
 * @throws {RavineError} ERR_RAVINE_FILE
 */
export function parseHeader(text: string, size: number, path: string) {
  const header = parsed(text, path)
  const { [METADATA]: stated = {}, ...entries } = header
  const metadata = metadataOf(stated, path)
  const places = Object.entries(entries).map(([name, entry]) => placeOf(name, entry, path))
  const keys = Object.keys(header).length + 3 * places.length + metadata.size
  if (members(text) !== keys) throw flaw(path, 'a header that says everything once', 'it has keys twice')
  checkCover(places, size, path)
  return { places, metadata }
}

function parsed(text: string, path: string): Record<string, unknown> {
  const header = json(text, path)
  if (!text.startsWith('{')) throw flaw(path, 'a header that is a JSON object', `it starts with ${describe(text[0])}`)
  return header as Record<string, unknown>
}

function json(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw flaw(path, 'a header in JSON', 'it is something else', cause)
  }
}

function metadataOf(stated: unknown, path: string): Map<string, string> {
  const entries = isObject(stated) ? Object.entries(stated) : []
  if (isObject(stated) && entries.every(isText)) return new Map(entries)
  throw flaw(path, `${METADATA} to be strings by name`, 'it is something else')
}

function placeOf(name: string, entry: unknown, path: string): Place {
  const of = `tensor ${describe(name)}`
  if (name === PROTOTYPE) throw flaw(path, 'names of tensors', `one is ${of}`)
  const { dtype: type, shape, data_offsets: offsets, ...others } = Object(entry) as Record<string, unknown>
  if (!isType(type)) throw flaw(path, `${of} of a type among ${order.join(', ')}`, `it is ${describe(type)}`)
  if (!isSizes(shape)) throw flaw(path, `${of} to have a shape of whole numbers`, `it has ${describe(shape)}`)
  if (!isSizes(offsets) || offsets.length !== 2 || Object.keys(others).length > 0) {
    throw flaw(path, `${of} to have dtype, shape and two data_offsets`, 'it has others')
  }
  const [begin, end] = offsets
  const length = sizeOf(shape) * arrays[type].BYTES_PER_ELEMENT
  if (end - begin === length) return { name, type, shape, begin, end }
  throw flaw(path, `${of} of shape [${shape.join(', ')}] in ${length} bytes`, `it has those from ${begin} to ${end}`)
}

/** Each tensor begins where the one before it ends, the first at 0; the last ends with the file. */
function checkCover(places: readonly Place[], size: number, path: string): void {
  const sorted = [...places].sort((a, b) => a.begin - b.begin || a.end - b.end)
  let covered = 0
  for (const { name, begin, end } of sorted) {
    if (begin !== covered) throw flaw(path, `tensor ${describe(name)} to begin at ${covered}`, `it begins at ${begin}`)
    covered = end
  }
  if (covered !== size) throw flaw(path, `${covered} bytes of tensors`, `it has ${size}`)
}

/** How many keys the objects of a JSON text have, those that stand twice counted twice: each has a colon that is in no string. */
function members(text: string): number {
  let count = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted
    else if (quoted && text[i] === '\\') i++
    else if (!quoted && text[i] === ':') count++
  }
  return count
}

const isType = (value: unknown): value is TensorType => typeof value === 'string' && Object.hasOwn(arrays, value)

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)

const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string'

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const bytesOf = ({ buffer, byteOffset, byteLength }: TensorData) => new Uint8Array(buffer, byteOffset, byteLength)

const flaw = (path: string, expected: string, received: string, cause?: unknown): RavineError =>
  fileError('safetensors', `${path} to have ${expected}`, received, cause)
