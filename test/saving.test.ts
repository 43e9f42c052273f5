import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digits } from '../src/digits.js'
import { activation, batchNorm, dense, layerNorm } from '../src/layers.js'
import { load } from '../src/load.js'
import type { Model } from '../src/model.js'
import type { Optimizer } from '../src/optimizer.js'
import { adadelta } from '../src/optimizers/adadelta.js'
import { adagrad } from '../src/optimizers/adagrad.js'
import { adam } from '../src/optimizers/adam.js'
import { adamW } from '../src/optimizers/adamW.js'
import { aggMo } from '../src/optimizers/aggMo.js'
import { amsgrad } from '../src/optimizers/amsgrad.js'
import { lion } from '../src/optimizers/lion.js'
import { muon } from '../src/optimizers/muon.js'
import { nadam } from '../src/optimizers/nadam.js'
import { qhm } from '../src/optimizers/qhm.js'
import { radam } from '../src/optimizers/radam.js'
import { rmsprop } from '../src/optimizers/rmsprop.js'
import { sgd } from '../src/optimizers/sgd.js'
import { yellowFin } from '../src/optimizers/yellowFin.js'
import { readTensors, type Tensor, tensorFile } from '../src/safetensors.js'
import { cosine } from '../src/schedules/cosine.js'
import { type BackendName, sequential } from '../src/sequential.js'
import type { Dtype, FloatArray } from '../src/spec.js'
import { expectSameBits } from './bits.js'
import { expectClose } from './close.js'

const { train, test: unseen } = digits({ examples: 90, seed: 3 })
/** Its rate depends on the number of the step. */
const optimizer = sgd({ learningRate: 0.2, momentum: 0.9, form: 'ema', biasCorrection: true })
const lesson = { optimizer, batchSize: 16 }
const backends: readonly BackendName[] = ['native', 'reference']

/** Of PyTorch, by the type of their numbers: the file of a state_dict, and what the network answers in f64. */
const networks: Readonly<Record<string, { file: string; features: number[]; outputs: number[] }>> = JSON.parse(
  readFileSync(new URL('golden/safetensors.json', import.meta.url), 'utf8'),
).networks

let directory: string
let path: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ravine-saving-'))
  path = join(directory, 'model.safetensors')
})
afterAll(() => rmSync(directory, { recursive: true }))

const net = (backend: BackendName = 'reference', dtype: Dtype = 'f32', seed = 5) =>
  sequential({ inputs: 784, seed, dtype, backend }, [dense(9, 'relu'), dense(10)])

function stateOf(model: Model): Map<string, FloatArray> {
  const state = new Map<string, FloatArray>()
  for (const [name, { data }] of model.parameters()) state.set(name, data)
  for (const [kind, values] of model.state()) {
    for (const [name, { data }] of values) state.set(`${kind} of ${name}`, data)
  }
  return state
}

const refusal = (code: string, says: RegExp) => ({ name: 'RavineError', code, message: expect.stringMatching(says) })

describe.each(backends)('saved by %s', (from) => {
  test.each(backends.flatMap((to) => (['f32', 'f64'] as const).map((dtype) => [to, dtype] as const)))(
    'and loaded by %s in %s, a model is what it was, and learns on as if nothing had been',
    async (to, dtype) => {
      const model = net(from, dtype)
      await model.fit(train, { ...lesson, epochs: 2 })
      await model.save(path)
      const loaded = await load(path, { backend: to, threads: 2 })
      expect([loaded.spec, loaded.seed, loaded.dtype]).toEqual([model.spec, model.seed, dtype])
      expectSameBits(stateOf(loaded), stateOf(model))
      // Raw bytes: the normalisation of what was learnt from goes with the model.
      const answers = [await loaded.predict(unseen.features), await model.predict(unseen.features)]
      expect(answers[0]).toEqual(answers[1])
      const unbroken = net(from, dtype)
      await unbroken.fit(train, { ...lesson, epochs: 4 })
      await loaded.fit(train, { ...lesson, epochs: 2 })
      expectSameBits(stateOf(loaded), stateOf(unbroken))
    },
  )

  test('between two epochs and in the midst of one, it is a model at the end of an epoch', async () => {
    const model = net(from)
    const during: Promise<void>[] = []
    const name = (epoch: number) => join(directory, `${epoch}`)
    await model.fit(train, {
      ...lesson,
      epochs: 3,
      logEvery: 2,
      onStep: ({ epoch }) => {
        during.push(model.save(name(epoch)))
      },
      onEpoch: ({ epoch }) => model.save(name(-epoch)),
    })
    await Promise.all(during)
    expect(during.length).toBeGreaterThan(5)
    for (const epoch of [1, 2, 3]) {
      const [inside, between] = [await load(name(epoch)), await load(name(-epoch))]
      expectSameBits(stateOf(inside), stateOf(between))
      for (const loaded of [inside, between]) if (epoch < 3) await loaded.fit(train, { ...lesson, epochs: 3 - epoch })
      expectSameBits(stateOf(inside), stateOf(model))
      expectSameBits(stateOf(between), stateOf(model))
    }
  })
})

