/** Bytes in parts, so that large arrays are copied once, at the end. */
export interface Encoded {
  readonly length: number
  readonly parts: readonly Uint8Array[]
}

/** Wire types: how many bytes a field has. */
const VARINT = 0
const EIGHT = 1
const DELIMITED = 2
const FOUR = 5

const encoder = new TextEncoder()

/**
 * Fields of Protocol Buffers by their numbers, and messages of them, which are fields one after another.
 *
 * Source: protobuf.dev/programming-guides/encoding.
 */
export function message(...fields: readonly Encoded[]): Encoded {
  return { length: fields.reduce((sum, { length }) => sum + length, 0), parts: fields.flatMap(({ parts }) => parts) }
}

/** An int64, int32 or enum, in [−2⁵³, 2⁵³]. */
export const int = (number: number, value: number): Encoded =>
  field(number, VARINT, Uint8Array.from(varint(BigInt.asUintN(64, BigInt(value)))))

export const double = (number: number, value: number): Encoded =>
  field(number, EIGHT, littleEndian(Float64Array.of(value)))

export const float = (number: number, value: number): Encoded =>
  field(number, FOUR, littleEndian(Float32Array.of(value)))

export const text = (number: number, value: string): Encoded => bytes(number, encoder.encode(value))

export const bytes = (number: number, value: Uint8Array): Encoded =>
  embedded(number, { length: value.length, parts: [value] })

/** Doubles of one field, packed. */
export const doubles = (number: number, values: Float64Array): Encoded => bytes(number, littleEndian(values))

/** A message as a field of another. */
export const embedded = (number: number, { length, parts }: Encoded): Encoded =>
  message(field(number, DELIMITED, Uint8Array.from(varint(BigInt(length)))), { length, parts })

/** All bytes in one array. */
export function joined({ length, parts }: Encoded): Uint8Array {
  const whole = new Uint8Array(length)
  let end = 0
  for (const part of parts) {
    whole.set(part, end)
    end += part.length
  }
  return whole
}

/** The bytes of numbers where they lie: every platform of ours is little-endian, as the format is. */
const littleEndian = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength)

function field(number: number, wire: number, value: Uint8Array): Encoded {
  const key = Uint8Array.from(varint(BigInt(number * 8 + wire)))
  return { length: key.length + value.length, parts: [key, value] }
}

/** Seven bits a byte, the lowest first; all but the last have the eighth set. */
function varint(value: bigint): number[] {
  const bytes: number[] = []
  for (let left = value; ; left >>= 7n) {
    const low = Number(left & 0x7fn)
    if (left < 0x80n) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}
