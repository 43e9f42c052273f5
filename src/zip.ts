import { Bytes, MOST_PACKED, unpacked } from './bytes.js'
import { RavineError } from './errors.js'
import { type FileBytes, piecesOf } from './filebytes.js'

/** A file within a zip file. */
export interface Member {
  readonly name: string
  readonly deflated: boolean
  readonly crc: number
  /** Bytes in the zip file, and out of it. */
  readonly packed: number
  readonly size: number
  /** Where its header lies. */
  readonly place: number
}

type Flaw = (expected: string, received: string) => RavineError

/** What a zip file is made of: the number that each begins with, and its bytes without what varies. */
const parts = {
  member: { magic: 0x04034b50, length: 30 },
  entry: { magic: 0x02014b50, length: 46 },
  end: { magic: 0x06054b50, length: 22 },
  locator: { magic: 0x07064b50, length: 20 },
  end64: { magic: 0x06064b50, length: 56 },
}
/** The end may have a comment behind it. */
const LONGEST_COMMENT = 0xffff
/** These stand for a number that is in a field of 64 bits. */
const [ELSEWHERE16, ELSEWHERE32] = [0xffff, 0xffffffff]
/** The kind of an extra field of such numbers. */
const ZIP64 = 1

/**
 * What a zip file has in it: members stored or deflated, of any size (zip64).
 *
 * Source: PKWARE, APPNOTE.TXT, 4.3.
 *
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export async function membersOf(where: string, name: string, file: FileBytes): Promise<Member[]> {
  const flaw = flawOf(where, name)
  const { count, length, first } = await directoryOf(file, flaw)
  if (!(first + length <= file.size))
    throw flaw(`a directory within ${file.size} bytes`, `it ends at ${first + length}`)
  const directory = await file.read(first, length)
  const members: Member[] = []
  for (let at = 0; members.length < count; ) {
    const entry = partAt(directory, at, 'entry', flaw)
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => entry.getUint16(field, true))
    const end = at + parts.entry.length + nameLength + extra + comment
    members.push(memberOf(entry, directory.subarray(at + parts.entry.length, end), nameLength, extra, flaw))
    at = end
  }
  const packed = members.reduce((sum, member) => sum + member.packed, 0)
  if (!(packed <= file.size)) throw flaw(`members in ${file.size} bytes`, `they are ${packed}`)
  return members
}

/** The bytes of a member, which are checked once the end has been seen. */
export async function bytesIn(where: string, name: string, file: FileBytes, member: Member): Promise<Bytes> {
  const flaw = flawOf(where, name)
  const { place, packed, size, deflated } = member
  const header = partAt(await file.read(place, parts.member.length), 0, 'member', flaw)
  const first = place + parts.member.length + header.getUint16(26, true) + header.getUint16(28, true)
  if (!(first + packed <= file.size && size <= (deflated ? MOST_PACKED : 1) * packed)) {
    throw flaw(`${member.name} of ${size} bytes`, `there is no room for it`)
  }
  const pieces = piecesOf(file, first, first + packed)
  const expected = `${where}: expected ${name} to have ${member.name} whole`
  const { createInflateRaw } = await import('node:zlib')
  return new Bytes(checked(deflated ? unpacked(expected, pieces, createInflateRaw()) : pieces, member, flaw), size)
}

async function* checked(pieces: AsyncIterable<Uint8Array>, { name, size, crc }: Member, flaw: Flaw) {
  const { crc32 } = await import('node:zlib')
  let [length, sum] = [0, 0]
  for await (const piece of pieces) {
    length += piece.length
    sum = crc32(piece, sum)
    if (length > size) break
    yield piece
  }
  if (length !== size) throw flaw(`${name} of ${size} bytes`, `it has ${length > size ? 'more' : length}`)
  if (sum !== crc) throw flaw(`${name} with the checksum ${hex(crc)}`, `it has ${hex(sum)}`)
}

/** Where the directory lies, and how many members it names. */
async function directoryOf(file: FileBytes, flaw: Flaw) {
  const last = Math.min(file.size, parts.end.length + LONGEST_COMMENT)
  const tail = await file.read(file.size - last, last)
  const at = endIn(tail)
  if (at === undefined) throw flaw('the end of a zip file', 'it has none')
  const end = partAt(tail, at, 'end', flaw)
  const [count, length, first] = [end.getUint16(10, true), end.getUint32(12, true), end.getUint32(16, true)]
  if (count !== ELSEWHERE16 && length !== ELSEWHERE32 && first !== ELSEWHERE32) return { count, length, first }
  const locator = partAt(tail, at - parts.locator.length, 'locator', flaw)
  const end64 = partAt(await file.read(large(locator, 8), parts.end64.length), 0, 'end64', flaw)
  return { count: large(end64, 32), length: large(end64, 40), first: large(end64, 48) }
}

/** Where the last end begins whose comment goes to the end of the file. */
function endIn(tail: Uint8Array): number | undefined {
  const view = viewOf(tail)
  for (let at = tail.length - parts.end.length; at >= 0; at--) {
    const comment = tail.length - at - parts.end.length
    if (view.getUint32(at, true) === parts.end.magic && view.getUint16(at + 20, true) === comment) return at
  }
  return undefined
}

/** @param varying the name of the member, then extra fields, then a comment */
function memberOf(entry: DataView, varying: Uint8Array, nameLength: number, extraLength: number, flaw: Flaw): Member {
  const [flags, method] = [entry.getUint16(8, true), entry.getUint16(10, true)]
  const name = Buffer.from(varying.subarray(0, nameLength)).toString()
  if (flags & 1) throw flaw(`${name} open`, 'it is encrypted')
  if (method !== 0 && method !== 8) throw flaw(`${name} stored or deflated`, `it is packed by method ${method}`)
  const elsewhere = zip64In(varying.subarray(nameLength, nameLength + extraLength))
  const [size, packed, place] = [24, 20, 42].map((field) => {
    const number = entry.getUint32(field, true)
    return number === ELSEWHERE32 ? (elsewhere.shift() ?? number) : number
  })
  return { name, deflated: method === 8, crc: entry.getUint32(16, true), packed, size, place }
}

/** The numbers of 64 bits among extra fields, each of which is kind, length, data. */
function zip64In(extra: Uint8Array): number[] {
  const view = viewOf(extra)
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== ZIP64) continue
    const length = Math.min(view.getUint16(at + 2, true), extra.length - at - 4)
    return Array.from({ length: Math.floor(length / 8) }, (_, i) => large(view, at + 4 + 8 * i))
  }
  return []
}

function partAt(bytes: Uint8Array, at: number, kind: keyof typeof parts, flaw: Flaw): DataView {
  const { magic, length } = parts[kind]
  const part = viewOf(bytes.subarray(Math.max(at, 0), Math.max(at, 0) + length))
  if (at >= 0 && part.byteLength === length && part.getUint32(0, true) === magic) return part
  throw flaw(`what a zip file is made of (${kind})`, 'it has something else')
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength)
const large = (view: DataView, at: number) => Number(view.getBigUint64(at, true))
const hex = (sum: number) => sum.toString(16).padStart(8, '0')

const flawOf =
  (where: string, name: string): Flaw =>
  (expected, received) =>
    new RavineError('ERR_RAVINE_DATA', `${where}: expected ${name} to have ${expected} but ${received}`)
