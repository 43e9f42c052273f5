import { describe, expect, test, vi } from 'vitest'
import { dataset } from '../src/dataset.js'
import { dense, type Layer } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import { Philox, purpose } from '../src/random.js'
import { type SequentialOptions, sequential } from '../src/sequential.js'
import { expectClose } from './close.js'

const reference = { backend: 'reference' } as const
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

/** y = w·x + b with w = 0.5, b = 0, in f64. */
function line(): Model {
  const model = sequential({ inputs: 1, dtype: 'f64', ...reference }, [dense(1)])
  model.setParameters({ '0.weight': [0.5], '0.bias': [0] })
  return model
}

const numbers = (values: Map<string, { data: ArrayLike<number> }>) =>
  Array.from(values.values()).flatMap(({ data }) => Array.from(data))

describe('dense', () => {
  test('is plain frozen data', () => {
    const layer = dense(3, 'relu', { bias: false })
    expect(layer).toEqual({ type: 'dense', outputs: 3, activation: 'relu', bias: false, init: 'uniform' })
    expect(Object.isFrozen(layer)).toBe(true)
  })

  test.each<[string, () => unknown, RegExp]>([
    ['no outputs', () => dense(0), /outputs to be a whole number ≥ 1 but received 0/],
    ['half an output', () => dense(1.5), /outputs/],
    [
      'an unknown start',
      () => dense(1, 'relu', { init: 'henormal' as 'heNormal' }),
      /init to be one of 'uniform', 'heNormal'/,
    ],
    ['an unknown activation', () => dense(1, 'swish' as 'relu'), /activation to be one of 'linear'/],
    ['an unknown option', () => dense(1, 'relu', { bais: true } as object), /did you mean 'bias'/],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(refusal('ERR_RAVINE_HYPERPARAMETER', message))
  })
})

describe('sequential', () => {
  test('names parameters as PyTorch does: an activation takes a place', () => {
    const model = sequential({ inputs: 3, ...reference }, [
      dense(4, 'relu'),
      dense(5),
      dense(2, 'tanh', { bias: false }),
    ])
    const shapes = Array.from(model.parameters(), ([name, { shape }]) => [name, shape])
    expect(shapes).toEqual([
      ['0.weight', [4, 3]],
      ['0.bias', [4]],
      ['2.weight', [5, 4]],
      ['2.bias', [5]],
      ['3.weight', [2, 5]],
    ])
  })

  test('starts from U(±1/√inputs), one stream a parameter', () => {
    const model = sequential({ inputs: 9, seed: 7, ...reference }, [dense(50), dense(1)])
    const { data } = model.parameters().get('0.bias') ?? { data: [] }
    const random = new Philox(7, purpose.initialisation, 1)
    expect(Array.from(data)).toEqual(Array.from(data, () => Math.fround((2 * random.unit() - 1) / 3)))
    expect(Math.max(...numbers(model.parameters()).map(Math.abs))).toBeLessThan(1 / 3)
  })

  test('is the same for the same seed, another for another', () => {
    const make = (seed: number) => numbers(sequential({ inputs: 2, seed, ...reference }, [dense(2)]).parameters())
    expect(make(2 ** 40)).toEqual(make(2 ** 40))
    expect(make(2 ** 40)).not.toEqual(make(0))
  })

  test('takes layers that were JSON in between, and is JSON itself', () => {
    const layers = JSON.parse(JSON.stringify([dense(2, 'sigmoid'), dense(1)]))
    const model = sequential({ inputs: 2, ...reference }, layers)
    expect(JSON.parse(JSON.stringify(model))).toEqual(model.spec)
    expect(model.spec.nodes.map(({ name, from }) => [name, from])).toEqual([
      ['0', ['features']],
      ['2', ['0']],
    ])
  })

  test.each<[string, object, unknown, RegExp]>([
    ['no inputs', {}, [dense(1)], /inputs to be a whole number ≥ 1 but received undefined/],
    ['no layers', { inputs: 1 }, [], /at least one layer but received an array of 0/],
    ['a layer by itself', { inputs: 1 }, dense(1), /at least one layer/],
    [
      'what is no layer',
      { inputs: 1 },
      [dense(1), 'relu'],
      /layer 1 to be dense\(…\) or another layer but received 'relu'/,
    ],
    ['a layer of another kind', { inputs: 1 }, [{ type: 'conv2d' }], /layer 0 to be dense/],
    ['a spoilt layer', { inputs: 1 }, [{ ...dense(1), outputs: -1 }], /outputs/],
    ['a negative seed', { inputs: 1, seed: -1 }, [dense(1)], /seed/],
    ['another dtype', { inputs: 1, dtype: 'f16' }, [dense(1)], /dtype to be one of 'f32', 'f64'/],
    ['another backend', { inputs: 1, backend: 'gpu' }, [dense(1)], /backend to be one of 'native', 'reference'/],
    ['an unknown option', { inputs: 1, sead: 1 }, [dense(1)], /did you mean 'seed'/],
  ])('refuses %s', (_, options, layers, message) => {
    const make = () => sequential({ ...reference, ...options } as SequentialOptions, layers as Layer[])
    expect(make).toThrow(refusal('ERR_RAVINE_HYPERPARAMETER', message))
  })
})

