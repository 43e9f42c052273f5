import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { dataset } from '../src/dataset.js'
import { describe as said } from '../src/errors.js'
import { dense } from '../src/layers.js'
import { sgd } from '../src/optimizers/sgd.js'
import { sequential } from '../src/sequential.js'
import { backends } from './backends.js'

// What `npm run soak -- door` has found, kept.

const names = ['native', 'reference'] as const
const optimizer = sgd({ learningRate: 0.1 })
const model = (backend: (typeof names)[number]) => sequential({ inputs: 2, backend }, [dense(2)])

const examples = (features = Float32Array.of(1, 2, 3, 4)) =>
  dataset({ features, labels: [0, 1], inputs: 2, classes: 2 })

function transfer<A extends Float32Array | Uint32Array>(array: A): A {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] })
  return array
}

const refusal = (code: string, sentence: string) =>
  expect.objectContaining({ name: 'RavineError', code, message: expect.stringContaining(sentence) })
const transferred = refusal('ERR_RAVINE_DATA', 'expected features that has not been transferred')

describe.each(names)('%s', (backend) => {
  test('learns from arrays of another realm as from its own', async () => {
    const foreign = (text: string) => runInNewContext(text)
    const [own, other] = [model(backend), model(backend)]
    const step = { optimizer, exampleWeights: [1, 2] }
    own.step(examples(), step)
    other.step(examples(foreign('Float32Array.of(1, 2, 3, 4)')), { optimizer, exampleWeights: foreign('[1, 2]') })
    expect(other.parameters()).toEqual(own.parameters())
    const targets = foreign('Float64Array.of(1, 2)')
    const bytes = dataset({
      features: foreign('Uint8Array.of(0, 255)'),
      targets,
      inputs: 1,
      normalize: { mean: 0, std: 1 },
    })
    expect(bytes.fold()).toEqual({ scale: 1 / 255, offset: -0 })
    expect(bytes.shuffle(1).features).toBeInstanceOf(Uint8Array)
  })

  test('predicts from an array that has lost its methods', async () => {
    const bare = Object.setPrototypeOf(Float32Array.of(1, 2, 3, 4), Array.prototype)
    Object.defineProperty(bare, 'length', { value: 4 })
    expect(await model(backend).predict(bare)).toEqual(await model(backend).predict(Float32Array.of(1, 2, 3, 4)))
  })

  test('refuses examples whose memory has been transferred since, and nothing has changed', async () => {
    const [features, learner] = [Float32Array.of(1, 2, 3, 4), model(backend)]
    const data = examples(features)
    const before = learner.parameters()
    transfer(features)
    await expect(learner.fit(data, { optimizer })).rejects.toEqual(transferred)
    await expect(learner.evaluate(data)).rejects.toEqual(transferred)
    expect(() => learner.step(data, { optimizer })).toThrow(transferred)
    for (const part of [() => data.split({ test: 0.5 }), () => data.take(1), () => data.shuffle(1)])
      expect(part).toThrow(transferred)
    expect(learner.parameters()).toEqual(before)
  })

  test.each([[[1n, 2n]], [BigInt64Array.of(1n, 2n)], [['1', '2']], [[Symbol('one'), 2]]])(
    'refuses %o for parameters',
    (values) => {
      const expected = refusal('ERR_RAVINE_HYPERPARAMETER', '0.bias to be { shape, data } or an array of numbers')
      expect(() => model(backend).setParameters({ '0.bias': values as never })).toThrow(expected)
    },
  )

  test('refuses parameters whose memory goes while their shape is read, whatever length they claim', () => {
    const [data, learner] = [Float32Array.of(1, 2), model(backend)]
    const value = Object.defineProperty({ data }, 'shape', { get: () => [transfer(data) && 2] })
    const before = learner.parameters()
    Object.defineProperty(data, 'length', { value: 2 })
    expect(() => learner.setParameters({ '0.bias': value as never })).toThrow(
      refusal('ERR_RAVINE_DATA', '0.bias that has'),
    )
    expect(learner.parameters()).toEqual(before)
  })

  test.each([0, '', false, null, Number.NaN])('refuses %o for what is no option of fit', async (value) => {
    const wrong = value as never
    for (const name of ['exampleWeights', 'earlyStopping', 'target', 'checkpoint'] as const) {
      await expect(model(backend).fit(examples(), { optimizer, [name]: wrong }), name).rejects.toMatchObject({
        name: 'RavineError',
      })
    }
    expect(() => model(backend).step(examples(), { optimizer, exampleWeights: wrong })).toThrow('exampleWeights')
  })
})

