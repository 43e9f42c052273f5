import { double, doubles, type Encoded, embedded, float, int, joined, message, text } from './protobuf.js'

/** What TensorBoard shows of a step: a number, or how the numbers of an array are spread. */
export type Value =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly histogram: Histogram }

/** Counts of numbers: `counts[i]` of them are in (limits[i − 1], limits[i]]. */
export interface Histogram {
  readonly min: number
  readonly max: number
  readonly count: number
  readonly sum: number
  readonly sumOfSquares: number
  readonly limits: Float64Array
  readonly counts: Float64Array
}

/** The first record of a file, which says what follows. */
export const version = (seconds: number): Uint8Array => record(message(double(1, seconds), text(3, 'brain.Event:2')))

/**
 * Values of one step as a record of an event file.
 *
 * Source: tensorflow/tensorboard, compat/proto/event.proto, summary.proto, histogram.proto.
 */
export const event = (seconds: number, step: number, values: readonly Value[]): Uint8Array =>
  record(
    message(
      double(1, seconds),
      int(2, step),
      embedded(5, message(...values.map((value) => embedded(1, encoded(value))))),
    ),
  )

function encoded(value: Value): Encoded {
  if ('scalar' in value) return message(text(1, value.tag), float(2, value.scalar))
  const { min, max, count, sum, sumOfSquares, limits, counts } = value.histogram
  const numbers = [min, max, count, sum, sumOfSquares].map((number, i) => double(i + 1, number))
  return message(text(1, value.tag), embedded(5, message(...numbers, doubles(6, limits), doubles(7, counts))))
}

/** TFRecord: length (u64), checksum of its bytes (u32), data, checksum of the data (u32), little-endian. */
function record(encoded: Encoded): Uint8Array {
  const data = joined(encoded)
  const framed = new Uint8Array(data.length + 16)
  const view = new DataView(framed.buffer)
  view.setBigUint64(0, BigInt(data.length), true)
  view.setUint32(8, masked(crc32c(framed.subarray(0, 8))), true)
  framed.set(data, 12)
  view.setUint32(12 + data.length, masked(crc32c(data)), true)
  return framed
}

/** Checksums of data that have checksums in them: the bits turned by 15, and a constant. */
const masked = (crc: number) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0

/** Remainders of all bytes by Castagnoli's polynomial, its bits mirrored. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1
  return rest
})

/** CRC-32C, of RFC 3720. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return ~crc >>> 0
}