test('RAVINE_THREADS that is no number of threads is refused', () => {
  vi.stubEnv('RAVINE_THREADS', 'many')
  expect(line).toThrow(refusal('ERR_RAVINE_HYPERPARAMETER', /^RAVINE_THREADS: .* received 'many'/))
  vi.unstubAllEnvs()
})

describe('parameters', () => {
  test('are copies', () => {
    const model = line()
    model.parameters().get('0.weight')?.data.fill(9)
    expect(numbers(model.parameters())).toEqual([0.5, 0])
  })

  test('go back as they came, into another model of the same layers', () => {
    const make = (seed: number) => sequential({ inputs: 2, seed, ...reference }, [dense(3, 'relu'), dense(1)])
    const [from, to] = [make(1), make(2)]
    to.setParameters(from.parameters())
    expect(to.parameters()).toEqual(from.parameters())
  })

  test('may be set in part, rounded to the type of the model', () => {
    const model = sequential({ inputs: 1, ...reference }, [dense(1)])
    const before = model.parameters().get('0.weight')
    model.setParameters({ '0.bias': new Float64Array([0.1]) })
    expect(model.parameters().get('0.bias')?.data).toEqual(new Float32Array([0.1]))
    expect(model.parameters().get('0.weight')).toEqual(before)
  })

  test.each<[string, object, string, RegExp]>([
    ['an unknown name', { '1.weight': [1] }, 'ERR_RAVINE_HYPERPARAMETER', /names among 0.weight, 0.bias/],
    ['a wrong length', { '0.weight': [1, 2] }, 'ERR_RAVINE_SHAPE', /0.weight of shape \[1, 1\] with 1 numbers/],
    ['a wrong shape', { '0.weight': { shape: [1], data: [1] } }, 'ERR_RAVINE_SHAPE', /received shape \[1\] with 1/],
    ['no numbers', { '0.weight': 'a' }, 'ERR_RAVINE_HYPERPARAMETER', /0.weight to be \{ shape, data \}/],
  ])('refuse %s, and nothing changes', (_, values, code, message) => {
    const model = line()
    expect(() => model.setParameters({ '0.bias': [9], ...values })).toThrow(refusal(code, message))
    expect(numbers(model.parameters())).toEqual([0.5, 0])
  })

  test('refuse an array without names', () => {
    const message = /a Map or an object of parameters by name .* received an array of 1/
    expect(() => line().setParameters([1] as never)).toThrow(refusal('ERR_RAVINE_HYPERPARAMETER', message))
  })
})

