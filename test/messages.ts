/** A field of a Protocol Buffers message, by its number and as its wire type has it: a whole number, or bytes. */
export type Field = readonly [number: number, value: bigint | Uint8Array]

/** The fields of a message in their order, read as the format says, by a way of its own. */
export function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++)
      value += BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (length: number) => {
    if (at + length > bytes.length) throw new Error(`a field of ${length} bytes at ${at} of ${bytes.length}`)
    at += length
    return bytes.slice(at - length, at)
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const sizes: Readonly<Record<number, () => bigint | Uint8Array>> = {
      0: varint,
      1: () => take(8),
      2: () => take(Number(varint())),
      5: () => take(4),
    }
    fields.push([key >> 3, sizes[key & 7]()])
  }
  return fields
}

/** All values of one field. */
export const all = (bytes: Uint8Array, number: number) =>
  fieldsOf(bytes).flatMap(([found, value]) => (found === number ? [value] : []))

/** The one value of a field that is bytes, or a number in them. */
export function bytesIn(bytes: Uint8Array, number: number): Uint8Array {
  const [value, ...more] = all(bytes, number)
  if (value instanceof Uint8Array && more.length === 0) return value
  throw new Error(`field ${number} is ${value}, with ${more.length} more`)
}

export const messagesIn = (bytes: Uint8Array, number: number) => all(bytes, number) as Uint8Array[]
export const textIn = (bytes: Uint8Array, number: number) => new TextDecoder().decode(bytesIn(bytes, number))
export const textsIn = (bytes: Uint8Array, number: number) =>
  messagesIn(bytes, number).map((text) => new TextDecoder().decode(text))
export const intIn = (bytes: Uint8Array, number: number) => Number(BigInt.asIntN(64, all(bytes, number)[0] as bigint))
export const intsIn = (bytes: Uint8Array, number: number) =>
  (all(bytes, number) as bigint[]).map((value) => Number(BigInt.asIntN(64, value)))
export const doublesIn = (bytes: Uint8Array, number: number) => [
  ...new Float64Array(bytesIn(bytes, number).slice().buffer),
]
export const floatsIn = (bytes: Uint8Array, number: number) => [
  ...new Float32Array(bytesIn(bytes, number).slice().buffer),
]
