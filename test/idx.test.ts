import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesOf } from '../src/bytes.js'
import { idx, readIdx } from '../src/idx.js'
import { inMemory } from './inMemory.js'

const folder = mkdtempSync(join(tmpdir(), 'ravine-idx-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The bytes of an IDX file: the elements are given as they lie in it. */
function file(type: number, shape: readonly number[], elements: ArrayLike<number>): Uint8Array {
  const sizes = new DataView(new ArrayBuffer(4 * shape.length))
  shape.forEach((size, i) => {
    sizes.setUint32(4 * i, size)
  })
  return Uint8Array.from([0, 0, type, shape.length, ...new Uint8Array(sizes.buffer), ...Array.from(elements)])
}

const written = (name: string, bytes: Uint8Array) => {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}

/** What is read of bytes that lie in memory. */
const parsed = async (bytes: Uint8Array) => readIdx(await bytesOf('idx', 'a.idx', inMemory(bytes)), 'a.idx')

describe('readIdx', () => {
  it.each([
    [8, [255, 1], new Uint8Array([255, 1])],
    [9, [255, 1], new Int8Array([-1, 1])],
    [11, [0xff, 0xfe, 0x01, 0x00], new Int16Array([-2, 256])],
    [12, [0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0], new Int32Array([-2, 65536])],
    [13, [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0], new Float32Array([1, -2.5])],
    [14, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 4, 0, 0, 0, 0, 0, 0], new Float64Array([1, -2.5])],
  ])('reads elements of type %i, big-endian', async (type, elements, data) => {
    expect(await parsed(file(type, [1, 2], elements))).toEqual({ shape: [1, 2], data })
  })

  it('reads many elements in pieces, in gzip too, of several parts', async () => {
    const elements = Uint8Array.from({ length: 700_000 }, (_, i) => i % 251)
    const body = file(11, [350_000], elements)
    const expected = Int16Array.from({ length: 350_000 }, (_, i) => elements[2 * i] * 256 + elements[2 * i + 1])
    const parts = [body.subarray(0, 60_000), body.subarray(60_000), new Uint8Array(0)].map((part) => gzipSync(part))
    for (const bytes of [body, Buffer.concat(parts)]) expect((await parsed(bytes)).data).toEqual(expected)
  })

  it('reads an array without elements', async () => {
    expect(await parsed(file(8, [0, 28], []))).toEqual({ shape: [0, 28], data: new Uint8Array(0) })
  })

  it.each([
    ['a.idx to start as IDX', new Uint8Array(0)],
    ['a.idx to start as IDX (0, 0, element type, number of axes) but received', new Uint8Array([80, 75, 3, 4, 0, 0])],
    ['a.idx to start as IDX', file(10, [1], [1])],
    ['a.idx to start as IDX', file(8, [], [1])],
    ['truncated: expected a.idx to hold 2 sizes in 12 bytes but received 11', file(8, [1, 1], []).subarray(0, 11)],
    ['truncated: expected a.idx of shape [2, 2] to be 16 bytes but received 15', file(8, [2, 2], [1, 2, 3])],
    ['trailing bytes: expected a.idx of shape [2] to be 12 bytes but received more', file(11, [2], [1, 2, 3, 4, 5])],
    ['truncated: expected a.idx of shape', file(14, Array(255).fill(0xffffffff), [])],
  ])('refuses, packed or not: %s', async (sentence, bytes) => {
    const refusal = { code: 'ERR_RAVINE_DATA', message: expect.stringContaining(sentence.replace(/ received.*/, '')) }
    await expect(parsed(bytes)).rejects.toMatchObject({ ...refusal, message: expect.stringContaining(sentence) })
    await expect(parsed(gzipSync(bytes))).rejects.toMatchObject(refusal)
  })

  it('unpacks no more than was stated, and allocates no more than gzip can hold', async () => {
    const bomb = gzipSync(Buffer.concat([file(8, [2], [1, 2]), Buffer.alloc(50_000_000)]))
    const before = process.memoryUsage().arrayBuffers
    await expect(parsed(bomb)).rejects.toThrow('trailing bytes')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000)
    await expect(parsed(gzipSync(file(14, [2 ** 31], [])))).rejects.toThrow('truncated: expected a.idx of shape')
  })
})

describe('idx', () => {
  const bytes = file(8, [2, 2], [1, 2, 3, 4])
  const whole = { shape: [2, 2], data: new Uint8Array([1, 2, 3, 4]) }

  it('reads a file, in gzip or not, whatever its name', async () => {
    expect(await idx(written('plain', bytes))).toEqual(whole)
    expect(await idx(written('packed.gz', gzipSync(bytes)))).toEqual(whole)
    expect(await idx(written('packed', gzipSync(bytes)))).toEqual(whole)
  })

  it.each([
    ['is missing', 'nowhere', 'ENOENT'],
    ['is a directory', '.', 'to be a file but it is none'],
  ])('names a file that %s', async (_, name, sentence) => {
    const path = join(folder, name)
    const refusal = { code: 'ERR_RAVINE_FILE', message: expect.stringContaining(sentence) }
    await expect(idx(path)).rejects.toMatchObject(refusal)
    await expect(idx(path)).rejects.toThrow(path)
  })

  it.each([
    ['is cut', gzipSync(bytes).subarray(0, -9), 'to be whole gzip but unexpected end of file'],
    [
      'has another sum',
      gzipSync(bytes).map((byte, i) => (i === gzipSync(bytes).length - 8 ? byte ^ 1 : byte)),
      'check',
    ],
    ['is nothing more than its magic', Uint8Array.of(0x1f, 0x8b), 'to be whole gzip'],
    ['has contents that are cut', gzipSync(bytes.subarray(0, -1)), 'truncated: expected'],
  ])('names a file whose gzip %s', async (_, packed, sentence) => {
    const path = written('cut.gz', packed)
    const refusal = { code: 'ERR_RAVINE_DATA', message: expect.stringContaining(sentence) }
    await expect(idx(path)).rejects.toMatchObject(refusal)
    await expect(idx(path)).rejects.toThrow(path)
  })
})