describe('step', () => {
  const batch = { features: new Float64Array([2]), targets: new Float64Array([3]) }

  test('moves a line as worked out by hand, parameters and velocities', () => {
    const model = line()
    const optimizer = sgd({ learningRate: 0.125, momentum: 0.5 })
    // y = 1, δ = 2(1 − 3) = −4, gradients −8 and −4: v = (−8, −4), θ = (0.5 + 1, 0 + 0.5)
    expect(model.step(batch, { loss: 'meanSquaredError', optimizer })).toEqual({ loss: 4 })
    expect(numbers(model.velocities())).toEqual([-8, -4])
    expect(numbers(model.parameters())).toEqual([1.5, 0.5])
    // y = 3.5, δ = 1, gradients 2 and 1: v = (−4 + 2, −2 + 1), θ = (1.5 + 0.25, 0.5 + 0.125)
    expect(model.step(batch, { optimizer })).toEqual({ loss: 0.25 })
    expect(numbers(model.velocities())).toEqual([-2, -1])
    expect(numbers(model.parameters())).toEqual([1.75, 0.625])
    // y = 4.125, δ = 2.25, gradients 4.5 and 2.25: v = (−1 + 4.5, −0.5 + 2.25), θ = (1.75 − 0.4375, 0.625 − 0.21875)
    expect(model.step(batch, { optimizer })).toEqual({ loss: 1.265625 })
    expect(numbers(model.velocities())).toEqual([3.5, 1.75])
    expect(numbers(model.parameters())).toEqual([1.3125, 0.40625])
  })

  test('tells the accuracy of labels', () => {
    const model = sequential({ inputs: 1, ...reference }, [dense(2)])
    model.setParameters({ '0.weight': [1, -1], '0.bias': [0, 0] })
    const labelled = { features: new Float32Array([1, 2, -3, -4]), labels: new Uint8Array([0, 0, 1, 0]) }
    expect(model.step(labelled, { optimizer: sgd({ learningRate: 0.1 }) }).accuracy).toBe(0.75)
  })

  test('counts steps: bias correction fades', () => {
    const model = line()
    const optimizer = sgd({ learningRate: 0.125, momentum: 0.5, form: 'ema', biasCorrection: true })
    // v = −4, v/(1 − 0.5) = −8: θ = 0.5 + 1; then gradient 2, v = −2 + 1, v/(1 − 0.25): θ = 1.5 + 0.125/0.75
    model.step(batch, { optimizer })
    model.step(batch, { optimizer })
    expectClose(model.parameters().get('0.weight')?.data ?? [], [1.5 + 0.125 / 0.75], { absolute: 1e-15 })
  })

  test('with another form of momentum starts the velocity from zero', () => {
    const model = line()
    model.step(batch, { optimizer: sgd({ learningRate: 0.125, momentum: 0.5 }) })
    model.step(batch, { optimizer: sgd({ learningRate: 0.125, momentum: 0.5, form: 'velocity' }) })
    // gradients 2 and 1 as above, times η
    expect(numbers(model.velocities())).toEqual([0.25, 0.125])
  })

  test('that diverges changes nothing, not even the kind of momentum', () => {
    const model = line()
    model.step(batch, { optimizer: sgd({ learningRate: 0.125, momentum: 0.5 }) })
    const before = [model.parameters(), model.velocities()]
    const targets = new Float64Array([1e200])
    const optimizer = sgd({ learningRate: 0.125, momentum: 0.5, form: 'ema' })
    const diverge = () => model.step({ ...batch, targets }, { optimizer })
    expect(diverge).toThrow(refusal('ERR_RAVINE_DIVERGED', /^step: expected a finite loss but received Infinity; try/))
    expect([model.parameters(), model.velocities()]).toEqual(before)
    model.step(batch, { optimizer: sgd({ learningRate: 0.125, momentum: 0.5 }) })
    expect(numbers(model.velocities())).toEqual([-2, -1])
  })

  test.each<[string, object, object, string, RegExp]>([
    [
      'no optimizer',
      batch,
      {},
      'ERR_RAVINE_HYPERPARAMETER',
      /optimizer to be sgd\(\{ … \}\) or another but received undefined/,
    ],
    ['a spoilt optimizer', batch, { optimizer: { type: 'sgd' } }, 'ERR_RAVINE_HYPERPARAMETER', /learningRate/],
    ['another loss', batch, { loss: 'multiclassHinge' }, 'ERR_RAVINE_HYPERPARAMETER', /a dataset of labels with loss/],
    ['no answers', { features: batch.features }, {}, 'ERR_RAVINE_DATA', /labels or targets/],
    ['too few answers', { ...batch, targets: new Float64Array(2) }, {}, 'ERR_RAVINE_SHAPE', /targets/],
    ['labels outside', { features: batch.features, labels: [2] }, {}, 'ERR_RAVINE_DATA', /labels\[0\]/],
  ])('refuses %s', (_, examples, options, code, message) => {
    const step = () => line().step(examples as typeof batch, options as { optimizer: never })
    expect(step).toThrow(refusal(code, message))
  })
})

