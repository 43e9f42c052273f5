import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { dataset } from '../src/dataset.js'
import { type Tensor, tensorFile } from '../src/safetensors.js'
import { tensors } from '../src/tensors.js'

const folder = mkdtempSync(join(tmpdir(), 'ravine-tensors-'))
const path = join(folder, 'a.safetensors')
afterAll(() => rmSync(folder, { recursive: true }))

function write(all: Record<string, Tensor>) {
  writeFileSync(path, Buffer.concat(tensorFile(new Map(Object.entries(all)))))
}

test('are numbers by name, which make a dataset', async () => {
  write({
    images: { type: 'U8', shape: [2, 1, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) },
    labels: { type: 'I64', shape: [2], data: BigInt64Array.of(3n, 0n) },
    halves: { type: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) },
    brain: { type: 'BF16', shape: [1], data: Uint16Array.of(0x3f80) },
    mask: { type: 'BOOL', shape: [], data: Uint8Array.of(1) },
  })
  const all = await tensors(path)
  expect(all.get('halves')).toEqual({ shape: [2], data: Float32Array.of(1, -2) })
  expect(all.get('brain')).toEqual({ shape: [1], data: Float32Array.of(1) })
  expect(all.get('mask')).toEqual({ shape: [], data: Uint8Array.of(1) })
  const data = dataset({ features: all.get('images')!, labels: all.get('labels')! })
  expect(data).toMatchObject({ examples: 2, inputs: 3, classes: 4, labels: Uint32Array.of(3, 0) })
})

test.each<[string, Tensor, RegExp]>([
  ['floats of 8 bits', { type: 'F8_E4M3', shape: [1], data: Uint8Array.of(0x38) }, /tensor 'x' .* in U64, .*'F8_E4M3'/],
  ['numbers that no double holds', { type: 'U64', shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) }, /within ±2⁵³/],
])('of %s are refused', async (_, tensor, message) => {
  write({ x: tensor })
  const refusal = { code: 'ERR_RAVINE_DATA', message: expect.stringMatching(message) }
  await expect(tensors(path)).rejects.toMatchObject(refusal)
})

test('of a file that is cut are refused', async () => {
  write({ x: { type: 'F32', shape: [1], data: Float32Array.of(1) } })
  writeFileSync(path, readFileSync(path).subarray(0, -1))
  await expect(tensors(path)).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
})
