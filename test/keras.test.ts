import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { add, batchNorm, dense, dropout, embedding, flatten, type Layer, layerNorm } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { type Tensor, tensorFile } from '../src/safetensors.js'
import { type BackendName, graph, sequential } from '../src/sequential.js'
import type { Activation } from '../src/spec.js'
import { expectClose } from './close.js'

/** A network of Keras; test/golden/keras.py says what each field is. */
interface Network {
  readonly inputs: number
  readonly layers: readonly (readonly [kind: string, ...settings: (number | string)[]])[]
  readonly file: string
  readonly features: readonly number[]
  readonly outputs: readonly number[]
}

const golden = new URL('golden/keras.json', import.meta.url)
const { networks }: { readonly networks: Readonly<Record<string, Network>> } = JSON.parse(readFileSync(golden, 'utf8'))

let path: string
let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ravine-keras-'))
  path = join(directory, 'keras.safetensors')
})
afterAll(() => rmSync(directory, { recursive: true }))

const makers: Readonly<Record<string, (a: never, b: never) => Layer>> = {
  dense: (outputs: number, activation: Activation) => dense(outputs, activation),
  batchNorm: (epsilon: number) => batchNorm({ epsilon }),
  layerNorm: (epsilon: number) => layerNorm({ epsilon }),
  dropout,
  embedding,
  flatten,
}

function netOf({ inputs, layers }: Network, backend: BackendName): Model {
  const stack = layers.map(([kind, ...settings]) => makers[kind](settings[0] as never, settings[1] as never))
  return sequential({ inputs, backend, dtype: 'f64' }, stack)
}

const orders: Readonly<Record<string, { layers?: string[] }>> = { named: { layers: ['zeta', 'alpha', 'dense'] } }

describe.each<BackendName>(['native', 'reference'])('%s', (backend) => {
  test.each(Object.keys(networks))('answers as the network of Keras whose weights it read: %s', async (name) => {
    const network = networks[name]
    writeFileSync(path, Buffer.from(network.file, 'base64'))
    const model = netOf(network, backend)
    await model.loadParameters(path, orders[name])
    const outputs = await model.predict(Float64Array.from(network.features))
    // Keras computed in f32.
    expectClose(outputs, network.outputs, { relative: 1e-5, absolute: 1e-5 })
  })
})

describe('of a file of Keras', () => {
  const vector = (...values: number[]): Tensor => ({
    type: 'F32',
    shape: [values.length],
    data: Float32Array.from(values),
  })
  const kernel: Tensor = { type: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }
  const write = (tensors: Record<string, Tensor>) =>
    writeFileSync(path, Buffer.concat(tensorFile(new Map(Object.entries(tensors)))))
  const small = (layers = [dense(2)]) => sequential({ inputs: 2, backend: 'reference' }, layers)

  test('kernels are turned, whatever their layer is called if it is the only one', async () => {
    write({ 'hidden/kernel': kernel, 'hidden/bias': vector(5, 6) })
    const model = small()
    await model.loadParameters(path)
    expect(model.parameters().get('0.weight')!.data).toEqual(Float32Array.of(1, 3, 2, 4))
    expect(model.parameters().get('0.bias')!.data).toEqual(Float32Array.of(5, 6))
  })

  test('layers come by their numbers, not in the order of the file', async () => {
    const [first, second] = [vector(1, 1), vector(2, 2)]
    write({
      'm/dense_10/kernel': kernel,
      'm/dense_10/bias': second,
      'm/dense_9/kernel': kernel,
      'm/dense_9/bias': first,
    })
    const model = small([dense(2, 'relu'), dense(2)])
    await model.loadParameters(path)
    expect([...model.parameters().get('0.bias')!.data, ...model.parameters().get('2.bias')!.data]).toEqual([1, 1, 2, 2])
  })

  test('layers of a graph, by an order that is given', async () => {
    write({ 'a/kernel': kernel, 'a/bias': vector(1, 2), 'b/kernel': kernel, 'b/bias': vector(3, 4) })
    const nodes = { x: [dense(2), 'one'], y: [dense(2), 'two'], z: [add(), 'x', 'y'] } as const
    const model = graph({ inputs: { one: 2, two: 2 }, backend: 'reference' }, nodes)
    await model.loadParameters(path, { layers: ['b', 'a'] })
    expect([...model.parameters().get('x.bias')!.data, ...model.parameters().get('y.bias')!.data]).toEqual([3, 4, 1, 2])
  })

  const two = { 'a/kernel': kernel, 'a/bias': vector(1, 2), 'b/kernel': kernel, 'b/bias': vector(3, 4) }
  const wide: Tensor = { type: 'F32', shape: [1, 2, 2], data: Float32Array.of(1, 2, 3, 4) }
  test.each<[string, RegExp, Record<string, Tensor>, Layer[], { layers: never }?]>([
    [
      'layers whose order nothing tells',
      /it has a, b; say their order, as { layers: \['a', …\] }/,
      two,
      [dense(2), dense(2)],
    ],
    ['a layer too many', /1 layers like dense but it has 2/, two, [dense(2)]],
    [
      'a layer of another kind',
      /0 layers like layerNorm but it has 1/,
      { 'n/gamma': vector(1, 1), 'n/beta': vector(1, 1) },
      [dense(2)],
    ],
    ['no bias', /0.bias but it has none/, { 'a/kernel': kernel }, [dense(2)]],
    [
      'a variable that nobody has',
      /it has '0.lora'/,
      { 'a/kernel': kernel, 'a/bias': vector(1, 2), 'a/lora': kernel },
      [dense(2)],
    ],
    [
      'another shape',
      /0.weight of shape \[3, 2\] but it is of \[2, 2\]/,
      { 'a/kernel': kernel, 'a/bias': vector(1, 2, 3) },
      [dense(3)],
    ],
    [
      'convolutions',
      /0.weight of shape \[2, 2\] but it is of/,
      { 'a/kernel': wide, 'a/bias': vector(1, 2) },
      [dense(2)],
    ],
    [
      'an unknown name',
      /layers among a, b but received 'c'/,
      two,
      [dense(2), dense(2)],
      { layers: ['a', 'c'] as never },
    ],
    [
      'a name twice',
      /each of a, b, for 2 but received 'a, a'/,
      two,
      [dense(2), dense(2)],
      { layers: ['a', 'a'] as never },
    ],
    ['too few names', /each of a, b, for 2 but received 'a'/, two, [dense(2), dense(2)], { layers: ['a'] as never }],
    ['names that are none', /layers to be an array of names/, two, [dense(2)], { layers: 'a' as never }],
  ])('refuses %s, and the model is as it was', async (_, says, tensors, layers, options) => {
    write(tensors)
    const model = small(layers as never)
    const before = model.parameters()
    await expect(model.loadParameters(path, options)).rejects.toThrow(says)
    expect(model.parameters()).toEqual(before)
  })
})
