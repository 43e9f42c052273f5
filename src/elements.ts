import { setImmediate } from 'node:timers/promises'
import type { Bytes } from './bytes.js'
import { dataError, RavineError } from './errors.js'
import { fromBfloat16, fromFloat16 } from './halves.js'
import type { NumberArray } from './ndarray.js'
import { sizeOf } from './spec.js'

/** Types of elements by kind and bytes, as numpy says them (and brain floats), with the arrays that hold them as they lie in files. */
const arrays = {
  b1: Uint8Array,
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
  u8: BigUint64Array,
  i8: BigInt64Array,
  f2: Uint16Array,
  bf2: Uint16Array,
  f4: Float32Array,
  f8: Float64Array,
} as const

export type ElementType = keyof typeof arrays
/** Elements as they lie in a file, in this machine's order of bytes. */
export type Stored = InstanceType<(typeof arrays)[ElementType]>

export const isElementType = (name: string): name is ElementType => Object.hasOwn(arrays, name)

/** What a file says of the array in it. */
export interface Stated {
  readonly type: ElementType
  readonly bigEndian: boolean
  readonly shape: readonly number[]
}

/** Elements that are treated between two turns of the event loop: a few milliseconds. */
const TURN = 1 << 18

/**
 * The elements of an array, which are all that is left of the bytes, as numbers: halves become f32; whole numbers of 64 bits become f64,
 * as long as that is exact. Nothing of their size is allocated for a file that cannot hold them.
 *
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export async function elements(where: string, name: string, bytes: Bytes, stated: Stated): Promise<NumberArray> {
  const { type, bigEndian, shape } = stated
  const end = bytes.taken + sizeOf(shape) * arrays[type].BYTES_PER_ELEMENT
  const expected = `${name} of shape [${shape.join(', ')}] to be ${end} bytes`
  if (!(end <= bytes.most)) throw dataError(`${where}: truncated`, expected, bytes.most)
  const stored = room(where, expected, type, sizeOf(shape))
  await bytes.fill(new Uint8Array(stored.buffer))
  if (bytes.taken < end) throw dataError(`${where}: truncated`, expected, bytes.taken)
  if (!(await bytes.ended()))
    throw new RavineError('ERR_RAVINE_DATA', `${where}: trailing bytes: expected ${expected} but received more`)
  if (bigEndian) await swap(stored)
  return numbersOf(where, name, type, stored)
}

/**
 * Elements as numbers, exactly; most are the array itself.
 *
 * @throws {RavineError} ERR_RAVINE_DATA for a whole number that a double cannot hold
 */
export async function numbersOf(where: string, name: string, type: ElementType, stored: Stored): Promise<NumberArray> {
  if (type === 'f2') return converted(stored as Uint16Array, Float32Array, fromFloat16)
  if (type === 'bf2') return converted(stored as Uint16Array, Float32Array, fromBfloat16)
  if (type === 'u8' || type === 'i8')
    return converted(stored as BigInt64Array, Float64Array, (part) => exactly(where, name, part))
  return stored as NumberArray
}

function exactly(where: string, name: string, part: BigInt64Array): Float64Array {
  return Float64Array.from(part as ArrayLike<unknown>, (value) => {
    const double = Number(value)
    if (Number.isSafeInteger(double)) return double
    throw dataError(where, `${name} to hold whole numbers that doubles hold, within ±2⁵³,`, value)
  })
}

/** Converts some elements after another, with turns of the event loop between. */
async function converted<S extends Uint16Array | BigInt64Array, N extends Float32Array | Float64Array>(
  stored: S,
  type: new (length: number) => N,
  convert: (part: S) => N,
): Promise<N> {
  const made = new type(stored.length)
  await inTurns(stored.length, (first, end) => made.set(convert(stored.subarray(first, end) as S), first))
  return made
}

/** Turns the bytes of each element. */
async function swap({ buffer, BYTES_PER_ELEMENT: size, length }: Stored): Promise<void> {
  if (size === 1) return
  await inTurns(length, (first, end) => {
    const part = Buffer.from(buffer, first * size, (end - first) * size)
    if (size === 2) part.swap16()
    else if (size === 4) part.swap32()
    else part.swap64()
  })
}

/** Calls `act` on ranges of up to `TURN` elements, with a turn of the event loop between two. */
export async function inTurns(length: number, act: (first: number, end: number) => void): Promise<void> {
  for (let first = 0; first < length; first += TURN) {
    if (first > 0) await setImmediate()
    act(first, Math.min(first + TURN, length))
  }
}

function room(where: string, expected: string, type: ElementType, length: number): Stored {
  try {
    return new arrays[type](length)
  } catch (cause) {
    throw new RavineError('ERR_RAVINE_DATA', `${where}: expected ${expected} but they do not fit into memory`, {
      cause,
    })
  }
}