describe.each<[string, Optimizer]>([
  ['qhm', qhm({ learningRate: 0.1 })],
  ['aggMo', aggMo({ learningRate: 0.01 })],
  ['adam', adam({ learningRate: 0.01, weightDecay: 1e-3 })],
  ['adamW', adamW({ learningRate: 0.01 })],
  ['amsgrad', amsgrad({ learningRate: 0.01 })],
  ['nadam, which multiplies what all steps were', nadam({ learningRate: 0.01 })],
  ['radam', radam({ learningRate: 0.01 })],
  ['rmsprop', rmsprop({ learningRate: 0.001, momentum: 0.5, centered: true })],
  ['adagrad, which starts from what is not zero', adagrad({ learningRate: 0.01, initialAccumulator: 0.1 })],
  ['adadelta', adadelta({ learningRate: 1 })],
  ['lion', lion({ learningRate: 1e-3 })],
  ['yellowFin, which tunes itself', yellowFin({ learningRate: 0.1 })],
  ['muon, and another for what has no two sides', muon({ learningRate: 0.02, others: adam({ learningRate: 0.01 }) })],
  ['restart by gradient', sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, restart: 'gradient' })],
  ['restart by function', sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, restart: 'function' })],
  [
    'schedules by the step',
    sgd({ learningRate: cosine({ from: 0.1, to: 0, steps: 24 }), momentum: (step) => step / 50 }),
  ],
  ['groups and frozen parameters', adam({ learningRate: 0.01, parameterGroups: [{ match: /bias/, frozen: true }] })],
])('by %s', (_, optimizer) => {
  test('a model goes on from its file, by the other backend, as if nothing had been', async () => {
    const [from, unbroken] = [net('native'), net('native')]
    await from.fit(train, { ...lesson, optimizer, epochs: 2 })
    await from.save(path)
    const loaded = await load(path, { backend: 'reference' })
    expect([...loaded.state().keys()]).toEqual([...from.state().keys()])
    await loaded.fit(train, { ...lesson, optimizer, epochs: 2 })
    await unbroken.fit(train, { ...lesson, optimizer, epochs: 4 })
    expectSameBits(stateOf(loaded), stateOf(unbroken))
  })
})

test('a model is saved in its turn among other calls', async () => {
  const model = net()
  const [first, saved, second] = [model.evaluate(unseen), model.save(path), model.evaluate(unseen)]
  await Promise.all([first, saved, second])
  expectSameBits(stateOf(await load(path, { backend: 'reference' })), stateOf(model))
})

describe('a saved file', () => {
  test('has the names of PyTorch, and the same bytes for the same model', async () => {
    const model = net()
    await model.save(path)
    const bytes = readFileSync(path)
    const { tensors, metadata } = await readTensors(path)
    const names = ['0.weight', '0.bias', '2.weight', '2.bias']
    const all = [...names, ...names.map((name) => `optimizer.velocity.${name}`)]
    expect([...tensors.keys()].sort()).toEqual(all.sort())
    expect(tensors.get('0.weight')).toMatchObject({ type: 'F32', shape: [9, 784] })
    expect(Object.fromEntries(metadata)).toMatchObject({ ravine: '1', seed: '5', steps: '0', epochs: '0' })
    await (await load(path, { backend: 'reference' })).save(path)
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })
})

