import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { idx, parseIdx, unpack } from '../src/idx.js'

const folder = mkdtempSync(join(tmpdir(), 'ravine-idx-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The bytes of an IDX file: the elements are given as they lie in it. */
function file(type: number, shape: readonly number[], elements: readonly number[]): Uint8Array {
  const sizes = new DataView(new ArrayBuffer(4 * shape.length))
  shape.forEach((size, i) => {
    sizes.setUint32(4 * i, size)
  })
  return Uint8Array.from([0, 0, type, shape.length, ...new Uint8Array(sizes.buffer), ...elements])
}

const written = (name: string, bytes: Uint8Array) => {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}

describe('parseIdx', () => {
  it.each([
    [8, [255, 1], new Uint8Array([255, 1])],
    [9, [255, 1], new Int8Array([-1, 1])],
    [11, [0xff, 0xfe, 0x01, 0x00], new Int16Array([-2, 256])],
    [12, [0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0], new Int32Array([-2, 65536])],
    [13, [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0], new Float32Array([1, -2.5])],
    [14, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 4, 0, 0, 0, 0, 0, 0], new Float64Array([1, -2.5])],
  ])('reads elements of type %i, big-endian', (type, elements, data) => {
    expect(parseIdx(file(type, [1, 2], elements), 'a')).toEqual({ shape: [1, 2], data })
  })

  it('reads bytes that start within a buffer, and copies them', () => {
    const bytes = Uint8Array.from([9, 9, 9, ...file(11, [1], [1, 2])]).subarray(3)
    expect(parseIdx(bytes, 'a').data).toEqual(new Int16Array([258]))
    const body = file(8, [2], [1, 2])
    expect(parseIdx(body, 'a').data.buffer).not.toBe(body.buffer)
  })

  it('does not copy many bytes', () => {
    const body = file(8, [70_000], Array(70_000).fill(7))
    const { data } = parseIdx(body, 'a')
    expect(data).toEqual(new Uint8Array(70_000).fill(7))
    expect(data.buffer).toBe(body.buffer)
  })

  it('comes out of gzip whose last bytes say another size', async () => {
    const body = file(8, [70_000], Array(70_000).fill(7))
    const parts = [body.subarray(0, 60_000), body.subarray(60_000), new Uint8Array(0)].map((part) => gzipSync(part))
    for (const count of [2, 3])
      expect(await unpack(Buffer.concat(parts.slice(0, count)), 'a')).toEqual(Buffer.from(body))
  })

  it('reads an array without elements', () => {
    expect(parseIdx(file(8, [0, 28], []), 'a')).toEqual({ shape: [0, 28], data: new Uint8Array(0) })
  })

  it.each([
    ['a.idx to start as IDX', new Uint8Array(0)],
    ['a.idx to start as IDX (0, 0, element type, number of axes) but received', new Uint8Array([80, 75, 3, 4, 0, 0])],
    ['a.idx to start as IDX', file(10, [1], [1])],
    ['a.idx to start as IDX', file(8, [], [1])],
    ['truncated: expected a.idx to hold 2 sizes in 12 bytes but received 11', file(8, [1, 1], []).subarray(0, 11)],
    ['truncated: expected a.idx of shape [2, 2] to be 16 bytes but received 15', file(8, [2, 2], [1, 2, 3])],
    ['trailing bytes: expected a.idx of shape [2] to be 12 bytes but received 13', file(11, [2], [1, 2, 3, 4, 5])],
    ['truncated: expected a.idx of shape', file(14, Array(255).fill(0xffffffff), [])],
  ])('refuses: %s', (sentence, bytes) => {
    expect(() => parseIdx(bytes, 'a.idx')).toThrow(
      expect.objectContaining({ code: 'ERR_RAVINE_DATA', message: expect.stringContaining(sentence) }),
    )
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

  it('names a file that is missing', async () => {
    const path = join(folder, 'nowhere')
    await expect(idx(path)).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE', message: expect.stringContaining(path) })
  })

  it('names a file whose gzip is cut, or whose contents are', async () => {
    const cut = written('cut.gz', gzipSync(bytes).subarray(0, -9))
    await expect(idx(cut)).rejects.toMatchObject({ code: 'ERR_RAVINE_DATA', message: expect.stringContaining(cut) })
    const short = written('short.gz', gzipSync(bytes.subarray(0, -1)))
    await expect(idx(short)).rejects.toMatchObject({ code: 'ERR_RAVINE_DATA', message: expect.stringContaining(short) })
  })
})
