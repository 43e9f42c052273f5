import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { jsonBatches, jsonLines } from '../src/jsonLines.js'
import { dense } from '../src/layers.js'
import { sgd } from '../src/optimizers/sgd.js'
import { sequential } from '../src/sequential.js'

const folder = mkdtempSync(join(tmpdir(), 'ravine-json-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(text: string | Uint8Array, name = 'a.jsonl'): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const features = ['x', 'y']
const text = '{"x":1,"y":[true,0.5],"t":3}\r\n\n{"y":[false,-2e1],"more":"no","x":2,"t":-1}'
const expected = {
  examples: 2,
  inputs: 3,
  outputs: 1,
  features: Float32Array.of(1, 1, 0.5, 2, 0, -20),
  targets: Float32Array.of(3, -1),
}

describe('jsonLines', () => {
  test('reads files, in gzip or not, and streams of bytes or of text, however they are cut', async () => {
    const options = { features, target: 't' }
    expect(await jsonLines(written(text), options)).toMatchObject(expected)
    expect(await jsonLines(written(gzipSync(text)), options)).toMatchObject(expected)
    for (let size = 1; size < text.length; size += 5) {
      const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size),
      )
      expect(await jsonLines(Readable.from(parts), options)).toMatchObject(expected)
      expect(await jsonLines(Readable.from(parts.map((part) => Buffer.from(part))), options)).toMatchObject(expected)
    }
  })

  test('reads letters that are cut between two pieces', async () => {
    const bytes = Buffer.from('{"ä€":4,"t":1}')
    const parts = Array.from(bytes, (byte) => Uint8Array.of(byte))
    expect(await jsonLines(Readable.from(parts), { features: ['ä€'], target: 't' })).toMatchObject({ inputs: 1 })
  })

  test('reads labels, and targets of several columns', async () => {
    const lines = '{"x":1,"c":2,"t":[1,2]}\n{"x":2,"c":0,"t":[3,4]}\n'
    const labelled = await jsonLines(written(lines), { features: ['x'], label: 'c' })
    expect(labelled).toMatchObject({ classes: 3, labels: Uint32Array.of(2, 0) })
    expect(await jsonLines(written(lines), { features: ['x'], label: 'c', classes: 5 })).toMatchObject({ classes: 5 })
    const several = await jsonLines(written(lines), { features: ['x'], target: 't' })
    expect(several).toMatchObject({ outputs: 2, targets: Float32Array.of(1, 2, 3, 4) })
  })

  const place = 'line 2 of '
  test.each([
    ['a line that is no JSON', '{"x":', `expected JSON in ${place}`],
    ['a line that is no object', '[1]', `an object in ${place}`],
    ['a line of nothing', 'null', `an object in ${place}`],
    ['a missing feature', '{"y":1,"t":1}', `'x' in ${place}`],
    ['a missing target', '{"x":1,"y":1}', `'t' in ${place}`],
    ['null', '{"x":null,"y":1,"t":1}', `'x' in ${place}`],
    ['text', '{"x":"1","y":1,"t":1}', "received '1'"],
    ['an object', '{"x":{},"y":1,"t":1}', 'a number that f32 can hold'],
    ['what f32 cannot hold', '{"x":1e39,"y":1,"t":1}', 'received 1e+39'],
    ['more numbers than before', '{"x":[1,2],"y":1,"t":1}', 'to have 1 numbers, as in the first line, but received'],
    ['no numbers', '{"x":[],"y":1,"t":1}', 'to have 1 numbers'],
    ['a member of every object', '{"x":1,"y":1,"__proto__":{"t":1}}', `'t' in ${place}`],
  ])('refuses %s, and names the line', async (_, line, sentence) => {
    const path = written(`{"x":1,"y":1,"t":1}\n${line}\n`)
    const refusal = { code: 'ERR_RAVINE_DATA', message: expect.stringContaining(sentence) }
    await expect(jsonLines(path, { features, target: 't' })).rejects.toMatchObject(refusal)
    await expect(jsonLines(path, { features, target: 't' })).rejects.toThrow(path)
  })

  test.each([-1, 0.5, 5, 2 ** 25, '[1,1]'])('refuses %s for a label', async (label) => {
    const path = written(`{"x":1,"c":${label}}\n`)
    const message = expect.stringMatching(/'c' in line 1 of .* to be a whole number in \[0, 5\)/)
    await expect(jsonLines(path, { features: ['x'], label: 'c', classes: 5 })).rejects.toMatchObject({ message })
  })

  test('refuses files without lines, that are cut, that are none, and bytes that are no UTF-8', async () => {
    const options = { features, target: 't' }
    for (const empty of ['', '\n\n']) {
      await expect(jsonLines(written(empty), options)).rejects.toThrow('to have at least one line')
    }
    const cut = written(gzipSync(text).subarray(0, -9))
    await expect(jsonLines(cut, options)).rejects.toThrow(/expected .* to be whole gzip/)
    await expect(jsonLines(folder, options)).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
    await expect(jsonLines(join(folder, 'nowhere'), options)).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
    await expect(jsonLines(written(Uint8Array.of(0x7b, 0xff)), options)).rejects.toThrow('in UTF-8')
    await expect(jsonLines(written(Uint8Array.of(0x7b, 0xc3)), options)).rejects.toThrow('in UTF-8')
  })

  test('refuses a line without an end before it fills the memory', async () => {
    const endless = async function* () {
      for (;;) yield ' '.repeat(1 << 20)
    }
    await expect(jsonLines(endless(), { features, target: 't' })).rejects.toThrow(
      'line 1 of the stream to have at most',
    )
  })

  test.each<[string, object]>([
    ['no features', { features: [], target: 't' }],
    ['features that are no list', { features: 'x', target: 't' }],
    ['neither a target nor a label', { features }],
    ['both', { features, target: 't', label: 'c' }],
    ['an unknown option', { features, targets: 't' }],
  ])('refuses %s', async (_, options) => {
    const refusal = { code: 'ERR_RAVINE_HYPERPARAMETER', message: expect.stringMatching(/^jsonLines: expected/) }
    await expect(jsonLines(written(text), options as never)).rejects.toMatchObject(refusal)
  })

  test('closes a stream that it refuses, and hands its errors on', async () => {
    const stream = Readable.from(['[1]\n', ...Array(100).fill('{}\n')])
    await expect(jsonLines(stream, { features, target: 't' })).rejects.toThrow('line 1')
    expect(stream.destroyed).toBe(true)
    async function* failing() {
      yield text
      throw new Error('mine')
    }
    await expect(jsonLines(Readable.from(failing()), { features, target: 't' })).rejects.toThrow('mine')
    await expect(jsonLines(7 as never, { features, target: 't' })).rejects.toThrow('its source to be')
  })
})

