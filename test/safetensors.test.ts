import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RavineError } from '../src/errors.js'
import { readTensors, type Tensor, type TensorFile, type TensorType, tensorFile } from '../src/safetensors.js'

interface Golden {
  readonly file: string
  readonly tensors: Readonly<Record<string, { type: TensorType; shape: number[]; bytes: string }>>
  readonly metadata: Readonly<Record<string, string>>
}

const golden: readonly Golden[] = JSON.parse(
  readFileSync(new URL('golden/safetensors.json', import.meta.url), 'utf8'),
).cases

let directory: string
let path: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ravine-safetensors-'))
  path = join(directory, 'm.safetensors')
})
afterAll(() => rmSync(directory, { recursive: true }))

function read(bytes: Uint8Array): Promise<TensorFile> {
  writeFileSync(path, bytes)
  return readTensors(path)
}

/** A file of a header, whose length is stated right, and as many bytes. */
function file(header: string | Uint8Array, bytes: number): Uint8Array {
  const text = Buffer.from(header)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, Buffer.alloc(bytes)])
}

const entry = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets })
const bytesOf = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)
const written = ({ tensors, metadata }: TensorFile) => Buffer.concat(tensorFile(tensors, metadata))

describe('files of the library in Python', () => {
  test.each([...golden.keys()])('%i: read, and written with the same bytes', async (i) => {
    const { file, tensors, metadata } = golden[i]
    const bytes = Buffer.from(file, 'base64')
    const found = await read(bytes)
    const stated = [...found.tensors].map(([name, tensor]) => [
      name,
      { type: tensor.type, shape: tensor.shape, bytes: bytesOf(tensor).toString('hex') },
    ])
    expect(Object.fromEntries(stated)).toEqual(tensors)
    expect(Object.fromEntries(found.metadata)).toEqual(metadata)
    expect(written(found).equals(bytes)).toBe(true)
  })

  test('elements are what they were', async () => {
    const { tensors } = await read(Buffer.from(golden[0].file, 'base64'))
    expect(tensors.get('1.weight')?.data).toEqual(Float64Array.of(1 / 3, -1e300))
    expect(tensors.get('0.bias')?.data).toEqual(Float32Array.of(-0, Infinity))
    expect(tensors.get('2.num_batches_tracked')).toEqual({
      type: 'I64',
      shape: [],
      data: BigInt64Array.of(2n ** 53n + 1n),
    })
    expect(tensors.get('signed')?.data).toEqual(Int8Array.of(-1))
  })
})

describe('refuses, naming the file,', () => {
  const f32 = (begin: number, end: number) => entry('F32', [(end - begin) / 4], [begin, end])
  const twice =
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
  const headers: [what: string, says: RegExp, header: unknown, bytes: number][] = [
    ['a header that is an array', /a JSON object/, [], 0],
    ['null for a header', /a JSON object/, null, 0],
    ['a header that is no JSON', /a header in JSON/, '{"a":', 0],
    ['an empty header', /a header in JSON/, '', 0],
    ['two headers', /a header in JSON/, '{}{}', 0],
    ['space before the header', /a JSON object/, ' {}', 0],
    ['an unknown type', /type among .* but it is 'F31'/, { a: entry('F31', [1], [0, 4]) }, 4],
    ['a type that every object has', /type among/, { a: entry('constructor', [1], [0, 4]) }, 4],
    ['a tensor that is none', /type among/, { a: null }, 0],
    [
      'a shape of too few elements',
      /of shape \[2\] in 8 bytes but it has those from 0 to 4/,
      { a: entry('F32', [2], [0, 4]) },
      4,
    ],
    ['a shape of too many', /in 4 bytes but it has those from 0 to 8/, { a: entry('F32', [1], [0, 8]) }, 8],
    ['a shape that overflows', /tensor 'a' of shape/, { a: entry('F32', [2 ** 40, 2 ** 40], [0, 4]) }, 4],
    ['a shape that is ∞ · 0', /tensor 'a'/, { a: entry('F32', [...Array(40).fill(2 ** 50), 0], [0, 4]) }, 4],
    ['a negative size', /whole numbers/, { a: entry('F32', [-1], [0, 4]) }, 4],
    ['half an element', /whole numbers/, { a: entry('F32', [0.5], [0, 2]) }, 2],
    ['a size in words', /whole numbers/, { a: entry('F32', ['1'], [0, 4]) }, 4],
    ['no shape', /whole numbers/, { a: { dtype: 'F32', data_offsets: [0, 4] } }, 4],
    ['offsets that are not two', /two data_offsets/, { a: entry('F32', [1], [0, 4, 8]) }, 4],
    ['negative offsets', /two data_offsets/, { a: entry('F32', [1], [-4, 0]) }, 4],
    ['fractional offsets', /two data_offsets/, { a: entry('F32', [1], [0.5, 4.5]) }, 5],
    ['offsets turned round', /from 4 to 0/, { a: entry('F32', [1], [4, 0]) }, 4],
    ['more to a tensor', /two data_offsets/, { a: { ...f32(0, 4), strides: [1] } }, 4],
    ['tensors that overlap', /'b' to begin at 8 but it begins at 4/, { a: f32(0, 8), b: f32(4, 12) }, 12],
    ['two tensors of the same bytes', /begin at 4 but it begins at 0/, { a: f32(0, 4), b: f32(0, 4) }, 4],
    ['a hole', /'b' to begin at 4 but it begins at 8/, { a: f32(0, 4), b: f32(8, 12) }, 12],
    ['a hole at the beginning', /'a' to begin at 0 but it begins at 4/, { a: f32(4, 8) }, 8],
    ['bytes that no tensor has', /4 bytes of tensors but it has 5/, { a: f32(0, 4) }, 5],
    ['tensors beyond the end', /8 bytes of tensors but it has 7/, { a: f32(0, 8) }, 7],
    ['a tensor of 2^50 bytes that are not there', /bytes of tensors but/, { a: f32(0, 2 ** 50) }, 4],
    ['metadata that are not strings', /__metadata__ to be strings/, { __metadata__: { a: 1 } }, 0],
    ['metadata that are a list', /__metadata__ to be strings/, { __metadata__: ['a'] }, 0],
    ['a tensor twice', /keys twice/, twice, 4],
    ['metadata twice', /keys twice/, '{"__metadata__":{},"__metadata__":{}}', 0],
    ['a key of metadata twice', /keys twice/, '{"__metadata__":{"a":"1","\\u0061":"2"}}', 0],
    ['a shape twice', /keys twice/, '{"a":{"dtype":"F32","shape":[9],"shape":[1],"data_offsets":[0,4]}}', 4],
    [
      'the prototype for a name',
      /one is tensor '__proto__'/,
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      1,
    ],
  ]

  test.each(headers)('%s', async (_, says, header, bytes) => {
    const text = typeof header === 'string' ? header : JSON.stringify(header)
    const refused = await read(file(text, bytes)).catch((error) => error)
    expect(refused).toMatchObject({
      name: 'RavineError',
      code: 'ERR_RAVINE_FILE',
      message: expect.stringMatching(says),
    })
    expect(refused.message).toContain(path)
    expect(Object.prototype).not.toHaveProperty('dtype')
  })

  test('bytes that are no UTF-8', async () => {
    await expect(read(file(Buffer.from([0x7b, 0xff, 0x7d]), 0))).rejects.toThrow(/UTF-8/)
    await expect(read(file('\ufeff{}', 0))).rejects.toThrow(/JSON/)
  })

  test.each([2n ** 60n, 2n ** 64n - 1n, 100_000_001n, 9n])('a header of %i bytes', async (length) => {
    const bytes = file('{}      ', 0)
    Buffer.from(bytes.buffer, bytes.byteOffset).writeBigUInt64LE(length)
    await expect(read(bytes)).rejects.toThrow(`a header of at most 8 bytes but its first bytes say ${length}`)
  })

  test('every file that is not whole', async () => {
    const whole = Buffer.from(golden[0].file, 'base64')
    for (let length = 0; length < whole.length; length += 7) {
      await expect(read(whole.subarray(0, length))).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
    }
  })

  test.runIf(process.platform !== 'win32')('what is no file', async () => {
    for (const [other, says] of [
      [join(directory, 'missing'), /ENOENT/],
      [directory, /to be a file/],
      ['/dev/zero', /to be a file/],
    ] as const) {
      await expect(readTensors(other)).rejects.toMatchObject({
        code: 'ERR_RAVINE_FILE',
        message: expect.stringMatching(says),
      })
    }
  })
})

