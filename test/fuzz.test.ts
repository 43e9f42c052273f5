import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf } from '../src/bytes.js'
import { readIdx } from '../src/idx.js'
import { jsonLines } from '../src/jsonLines.js'
import { readNpy } from '../src/npy.js'
import { readNpz } from '../src/npz.js'
import { parseHeader } from '../src/safetensors.js'
import { parsersOf, tried } from './fuzz/parsers.js'

const parsers = parsersOf({ readIdx, readNpy, readNpz, bytesOf, jsonLines, parseHeader, crc32 })

// `npm run fuzz` does as much a million times.
test.each(Object.keys(parsers))('%s reads or refuses whatever comes', async (name) => {
  const seen = { read: 0, refused: 0 }
  const property = fc.asyncProperty(fc.nat(), async (number) => {
    seen[await tried(parsers[name], number)]++
  })
  await fc.assert(property, { numRuns: 200 })
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(0)
})

test('a parser that fails otherwise is found out', async () => {
  const run = () => Promise.reject(new TypeError('mine'))
  await expect(tried({ seeds: [new Uint8Array(4)], run }, 7)).rejects.toThrow(/^case 7, ".*": mine$/)
})