describe('load refuses, naming the file,', () => {
  type Stated = { dtype: string; inputs: object; nodes: Record<string, unknown>[] }
  type File = { tensors: Map<string, Tensor>; metadata: Map<string, string> }
  const cases: [what: string, says: RegExp, change: (file: File) => unknown][] = [
    ['a file of others', /of ravine in format 1 but it is of others/, ({ metadata }) => metadata.clear()],
    ['a later format', /of ravine in format 1 but '2'/, ({ metadata }) => metadata.set('ravine', '2')],
    ['no graph', /spec in its metadata, in JSON, but undefined/, ({ metadata }) => metadata.delete('spec')],
    ['a graph that is no JSON', /spec in its metadata, in JSON, but '{'/, ({ metadata }) => metadata.set('spec', '{')],
    ['a graph that is null', /spec in its metadata but/, ({ metadata }) => metadata.set('spec', 'null')],
    ['a layer that is none', /layer 0 to be dense/, change('spec', (spec) => (spec.nodes[0].op = 'conv'))],
    ['layers that do not meet', /graph of layers/, change('spec', (spec) => (spec.nodes[1].inputs = 8))],
    ['a layer of nothing', /outputs to be a whole number ≥ 1/, change('spec', (spec) => (spec.nodes[0].outputs = 0))],
    ['more to a layer', /options among/, change('spec', (spec) => (spec.nodes[0].stride = 1))],
    ['another dtype', /dtype to be one of/, change('spec', (spec) => (spec.dtype = 'f16'))],
    [
      'inputs of another name',
      /names of letters, digits and _ but received '0'/,
      change('spec', (spec) => (spec.inputs = { x: 784 })),
    ],
    [
      'half a step',
      /steps in its metadata, a whole number ≥ 0, but it has 0.5/,
      ({ metadata }) => metadata.set('steps', '0.5'),
    ],
    ['no seed', /seed in its metadata/, ({ metadata }) => metadata.delete('seed')],
    [
      'a normalisation by zero',
      /normalize in its metadata/,
      ({ metadata }) => metadata.set('normalize', '{"mean":0,"std":0}'),
    ],
    ['a kind of optimizer that is none', /kind in its metadata/, ({ metadata }) => metadata.set('kind', '1')],
    ['no states', /states in its metadata, an array of one or/, ({ metadata }) => metadata.set('states', '[]')],
    ['a state twice', /no two alike/, ({ metadata }) => metadata.set('states', '["velocity","velocity"]')],
    ['no bias', /0.bias but it has none/, ({ tensors }) => tensors.delete('0.bias')],
    [
      'no velocity',
      /optimizer.velocity.0.bias but it has none/,
      ({ tensors }) => tensors.delete('optimizer.velocity.0.bias'),
    ],
    [
      'a weight turned round',
      /0.weight of shape \[9, 784\] but it is of \[784, 9\]/,
      ({ tensors }) => tensors.set('0.weight', { ...tensors.get('0.weight')!, shape: [784, 9] }),
    ],
    [
      'a bias in f64',
      /0.bias in F32 but it is in F64/,
      ({ tensors }) => tensors.set('0.bias', { type: 'F64', shape: [9], data: new Float64Array(9) }),
    ],
    ['a tensor too many', /alone but it has '4.bias'/, ({ tensors }) => tensors.set('4.bias', tensors.get('0.bias')!)],
    [
      'a state of nothing',
      /alone but it has 'optimizer.velocity.4.bias'/,
      ({ tensors }) => tensors.set('optimizer.velocity.4.bias', tensors.get('0.bias')!),
    ],
  ]

  function change(key: string, write: (value: Stated) => unknown) {
    return ({ metadata }: File) => {
      const value = JSON.parse(metadata.get(key)!)
      write(value)
      metadata.set(key, JSON.stringify(value))
    }
  }

  test.each(cases)('%s', async (_, says, change) => {
    await net().save(path)
    const { tensors, metadata } = await readTensors(path)
    const file = { tensors: new Map(tensors), metadata: new Map(metadata) }
    change(file)
    writeFileSync(path, Buffer.concat(tensorFile(file.tensors, file.metadata)))
    const refused = await load(path).catch((error) => error)
    expect(refused).toMatchObject(refusal('ERR_RAVINE_FILE', says))
    expect(refused.message).toContain(`load: expected ${path} to have `)
  })

  test('nothing where states are of another kind than it says: they start anew', async () => {
    await net().save(path)
    const { tensors, metadata } = await readTensors(path)
    writeFileSync(path, Buffer.concat(tensorFile(tensors, new Map(metadata).set('kind', '"adam"'))))
    for (const backend of backends) {
      const [model, expected] = [await load(path, { backend }), net()]
      const optimizer = adam({ learningRate: 0.01 })
      await model.fit(train, { ...lesson, optimizer })
      await expected.fit(train, { ...lesson, optimizer })
      expectSameBits(stateOf(model), stateOf(expected))
    }
  })

  test('what is no safetensors file, and wrong options', async () => {
    writeFileSync(path, 'ravine')
    await expect(load(path)).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', /at least 8 bytes but it has 6/))
    await expect(load(join(directory, 'none'))).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', /ENOENT/))
    await expect(load(1 as never)).rejects.toMatchObject(refusal('ERR_RAVINE_HYPERPARAMETER', /path to be a string/))
    const options = { seed: 1 } as object
    await expect(load(path, options)).rejects.toMatchObject(refusal('ERR_RAVINE_HYPERPARAMETER', /'seed'/))
  })
})

