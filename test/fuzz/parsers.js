import { deflateRawSync, gzipSync } from 'node:zlib'

// What fuzzing does to the parsers of files: `npm run fuzz` does it a million times each, test/fuzz.test.ts a few hundred.

/** A generator of whole numbers below a bound. Source: Vigna, splitmix, cut to 32 bits. */
function random(seed) {
  let state = seed >>> 0
  return (bound) => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) % bound
  }
}

/** Bytes that parsers stumble over. */
const odd = [0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x22, 0x27, 0x28, 0x2c, 0x5b, 0x7b, 0x7d, 0x0a, 0x39]

const changes = [
  (bytes, below) => {
    bytes[below(bytes.length)] = below(256)
  },
  (bytes, below) => {
    bytes[below(bytes.length)] = odd[below(odd.length)]
  },
  (bytes, below) => {
    bytes[below(bytes.length)] ^= 1 << below(8)
  },
  (bytes, below) => {
    const first = below(bytes.length)
    bytes.fill(odd[below(odd.length)], first, Math.min(first + 4, bytes.length))
  },
  (bytes, below) => {
    const first = below(bytes.length)
    bytes.copyWithin(below(bytes.length), first, first + 1 + below(16))
  },
  (bytes, below) => bytes.subarray(0, below(bytes.length)),
  (bytes, below) => Buffer.concat([bytes, bytes.subarray(below(bytes.length))]),
  (bytes, below) => {
    const at = below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([odd[below(odd.length)]]), bytes.subarray(at)])
  },
  (bytes, below) => {
    const at = below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(4))])
  },
]

/** One of the seeds with a few changes, all by the number of the case. */
export function mutated(seeds, number) {
  const below = random(number)
  let bytes = Buffer.from(seeds[below(seeds.length)])
  for (let left = below(5); left > 0 && bytes.length > 0; left--) {
    bytes = changes[below(changes.length)](bytes, below) ?? bytes
  }
  return bytes
}

const idxFile = (type, shape, length) =>
  Buffer.from([0, 0, type, shape.length, ...shape.flatMap((size) => [0, 0, 0, size]), ...Buffer.alloc(length, 1)])
const idxSeeds = [idxFile(8, [3], 3), idxFile(13, [2, 2], 16), idxFile(14, [1, 2, 1], 16), idxFile(11, [0, 28], 0)]

const npyFile = (type, order, shape, length) => {
  const header = Buffer.from(`{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${shape}), }\n`)
  return Buffer.concat([
    Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]),
    header,
    Buffer.alloc(length, 1),
  ])
}
const npySeeds = [
  npyFile('<f4', 'False', '2, 3', 24),
  npyFile('>i8', 'True', '2, 2', 32),
  npyFile('|b1', 'False', '3,', 3),
  npyFile('<f2', 'True', '1, 2, 2', 8),
]

/** A zip file of one member, with the checksum that it is told. */
function zipFile(name, bytes, crc, deflated) {
  const packed = deflated ? deflateRawSync(bytes) : bytes
  const common = (header, at) => {
    header.writeUInt16LE(deflated ? 8 : 0, at)
    header.writeUInt32LE(crc, at + 6)
    header.writeUInt32LE(packed.length, at + 10)
    header.writeUInt32LE(bytes.length, at + 14)
    header.writeUInt16LE(name.length, at + 18)
    return header
  }
  const local = common(Buffer.alloc(30), 8)
  const entry = common(Buffer.alloc(46), 10)
  const end = Buffer.alloc(22)
  local.writeUInt32LE(0x04034b50)
  entry.writeUInt32LE(0x02014b50)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(46 + name.length, 12)
  end.writeUInt32LE(30 + name.length + packed.length, 16)
  return Buffer.concat([local, Buffer.from(name), packed, entry, Buffer.from(name), end])
}

const jsonSeeds = [
  '{"x":1,"y":[true,2.5],"t":3}\n{"x":-1e3,"y":[false,0],"t":0}\n',
  '{"t":1,"y":[0],"x":false}\r\n\r\n{"x":2,"y":[9],"t":1}',
].map((lines) => Buffer.from(lines))

const headerSeeds = [
  '{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"U8","shape":[],"data_offsets":[24,25]}}',
  '{"__metadata__":{"k":"v"},"a":{"dtype":"I64","shape":[3,0],"data_offsets":[0,0]}}  ',
].map((header) => Buffer.from(header))

const inMemory = (bytes) => ({
  size: bytes.length,
  read: async (first, length) => Uint8Array.from(bytes.subarray(first, first + length)),
})

/** Whether what was read is an array as its shape says, and no larger than the file could make it. */
function checkArray({ shape, data }, bytes, packed) {
  const size = shape.reduce((product, size) => product * size, 1)
  if (data.length !== size) throw new Error(`${data.length} elements of shape [${shape}]`)
  // A byte in deflate is at most 1032 outside, and half a float as many twice.
  if (data.byteLength > 2 * (packed ? 1032 : 1) * bytes.length) throw new Error(`${data.byteLength} bytes`)
}

/** By name, what to change and what to do with it: rejects where the parser did anything but read or refuse. */
export function parsersOf({ readIdx, readNpy, readNpz, bytesOf, jsonLines, parseHeader, crc32 }) {
  const read = async (how, bytes) => how(await bytesOf('fuzz', 'file', inMemory(bytes)), 'file')
  const npy = (bytes, name) => readNpy('npy', bytes, name)
  const gz = (seeds) => seeds.map((seed) => gzipSync(seed))
  const zip = (seeds) =>
    seeds.flatMap((seed) => [false, true].map((deflated) => zipFile('x.npy', seed, crc32(seed), deflated)))
  async function* pieces(bytes) {
    const half = bytes.length >> 1
    yield bytes.subarray(0, half)
    yield bytes.subarray(half)
  }
  return {
    idx: { seeds: idxSeeds, run: async (bytes) => checkArray(await read(readIdx, bytes), bytes, false) },
    'idx.gz': { seeds: gz(idxSeeds), run: async (bytes) => checkArray(await read(readIdx, bytes), bytes, true) },
    npy: { seeds: npySeeds, run: async (bytes) => checkArray(await read(npy, bytes), bytes, false) },
    npz: {
      seeds: zip(npySeeds),
      run: async (bytes) => {
        for (const array of Object.values(await readNpz(inMemory(bytes), 'file'))) checkArray(array, bytes, true)
      },
    },
    jsonLines: {
      seeds: jsonSeeds,
      run: async (bytes) => {
        const { features, examples, inputs } = await jsonLines(pieces(bytes), { features: ['x', 'y'], target: 't' })
        checkArray({ shape: [examples, inputs], data: features }, bytes, false)
      },
    },
    safetensors: {
      seeds: headerSeeds,
      run: async (bytes) => {
        const { places } = parseHeader(bytes.toString(), 25, 'file')
        if (places.some(({ begin, end }) => !(begin <= end && end <= 25))) throw new Error('a place outside')
      },
    },
  }
}

/** Runs one case: what is no refusal of ravine's comes out, with the number of the case. */
export async function tried({ seeds, run }, number) {
  const bytes = mutated(seeds, number)
  try {
    await run(bytes)
    return 'read'
  } catch (error) {
    if (error.code === 'ERR_RAVINE_DATA' || error.code === 'ERR_RAVINE_FILE') return 'refused'
    throw new Error(`case ${number}, ${JSON.stringify(bytes.toString('latin1'))}: ${error.message}`, { cause: error })
  }
}