describe('predict and evaluate', () => {
  const features = new Uint8Array([0, 51, 255])
  const targets = new Float64Array([1, 2, 3])
  const normalize = { mean: 0.2, std: 0.5 }

  test('raw features are normalised as the data that was learnt from', async () => {
    const model = line()
    const data = dataset({ features, targets, inputs: 1, normalize })
    await model.fit(data, { optimizer: sgd({ learningRate: 1e-300 }) })
    // (p/255 − 0.2)/0.5 · 0.5
    expectClose(await model.predict(features), [-0.2, 0, 0.8], { absolute: 1e-15 })
    expect(await model.predict(features)).toEqual(await model.predict(data))
    expectClose(await model.predict(new Float64Array([0.2, 1])), [0, 0.8], { absolute: 1e-15 })
  })

  test('untrained, features are taken as they are', async () => {
    expect(await line().predict(features)).toEqual(new Float64Array([0, 25.5, 127.5]))
  })

  test('no features give no outputs', async () => {
    expect(await line().predict(new Float64Array(0))).toEqual(new Float64Array(0))
  })

  test('evaluate gives the mean loss', async () => {
    const data = dataset({ features: new Float64Array([2, 4]), targets: new Float64Array([3, 3]), inputs: 1 })
    // (1 − 3)² and (2 − 3)²
    expect(await line().evaluate(data)).toEqual({ loss: 2.5 })
  })

  test('several wait for each other', async () => {
    const model = line()
    const all = [1, 2, 3].map((x) => model.predict(new Float64Array([x])))
    expect(await Promise.all(all)).toEqual([[0.5], [1], [1.5]].map((y) => new Float64Array(y)))
  })

  test('refuse what does not fit', async () => {
    const model = sequential({ inputs: 2, ...reference }, [dense(1)])
    const narrow = dataset({ features, targets, inputs: 1 })
    const wide = dataset({ features: features.subarray(0, 2), targets: targets.subarray(0, 2), inputs: 2, outputs: 2 })
    const shape = (message: RegExp) => refusal('ERR_RAVINE_SHAPE', message)
    await expect(model.predict(features)).rejects.toThrow(shape(/length examples · 2 but received length 3/))
    await expect(model.predict(narrow)).rejects.toThrow(shape(/a dataset of 2 inputs but received one of 1/))
    await expect(model.evaluate(narrow)).rejects.toThrow(shape(/2 inputs/))
    await expect(model.evaluate(wide)).rejects.toThrow(
      shape(/1 outputs, the outputs of the model, but received one of 2/),
    )
    await expect(model.predict([1, 2] as never)).rejects.toThrow(refusal('ERR_RAVINE_DATA', /a Uint8Array/))
    await expect(model.evaluate({} as never)).rejects.toThrow(refusal('ERR_RAVINE_DATA', /made by dataset/))
  })
})

test('a disposed model refuses everything', async () => {
  const model = line()
  const data = dataset({ features: new Float64Array([1]), targets: new Float64Array([1]), inputs: 1 })
  const optimizer = sgd({ learningRate: 0.1 })
  const waiting = model.predict(new Float64Array([1]))
  model[Symbol.dispose]()
  model.dispose()
  expect(await waiting).toEqual(new Float64Array([0.5]))
  const disposed = refusal('ERR_RAVINE_DISPOSED', /disposed of/)
  await expect(model.fit(data, { optimizer })).rejects.toThrow(disposed)
  await expect(model.evaluate(data)).rejects.toThrow(disposed)
  await expect(model.predict(data)).rejects.toThrow(disposed)
  for (const use of [
    () => model.step(data, { optimizer }),
    () => model.gradients(data),
    () => model.apply({}, optimizer),
    () => model.parameters(),
    () => model.setParameters({}),
    () => model.velocities(),
    () => model.setVelocities({}),
  ]) {
    expect(use).toThrow(disposed)
  }
})
