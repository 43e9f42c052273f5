import { createHash } from 'node:crypto'
import type { FloatArray } from '../src/spec.js'

/** Arrays of a run, each under the name of its place in it. */
export type Trace = ReadonlyMap<string, FloatArray>

/** SHA-256 of all bytes of a run, and of the names of their places. */
export function hashOf(trace: Trace): string {
  const hash = createHash('sha256')
  for (const [place, values] of trace) hash.update(place).update(bytesOf(values))
  return hash.digest('hex')
}

/** Refuses runs of which a single bit differs, and names the first number that does; it tells 0 from −0 and one NaN from another. */
export function expectSameBits(actual: Trace, expected: Trace): void {
  if (hashOf(actual) === hashOf(expected)) return
  const [places, expectedPlaces] = [actual, expected].map((trace) => [...trace.keys()].join(', '))
  if (places !== expectedPlaces) throw new Error(`expected ${expectedPlaces} but received ${places}`)
  for (const [place, values] of expected) checkBits(place, actual.get(place)!, values)
}

function checkBits(place: string, actual: FloatArray, expected: FloatArray): void {
  if (kindOf(actual) !== kindOf(expected)) {
    throw new Error(`${place}: expected ${kindOf(expected)} but received ${kindOf(actual)}`)
  }
  const [bytes, expectedBytes] = [bytesOf(actual), bytesOf(expected)]
  const byte = expectedBytes.findIndex((value, i) => value !== bytes[i])
  if (byte === -1) return
  const i = Math.floor(byte / expected.BYTES_PER_ELEMENT)
  throw new Error(`${place}[${i}] of ${expected.length}: expected ${show(expected[i])} but received ${show(actual[i])}`)
}

const kindOf = (values: FloatArray) => `${values.constructor.name} of ${values.length}`

const bytesOf = ({ buffer, byteOffset, byteLength }: FloatArray) => new Uint8Array(buffer, byteOffset, byteLength)

const show = (value: number) => (Object.is(value, -0) ? '-0' : String(value))