describe('jsonBatches', () => {
  const lines = Array.from({ length: 50 }, (_, i) => JSON.stringify({ x: i / 50, y: [(i * i) % 7, 1], t: Math.sin(i) }))

  test('are learnt from as the whole is, to the bit', async () => {
    const path = written(`${lines.join('\n')}\n`, 'many.jsonl')
    const options = { features, target: 't' }
    const net = () => sequential({ inputs: 3, seed: 1, backend: 'reference' }, [dense(1)])
    const optimizer = sgd({ learningRate: 0.01 })
    const [model, twin] = [net(), net()]
    await model.fit(() => jsonBatches(path, { ...options, batchSize: 16 }), { optimizer, epochs: 2 })
    await twin.fit(await jsonLines(path, options), { optimizer, epochs: 2, batchSize: 16, shuffle: false })
    expect(model.parameters()).toEqual(twin.parameters())
  })

  test('have the classes that they are told, and refuse without them', async () => {
    const path = written('{"x":1,"c":0}\n{"x":2,"c":1}\n')
    const batches = jsonBatches(path, { features: ['x'], label: 'c', classes: 4, batchSize: 1 })
    expect((await batches.next()).value).toMatchObject({ examples: 1, classes: 4 })
    await batches.return()
    const unknown = jsonBatches(path, { features: ['x'], label: 'c', batchSize: 1 })
    await expect(unknown.next()).rejects.toThrow('classes to be a whole number')
    const none = jsonBatches(path, { features: ['x'], target: 'c', batchSize: 0 })
    await expect(none.next()).rejects.toThrow('batchSize to be a whole number')
  })
})
