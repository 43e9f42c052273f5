import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { bytesOf } from '../src/bytes.js'
import { npy, readNpy } from '../src/npy.js'
import { npz, readNpz } from '../src/npz.js'
import { inMemory } from './inMemory.js'

interface Case {
  readonly name: string
  readonly file: string
  readonly shape: number[]
  readonly data: number[]
}
const golden: Readonly<Record<'npy' | 'npz' | 'refused', Case[]>> = JSON.parse(
  readFileSync(new URL('golden/npy.json', import.meta.url), 'utf8'),
)
const folder = mkdtempSync(join(tmpdir(), 'ravine-npy-'))
afterAll(() => rmSync(folder, { recursive: true }))

const parsed = async (bytes: Uint8Array) => readNpy('npy', await bytesOf('npy', 'a.npy', inMemory(bytes)), 'a.npy')
const unzipped = (bytes: Uint8Array) => readNpz(inMemory(bytes), 'a.npz')
const fromBase64 = ({ file }: Case) => Buffer.from(file, 'base64')
const dataError = (sentence: string | RegExp) => ({
  code: 'ERR_RAVINE_DATA',
  message: typeof sentence === 'string' ? expect.stringContaining(sentence) : expect.stringMatching(sentence),
})

/** What the elements become; the others are the arrays of their names. */
const arrays: Record<string, string> = {
  u1: 'Uint8Array',
  i1: 'Int8Array',
  u2: 'Uint16Array',
  i2: 'Int16Array',
  u4: 'Uint32Array',
  i4: 'Int32Array',
  u8: 'Float64Array',
  i8: 'Float64Array',
  f2: 'Float32Array',
  f4: 'Float32Array',
  f8: 'Float64Array',
  bool: 'Uint8Array',
}

describe('npy files of numpy', () => {
  test.each(golden.npy)('$name', async (one) => {
    const { shape, data } = await parsed(fromBase64(one))
    expect({ shape, data: Array.from(data) }).toEqual({ shape: one.shape, data: one.data })
    const type = arrays[one.name.replace('>', '')]
    if (type) expect(data.constructor.name).toBe(type)
  })

  test.each(golden.refused)('of $name are refused', async (one) => {
    await expect(parsed(fromBase64(one))).rejects.toMatchObject(dataError(/^npy: expected a\.npy to/))
  })

  test('are read from files, in gzip or not', async () => {
    const [one] = golden.npy
    for (const bytes of [fromBase64(one), gzipSync(fromBase64(one))]) {
      writeFileSync(join(folder, 'a'), bytes)
      expect(await npy(join(folder, 'a'))).toEqual({ shape: one.shape, data: Uint8Array.from(one.data) })
    }
    await expect(npy(folder)).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
    await expect(npy(join(folder, 'b'))).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
  })
})

/** An npy file of this header. */
const file = (header: string, elements: number[] = []) =>
  Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from([header.length & 255, header.length >> 8]),
    Buffer.from(header, 'latin1'),
    Buffer.from(elements),
  ])

describe('headers', () => {
  test.each([
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n", [2]],
    ['{"shape":(2,1),"fortran_order":True,"descr":"|u1"}', [2, 1]],
    ["{'descr':'=u1','fortran_order':False,'shape':(1L, 2L)}", [1, 2]],
  ])('may be written otherwise: %s', async (header, shape) => {
    expect(await parsed(file(header, [1, 2]))).toEqual({ shape, data: Uint8Array.of(1, 2) })
  })

  const stated = "'descr': '|u1', 'fortran_order': False, 'shape': (2,)"
  test.each([
    ['nothing', ''],
    ['no dictionary', "('|u1', False, (2,))"],
    ['no shape', "{'descr': '|u1', 'fortran_order': False}"],
    ['more', `{${stated}, 'more': True}`],
    ['a key twice', `{${stated}, 'shape': (2,)}`],
    ['no end', `{${stated}`],
    ['more behind it', `{${stated}} + {}`],
    ['no commas', "{'descr': '|u1' 'fortran_order': False 'shape': (2,)}"],
    ['a negative size', `{${stated.replace('2', '-2')}}`],
    ['a size that is none', `{${stated.replace('2', '2,,3')}}`],
    ['a huge size', `{${stated.replace('2', '9'.repeat(20))}}`],
    ['a call', `{${stated.replace('False', '__import__("os")')}}`],
    ['a shape in quotes', `{${stated.replace('(2,)', "'2'")}}`],
    ['a key of every object', `{${stated.replace('shape', '__proto__')}}`],
  ])('with %s are refused', async (_, header) => {
    const refusal = dataError('npy: expected a.npy to have a header of descr, fortran_order and shape but received')
    await expect(parsed(file(header, [1, 2]))).rejects.toMatchObject(refusal)
  })

  test.each(['<u3', 'u1', '|O', '|S1', '<f16', '<c8', '|constructor'])('of type %s are refused', async (type) => {
    const header = `{${stated.replace('|u1', type)}}`
    await expect(parsed(file(header, [1, 2]))).rejects.toMatchObject(dataError('numbers or booleans up to 64 bits'))
  })
})