describe('files at random', () => {
  const types = ['F32', 'F64', 'I64', 'U8', 'BOOL', 'BF16'] as const
  const makers = {
    F32: Float32Array,
    F64: Float64Array,
    I64: BigInt64Array,
    U8: Uint8Array,
    BOOL: Uint8Array,
    BF16: Uint16Array,
  }
  const tensor = fc
    .record({
      type: fc.constantFrom(...types),
      shape: fc.array(fc.nat(4), { maxLength: 3 }),
      fill: fc.infiniteStream(fc.nat(255)),
    })
    .map(({ type, shape, fill }): Tensor => {
      const data = new makers[type](shape.reduce((product, size) => product * size, 1))
      const bytes = new Uint8Array(data.buffer)
      for (let i = 0; i < bytes.length; i++) bytes[i] = fill.next().value
      return { type, shape, data }
    })
  const text = fc.string({ unit: 'grapheme' })
  const name = text.filter((name) => name !== '__proto__' && name !== '__metadata__')
  const files = fc.record({
    tensors: fc.array(fc.tuple(name, tensor), { maxLength: 5 }).map((entries) => new Map(entries)),
    metadata: fc.array(fc.tuple(name, text), { maxLength: 3 }).map((entries) => new Map(entries)),
  })

  test('come back as they were, to the bit', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (given) => {
        const bytes = written(given)
        const found = await read(bytes)
        expect(new Set(found.tensors.keys())).toEqual(new Set(given.tensors.keys()))
        for (const [name, { type, shape, data }] of given.tensors) {
          const tensor = found.tensors.get(name)!
          expect([tensor.type, tensor.shape, tensor.data.constructor]).toEqual([type, shape, data.constructor])
          expect(bytesOf(tensor).equals(bytesOf(given.tensors.get(name)!))).toBe(true)
        }
        expect(new Map(found.metadata)).toEqual(given.metadata)
        expect(written(found).equals(bytes)).toBe(true)
      }),
    )
  })

  test('with bytes changed, put in or left out are refused, or are another file of the same size', async () => {
    const change = fc.record({ at: fc.nat(), drop: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) })
    await fc.assert(
      fc.asyncProperty(files, fc.array(change, { minLength: 1, maxLength: 4 }), async (given, changes) => {
        let bytes = written(given)
        for (const { at, drop, put } of changes) {
          const place = at % (bytes.length + 1)
          bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + drop)])
        }
        const found = await read(bytes).catch((error: unknown) => error)
        if (found instanceof RavineError) {
          expect(found.code).toBe('ERR_RAVINE_FILE')
          return
        }
        const { tensors } = found as TensorFile
        const total = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0)
        expect(total).toBe(bytes.length - 8 - Number(bytes.readBigUInt64LE()))
      }),
      { numRuns: 500 },
    )
  })
})