describe.each(backends)('primitives of %s', (_, ravine) => {
  const forged = (name: string, value: unknown) =>
    Object.defineProperty(Float32Array.of(1, -2, 3), name, { value }) as Float32Array

  test.each([
    ['length', 1000],
    ['length', -1],
    ['buffer', undefined],
    ['buffer', new SharedArrayBuffer(12)],
    ['byteOffset', 1 << 20],
    ['byteLength', 0],
  ])('take an array for what it is, whatever its %s says', (name, value) => {
    const [array, other] = [forged(name, value), Float32Array.of(1, 1, 1)]
    expect([...ravine.activate(array, { activation: 'relu' }).subarray()]).toEqual([1, 0, 3])
    const overlapping = () => ravine.momentumStep(array, array, other, { learningRate: 1 })
    expect(overlapping).toThrow(refusal('ERR_RAVINE_ALIAS', 'to share no memory'))
    expect([...other]).toEqual([1, 1, 1])
  })

  test('refuse a proxy of an array', () => {
    const proxy = new Proxy(Float32Array.of(1, 2, 3), {})
    const expected = refusal('ERR_RAVINE_DATA', 'to be a Float32Array or a Float64Array')
    expect(() => ravine.activate(proxy, { activation: 'relu' })).toThrow(expected)
    expect(() => ravine.activateBackward(proxy, proxy, { activation: 'relu' })).toThrow(expected)
    expect(() => ravine.momentumStep(proxy, proxy, proxy, { learningRate: 1 })).toThrow(expected)
  })

  test('refuse labels outside the classes, whatever their methods say', () => {
    const labels = Object.defineProperty(Uint8Array.of(0, 9), 'findIndex', { value: () => -1 })
    const call = () => ravine.softmaxCrossEntropy(new Float32Array(4), labels, { batch: 2, classes: 2 })
    expect(call).toThrow(refusal('ERR_RAVINE_DATA', 'expected labels[1] to be a class in 0 … 1 but received 9'))
  })
})

test('entries that have been transferred are refused', () => {
  const [offsets, indices] = [Uint32Array.of(0, 1), Uint32Array.of(1)]
  const call = () => dataset({ features: { offsets: transfer(offsets), indices }, labels: [0], inputs: 2 })
  expect(call).toThrow(refusal('ERR_RAVINE_DATA', 'expected offsets that has not been transferred'))
})

test('so are entries whose memory has shrunk', () => {
  const Resizable = ArrayBuffer as unknown as new (
    length: number,
    options: object,
  ) => ArrayBuffer & { resize(n: number): void }
  const memory = new Resizable(8, { maxByteLength: 8 })
  const offsets = new Uint32Array(memory, 0, 2)
  memory.resize(1)
  const call = () => dataset({ features: { offsets, indices: [1] }, labels: [0], inputs: 2 })
  expect(call).toThrow(refusal('ERR_RAVINE_DATA', 'expected offsets that has not been transferred'))
})

test('whatever comes can be described', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const throwing = Object.defineProperty({}, 'constructor', {
    get: () => {
      throw new Error('mine')
    },
  })
  expect([proxy, throwing].map(said)).toEqual(Array(2).fill('an object that cannot be read'))
})