test.each([
  ['an empty file', Buffer.alloc(0), "to start as npy ('\\x93NUMPY', version 1 to 3) but received '0 bytes'"],
  ['another file', Buffer.from('PK\x03\x04 and so on'), 'to start as npy'],
  ['another version', Buffer.from('\x93NUMPY\x04\x00\x00\x00', 'latin1'), 'to start as npy'],
  ['a header of gigabytes', Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\xff', 'latin1'), 'at most 65536 bytes'],
  [
    'a cut header',
    fromBase64(golden.npy[0]).subarray(0, 50),
    'truncated: expected a.npy to have a header of 118 bytes',
  ],
  ['cut elements', fromBase64(golden.npy[0]).subarray(0, -1), 'of shape [2, 3] to be 134 bytes but received 133'],
  ['trailing bytes', Buffer.concat([fromBase64(golden.npy[0]), Buffer.alloc(1)]), 'trailing bytes'],
])('%s is refused', async (_, bytes, sentence) => {
  await expect(parsed(bytes)).rejects.toMatchObject(dataError(sentence))
})

describe('npz files of numpy', () => {
  const [stored, deflated] = golden.npz.map(fromBase64)
  const arrays = {
    x: { shape: [3, 2], data: Float32Array.of(0, 1, 2, 3, 4, 5) },
    y: { shape: [3], data: Float64Array.of(2, 0, 1) },
  }
  /** The bytes with some of them replaced, which are looked for from the end. */
  const changed = (bytes: Buffer, from: string | number[], to: string | number[]) => {
    const copy = Buffer.from(bytes)
    copy.set(Buffer.from(to as number[]), copy.lastIndexOf(Buffer.from(from as number[])))
    return copy
  }
  const end = stored.length - 22
  const edited = (edit: (copy: Buffer) => unknown, bytes = stored) => {
    const copy = Buffer.from(bytes)
    edit(copy)
    return copy
  }
  /** Where the directory begins. */
  const directory = (bytes: Buffer) => bytes.readUInt32LE(bytes.length - 6)

  test('are read, stored and deflated, with a comment behind them', async () => {
    expect(await unzipped(stored)).toEqual(arrays)
    expect(await unzipped(deflated)).toEqual(arrays)
    const comment = edited((copy) => copy.writeUInt16LE(3, end + 20))
    expect(await unzipped(Buffer.concat([comment, Buffer.from('abc')]))).toEqual(arrays)
    writeFileSync(join(folder, 'a.npz'), stored)
    expect(await npz(join(folder, 'a.npz'))).toEqual(arrays)
    await expect(npz(join(folder, 'b.npz'))).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
  })

  test('are read as zip64', async () => {
    const [end64, locator] = [Buffer.alloc(56), Buffer.alloc(20)]
    end64.writeUInt32LE(0x06064b50, 0)
    end64.writeBigUInt64LE(2n, 32)
    end64.writeBigUInt64LE(BigInt(stored.readUInt32LE(end + 12)), 40)
    end64.writeBigUInt64LE(BigInt(directory(stored)), 48)
    locator.writeUInt32LE(0x07064b50, 0)
    locator.writeBigUInt64LE(BigInt(end), 8)
    const last = Buffer.from(stored.subarray(end))
    last.fill(0xff, 10, 20)
    expect(await unzipped(Buffer.concat([stored.subarray(0, end), end64, locator, last]))).toEqual(arrays)
    locator.writeBigUInt64LE(2n ** 63n, 8)
    const astray = Buffer.concat([stored.subarray(0, end), end64, locator, last])
    await expect(unzipped(astray)).rejects.toMatchObject(dataError('zip file is made of (end64)'))
    writeFileSync(join(folder, 'astray.npz'), astray)
    await expect(npz(join(folder, 'astray.npz'))).rejects.toMatchObject(dataError('zip file is made of (end64)'))
  })

  test.each([
    ['an empty file', Buffer.alloc(0), 'the end of a zip file'],
    ['another file', Buffer.alloc(100, 7), 'the end of a zip file'],
    ['a cut file', stored.subarray(0, -1), 'the end of a zip file'],
    ['no beginning', stored.subarray(100), 'a directory within'],
    ['members of other names', changed(changed(stored, 'x.npy', 'x.txt'), 'y.npy', 'y.txt'), 'to have arrays'],
    ['an encrypted member', edited((copy) => copy.writeUInt16LE(1, directory(copy) + 8)), 'it is encrypted'],
    ['another method', edited((copy) => copy.writeUInt16LE(12, directory(copy) + 10)), 'packed by method 12'],
    [
      'another checksum',
      edited((copy) => copy.writeUInt32LE(1, directory(copy) + 16)),
      'the checksum 00000001 but it has',
    ],
    ['fewer bytes', edited((copy) => copy.writeUInt32LE(100, directory(copy) + 24)), 'of 100 bytes but it has more'],
    ['more bytes', edited((copy) => copy.writeUInt32LE(2 ** 31, directory(copy) + 24)), 'no room'],
    ['more packed bytes', edited((copy) => copy.writeUInt32LE(2 ** 31, directory(copy) + 20)), 'members in'],
    ['a member elsewhere', edited((copy) => copy.writeUInt32LE(1, directory(copy) + 42)), 'made of (member)'],
    ['a directory elsewhere', edited((copy) => copy.writeUInt32LE(2 ** 31, end + 16)), 'a directory within'],
    ['more members', edited((copy) => copy.writeUInt16LE(9, end + 10)), 'made of (entry)'],
    ['a member that is broken', edited((copy) => copy.fill(0xff, 60, 90), deflated), 'x.npy whole but invalid'],
  ])('with %s are refused', async (_, bytes, sentence) => {
    await expect(unzipped(bytes)).rejects.toMatchObject(dataError(sentence))
    await expect(unzipped(bytes)).rejects.toThrow(/^npz: .*a\.npz/)
  })
})
