import { type Bytes, withBytes } from './bytes.js'
import { type ElementType, elements, inTurns, isElementType } from './elements.js'
import { dataError } from './errors.js'
import type { NdArray, NumberArray } from './ndarray.js'
import { sizeOf } from './spec.js'

/** What the header of an npy file says. */
interface Header {
  readonly type: ElementType
  readonly bigEndian: boolean
  /** Whether the first index runs fastest. */
  readonly fortran: boolean
  readonly shape: readonly number[]
}

const MAGIC = '\x93NUMPY'
/** Of a header; numpy's are padded to multiples of 64 and rarely have more. */
const LONGEST_HEADER = 1 << 16
/** One key of the header, which is a literal of a Python dictionary, with its value: a string, a truth or a tuple of whole numbers. */
const ENTRY = /\s*(['"])(\w+)\1\s*:\s*(?:(['"])([^'"\\]*)\3|(True|False)|\(([\d\sL,]*)\))\s*(?:,|(?=\}))/y
const END = /\s*\}\s*$/y

/**
 * Reads an npy file, numpy's own, packed by gzip or not: booleans and whole numbers up to 64 bits, floats of 16, 32 and 64, of either
 * order of bytes, of either order of axes.
 *
 * @throws {RavineError} ERR_RAVINE_FILE where it cannot be read; ERR_RAVINE_DATA where it is not whole, or of another type
 */
export function npy(path: string): Promise<NdArray> {
  return withBytes('npy', path, (bytes) => readNpy('npy', bytes, path))
}

/**
 * The array in the bytes of an npy file: '\x93NUMPY', version, length of the header, header, the elements.
 *
 * Source: numpy, `numpy.lib.format`.
 *
 * @param name what errors call it
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export async function readNpy(where: string, bytes: Bytes, name: string): Promise<NdArray> {
  const { fortran, ...stated } = await readHeader(where, bytes, name)
  const data = await elements(where, name, bytes, stated)
  return { shape: stated.shape, data: fortran ? await rowMajor(data, stated.shape) : data }
}

async function readHeader(where: string, bytes: Bytes, name: string): Promise<Header> {
  const magic = await bytes.take(8)
  const [major, text] = [magic[6], Buffer.from(magic.subarray(0, 6)).toString('latin1')]
  if (text !== MAGIC || !(major >= 1 && major <= 3)) {
    throw dataError(where, `${name} to start as npy ('\\x93NUMPY', version 1 to 3)`, text || '0 bytes')
  }
  const size = await bytes.take(major === 1 ? 2 : 4)
  const length = size.reduceRight((sum, byte) => 256 * sum + byte, 0)
  if (!(length <= LONGEST_HEADER))
    throw dataError(where, `${name} to have a header of at most ${LONGEST_HEADER} bytes`, length)
  const header = await bytes.take(length)
  if (header.length < length)
    throw dataError(`${where}: truncated`, `${name} to have a header of ${length} bytes`, header.length)
  return parseHeader(where, Buffer.from(header).toString(major === 3 ? 'utf8' : 'latin1'), name)
}

/** { 'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), } */
function parseHeader(where: string, text: string, name: string): Header {
  const entries = entriesOf(text) ?? []
  const { descr, fortran_order: fortran, shape, ...others } = Object.fromEntries(entries)
  const known = entries.length === 3 && Object.keys(others).length === 0
  if (!(known && typeof fortran === 'boolean' && isSizes(shape))) {
    throw dataError(where, `${name} to have a header of descr, fortran_order and shape`, text.trim())
  }
  const [, order, type] = /^([<>|=])([a-z]\d+)$/.exec(String(descr)) ?? []
  if (!type || !isElementType(type)) throw dataError(where, `${name} to be of numbers or booleans up to 64 bits`, descr)
  return { type, bigEndian: order === '>', fortran, shape }
}

/** The keys and values of the literal of a dictionary, if it is one of strings, truths and tuples of whole numbers. */
function entriesOf(text: string): [name: string, value: unknown][] | undefined {
  const entries: [string, unknown][] = []
  let end = /^\{/.test(text) ? 1 : text.length
  for (let found = at(ENTRY, text, end); found; found = at(ENTRY, text, end)) {
    const [whole, , name, , string, truth, tuple] = found
    entries.push([name, string ?? (truth ? truth === 'True' : wholeNumbers(tuple))])
    end += whole.length
  }
  return at(END, text, end) ? entries : undefined
}

function at(pattern: RegExp, text: string, place: number): RegExpExecArray | null {
  pattern.lastIndex = place
  return pattern.exec(text)
}

/** '2, 3', '2,' or nothing; Python 2 wrote 2L. */
const wholeNumbers = (tuple: string) =>
  tuple
    .replace(/,\s*$/, '')
    .split(/,/)
    .filter((number, _, { length }) => length > 1 || number.trim() !== '')
    .map((number) => (/^\s*\d+L?\s*$/.test(number) ? Number.parseInt(number, 10) : NaN))

const isSizes = (shape: unknown): shape is number[] =>
  Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size))

/** out[i, j, …, k] with k fastest of an array whose i runs fastest. */
async function rowMajor(data: NumberArray, shape: readonly number[]): Promise<NumberArray> {
  if (shape.length < 2) return data
  const out = new (data.constructor as new (length: number) => NumberArray)(data.length)
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)))
  const index = shape.map(() => 0)
  let from = 0
  const next = () => {
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]
      if (++index[axis] < shape[axis]) return
      from -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
  await inTurns(data.length, (first, end) => {
    for (let to = first; to < end; to++, next()) out[to] = data[from]
  })
  return out
}