describe('save refuses', () => {
  test('a place where nothing can be written, and a model that is gone', async () => {
    const model = net()
    await expect(model.save(directory)).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', /^save: .* it is no file/))
    await expect(model.save(join(path, 'x'))).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', /ENOTDIR|ENOENT/))
    await expect(model.save(undefined as never)).rejects.toMatchObject(refusal('ERR_RAVINE_HYPERPARAMETER', /path/))
    model.dispose()
    await expect(model.save(join(directory, 'gone'))).rejects.toMatchObject(refusal('ERR_RAVINE_DISPOSED', /^save: /))
    expect(readdirSync(directory)).not.toContain('gone')
  })
})

describe('loadParameters', () => {
  const small = () =>
    sequential({ inputs: 2, backend: 'reference' }, [dense(2, 'relu'), dense(1, 'linear', { bias: false })])
  const stateDict = (): [string, Tensor][] => [
    ['0.weight', { type: 'F64', shape: [2, 2], data: Float64Array.of(1 / 3, 1e-3, -0, 4) }],
    // 1.5, and the smallest f16 there is.
    ['0.bias', { type: 'F16', shape: [2], data: Uint16Array.of(0x3e00, 0x8001) }],
    ['2.weight', { type: 'BF16', shape: [1, 2], data: Uint16Array.of(0xc010, 0x7f80) }],
    ['1.num_batches_tracked', { type: 'I64', shape: [], data: BigInt64Array.of(7n) }],
  ]
  const write = (...changes: [string, Tensor | undefined][]) => {
    const tensors = new Map<string, Tensor>(stateDict())
    for (const [name, tensor] of changes) tensor ? tensors.set(name, tensor) : tensors.delete(name)
    writeFileSync(path, Buffer.concat(tensorFile(tensors)))
  }

  test('reads a state_dict in floats of any type, each rounded to the model’s', async () => {
    const model = small()
    model.setVelocities({ '2.weight': [5, 6] })
    write()
    await model.loadParameters(path)
    const state = stateOf(model)
    expect(state.get('0.weight')).toEqual(Float32Array.of(1 / 3, 1e-3, -0, 4))
    expect(state.get('0.bias')).toEqual(Float32Array.of(1.5, -(2 ** -24)))
    expect(state.get('2.weight')).toEqual(Float32Array.of(-2.25, Infinity))
    expect(state.get('velocity of 2.weight')).toEqual(Float32Array.of(5, 6))
  })

  test.each(Object.keys(networks))('reads a network of PyTorch’s in %s, which then answers as there', async (type) => {
    const { file, features, outputs } = networks[type]
    writeFileSync(path, Buffer.from(file, 'base64'))
    const norms = [batchNorm(), activation('relu'), layerNorm()]
    const layers = [dense(5), ...norms, dense(4, 'linear', { bias: false }), dense(2)]
    const model = sequential({ inputs: 3, dtype: 'f64', backend: 'reference' }, layers)
    await model.loadParameters(path)
    expectClose(await model.predict(Float64Array.from(features)), outputs, { absolute: 4e-15 })
  })

  test('reads what save wrote, of a model of another dtype too', async () => {
    const [from, to] = [net('reference', 'f64'), net('reference', 'f32', 6)]
    await from.save(path)
    await to.loadParameters(path)
    const rounded = Array.from(from.parameters(), ([name, { data }]) => [name, Float32Array.from(data)] as const)
    expect(Array.from(to.parameters(), ([name, { data }]) => [name, data])).toEqual(rounded)
  })

  test.each<[string, RegExp, [string, Tensor | undefined]]>([
    ['no weight', /2.weight but it has none/, ['2.weight', undefined]],
    [
      'another shape',
      /0.bias of shape \[2\] but it is of \[1, 2\]/,
      ['0.bias', { type: 'F32', shape: [1, 2], data: new Float32Array(2) }],
    ],
    [
      'integers',
      /0.bias in F32, F64, BF16, F16 but it is in I32/,
      ['0.bias', { type: 'I32', shape: [2], data: new Int32Array(2) }],
    ],
    ['a parameter too many', /it has '2.bias'/, ['2.bias', { type: 'F32', shape: [1], data: new Float32Array(1) }]],
  ])('refuses %s, and the model is as it was', async (_, says, change) => {
    const model = small()
    const before = stateOf(model)
    write(change)
    await expect(model.loadParameters(path)).rejects.toMatchObject(refusal('ERR_RAVINE_FILE', says))
    expectSameBits(stateOf(model), before)
  })

  test('refuses while a fit holds the model', async () => {
    const model = net()
    const fit = model.fit(train, lesson)
    await expect(model.loadParameters(path)).rejects.toMatchObject(refusal('ERR_RAVINE_HYPERPARAMETER', /other run/))
    await fit
  })
})
