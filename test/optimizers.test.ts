import { describe, expect, test } from 'vitest'
import * as ravine from '../src/index.js'
import { type Optimizer, statesOf } from '../src/optimizer.js'
import { expectSameBits } from './bits.js'

const { adadelta, adagrad, adam, adamW, aggMo, amsgrad, lion, muon, nadam, qhm, radam, rmsprop, sgd, yellowFin } =
  ravine
const { cosine, linear } = ravine

/** Every optimizer, by its defaults and otherwise. */
const optimizers: Readonly<Record<string, Optimizer>> = {
  'sgd, scheduled': sgd({
    learningRate: cosine({ from: 0.1, to: 0.01, steps: 20 }),
    momentum: linear({ from: 0.5, to: 0.9, steps: 10 }),
    nesterov: true,
  }),
  'sgd, ema with a scheduled momentum': sgd({
    learningRate: 0.1,
    momentum: (step) => 0.9 - 0.5 / (step + 1),
    form: 'ema',
    biasCorrection: true,
  }),
  qhm: qhm({ learningRate: 0.5, beta: 0.9, weightDecay: 1e-3 }),
  aggMo: aggMo({ learningRate: 0.05 }),
  'aggMo, decoupled': aggMo({ learningRate: 0.05, betas: [0.5, 0.95], weightDecay: 1e-3, decoupled: true }),
  adam: adam(),
  'adam, coupled decay': adam({ learningRate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.01 }),
  adamW: adamW({ learningRate: linear({ from: 0.02, to: 0.001, steps: 20 }) }),
  amsgrad: amsgrad({ learningRate: 0.01 }),
  nadam: nadam({ learningRate: 0.01 }),
  radam: radam({ learningRate: 0.02, beta2: 0.9 }),
  rmsprop: rmsprop({ learningRate: 0.005 }),
  'rmsprop, centred, momentum': rmsprop({ learningRate: 0.005, centered: true, momentum: 0.9, weightDecay: 1e-3 }),
  adagrad: adagrad({ learningRate: 0.05, learningRateDecay: 0.01, initialAccumulator: 0.1 }),
  adadelta: adadelta({ weightDecay: 1e-3 }),
  lion: lion({ learningRate: 0.003, weightDecay: 0.01 }),
  muon: muon({ learningRate: 0.05 }),
  'muon, others': muon({
    learningRate: linear({ from: 0.05, to: 0.01, steps: 20 }),
    nesterov: false,
    adjust: 'matchRmsAdamW',
    weightDecay: 0.01,
    steps: 3,
    match: /weight/,
    others: sgd({ learningRate: 0.1, momentum: 0.9, parameterGroups: [{ match: '2.bias', frozen: true }] }),
  }),
  yellowFin: yellowFin(),
  'yellowFin, decay, groups': yellowFin({
    learningRate: 0.5,
    beta: 0.9,
    window: 5,
    weightDecay: 1e-3,
    parameterGroups: [{ match: '0.bias', frozen: true }],
  }),
  'sgd, restart by function': sgd({
    ...{ learningRate: 0.3, momentum: (step) => step / (step + 3), nesterov: true, restart: 'function' },
  }),
  'sgd, restart by gradient': sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, restart: 'gradient' }),
  'adam, groups': adam({
    learningRate: 0.01,
    parameterGroups: [
      { match: '0.weight', frozen: true },
      { match: /bias$/, learningRate: 0.05, beta1: 0.5 },
    ],
  }),
}

const INPUTS = 37
const EXAMPLES = 60

/** Numbers in (−1, 1) that look like chance. */
const noise = (length: number, salt: number) =>
  Float64Array.from({ length }, (_, i) => ((i * 7919 + salt * 104729) % 20011) / 10005.5 - 1)

const layers = [ravine.dense(40, 'tanh'), ravine.dense(5)]
const floats = ravine.dataset({
  features: Float32Array.from(noise(EXAMPLES * INPUTS, 1)),
  labels: Uint8Array.from({ length: EXAMPLES }, (_, i) => (i * 3) % 5),
  inputs: INPUTS,
})
/** Mostly zero, and normalised: the first layer visits only the others. */
const bytes = ravine.dataset({
  features: Uint8Array.from(noise(EXAMPLES * INPUTS, 2), (x, i) => (i % 7 === 0 ? 1 + Math.floor(120 * (x + 1)) : 0)),
  labels: Uint8Array.from({ length: EXAMPLES }, (_, i) => (i * 3) % 5),
  inputs: INPUTS,
  normalize: { mean: 0.1, std: 0.3 },
})

type Settings = Partial<ravine.SequentialOptions> & { readonly data?: ravine.Dataset; readonly widths?: ravine.Layer[] }

/** What a model is after 24 steps: parameters and states. */
async function trained(optimizer: Optimizer, { data = floats, widths = layers, ...settings }: Settings) {
  const model = ravine.sequential({ inputs: INPUTS, seed: 4, ...settings }, widths)
  await model.fit(data, { optimizer, epochs: 4, batchSize: 11 })
  const trace = new Map([...model.parameters()].map(([name, { data }]) => [name, data]))
  for (const [state, values] of model.state()) {
    for (const [name, { data }] of values) trace.set(`${state} of ${name}`, data)
  }
  model.dispose()
  return trace
}

describe.each(Object.entries(optimizers))('%s', (_, optimizer) => {
  test.each(['f32', 'f64'] as const)('has the bits of the reference, whatever the threads, in %s', async (dtype) => {
    for (const data of [floats, bytes]) {
      const expected = await trained(optimizer, { backend: 'reference', dtype, data })
      for (const threads of [1, 3]) expectSameBits(await trained(optimizer, { threads, dtype, data }), expected)
    }
  })

  test('has them with a single output, and where a step is too small for tiles', async () => {
    const targets = Float64Array.from(noise(EXAMPLES, 3))
    for (const inputs of [INPUTS, 2]) {
      const features = Float32Array.from(noise(EXAMPLES * inputs, 1))
      const given = { data: ravine.dataset({ features, targets, inputs }), widths: [ravine.dense(1)], inputs }
      expectSameBits(await trained(optimizer, given), await trained(optimizer, { backend: 'reference', ...given }))
    }
  })

  test('learns', async () => {
    const model = ravine.sequential({ inputs: INPUTS, seed: 4 }, layers)
    const history = await model.fit(floats, { optimizer, epochs: 30, batchSize: 10 })
    expect(history[29].loss).toBeLessThan(0.9 * history[0].loss)
    expect([...model.state().keys()]).toEqual(statesOf(optimizer))
    model.dispose()
  })

  test('takes half a step by gradients and another by apply, to the bit', () => {
    if ('restart' in optimizer && optimizer.restart === 'function') {
      const model = ravine.sequential({ inputs: INPUTS, seed: 4 }, layers)
      expect(() => model.apply(model.gradients(floats), optimizer)).toThrow(
        /apply: expected .* which looks at the loss/,
      )
      return
    }
    const [whole, halves] = [1, 2].map(() => ravine.sequential({ inputs: INPUTS, seed: 4 }, layers))
    for (let step = 0; step < 4; step++) {
      whole.step(floats, { optimizer })
      halves.apply(halves.gradients(floats), optimizer)
    }
    const trace = (model: ravine.Model) => new Map([...model.parameters()].map(([name, { data }]) => [name, data]))
    expectSameBits(trace(halves), trace(whole))
  })

  test('is plain data that says all', () => {
    if (Object.values(optimizer).some((value) => typeof value === 'function')) return
    if (optimizer.parameterGroups || 'match' in optimizer) return
    const again = JSON.parse(JSON.stringify(optimizer))
    const model = ravine.sequential({ inputs: INPUTS }, layers)
    expect(Object.isFrozen(optimizer)).toBe(true)
    expect(() => model.step(floats, { optimizer: again })).not.toThrow()
  })
})

test('frozen parameters stay, others of a group follow its numbers', async () => {
  const before = ravine.sequential({ inputs: INPUTS, seed: 4 }, layers).parameters()
  const after = await trained(optimizers['adam, groups'], {})
  expect(after.get('0.weight')).toEqual(before.get('0.weight')?.data)
  expect(after.get('2.weight')).not.toEqual(before.get('2.weight')?.data)
  const slow = await trained(adam({ learningRate: 0.01, parameterGroups: [{ match: '0.weight', frozen: true }] }), {})
  expect(after.get('0.bias')).not.toEqual(slow.get('0.bias'))
})

test('schedules may come as plain data that leaves some to its defaults', () => {
  const learningRate = { type: 'cosineRestarts', from: 0.1, steps: 5 } as ravine.Schedule
  const whole = ravine.cosineRestarts({ from: 0.1, steps: 5 })
  expect(sgd({ learningRate }).learningRate).toEqual(whole)
  const step = (optimizer: Optimizer) => {
    const model = ravine.sequential({ inputs: INPUTS, seed: 4 }, layers)
    for (let i = 0; i < 3; i++) model.step(floats, { optimizer })
    return new Map([...model.parameters()].map(([name, { data }]) => [name, data]))
  }
  const grouped = (rate: ravine.Schedule) =>
    sgd({ learningRate: 0.1, parameterGroups: [{ match: /weight/, learningRate: rate }] })
  expectSameBits(step(grouped(learningRate)), step(grouped(whole)))
})

test('a change of momentum takes effect at once', () => {
  const step = (momentum: (step: number) => number) => {
    const model = ravine.sequential({ inputs: 1, dtype: 'f64' }, [ravine.dense(1, 'linear', { bias: false })])
    model.setParameters({ '0.weight': [0] })
    // The gradient is −2 at 0: v = −2, θ = 0.2; then −1.6 and v = μ·(−2) − 1.6.
    const data = ravine.dataset({ features: Float64Array.of(1), targets: Float64Array.of(1), inputs: 1 })
    const optimizer = sgd({ learningRate: 0.1, momentum })
    for (let i = 0; i < 2; i++) model.step(data, { optimizer })
    return model.velocities().get('0.weight')?.data[0]
  }
  expect(step(() => 0.5)).toBeCloseTo(-2.6, 12)
  expect(step((step) => (step === 1 ? 0 : 0.5))).toBeCloseTo(-1.6, 12)
})

test('another optimizer begins anew, and one that is not yet one of another kind goes on', () => {
  const model = ravine.sequential({ inputs: INPUTS, seed: 4 }, layers)
  model.step(floats, { optimizer: adam() })
  expect([...model.state().keys()]).toEqual(['firstMoment', 'secondMoment'])
  model.step(floats, { optimizer: adam({ learningRate: 0.1 }) })
  const [first] = model.state().values()
  model.step(floats, { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) })
  expect([...model.state().keys()]).toEqual(['velocity'])
  expect(model.velocities().get('2.bias')?.data).not.toEqual(first.get('2.bias')?.data)
})

describe('refusals name option and value', () => {
  test.each([
    ['a rate of 0', () => adam({ learningRate: 0 }), /adam: expected learningRate to be a number > 0 .* received 0/],
    ['a β of 1', () => adam({ beta2: 1 }), /beta2 to be a number in \[0, 1\) but received 1/],
    ['an ε of 0', () => amsgrad({ epsilon: 0 }), /epsilon to be a number > 0 but received 0/],
    ['NaN', () => rmsprop({ decay: Number.NaN }), /decay to be .* received NaN/],
    ['a negative decay', () => lion({ weightDecay: -1 }), /weightDecay to be .* received -1/],
    ['decoupled without decay', () => adam({ decoupled: true }), /weightDecay > 0 with decoupled/],
    ['decoupled without decay, sgd', () => sgd({ learningRate: 1, decoupled: true }), /weightDecay > 0 with decoupled/],
    ['too many betas', () => aggMo({ learningRate: 1, betas: Array(9).fill(0.5) }), /betas to be an array of one to 8/],
    ['a ν above 1', () => qhm({ learningRate: 1, nu: 1.5 }), /nu to be a number in \[0, 1\] but received 1.5/],
    ['no rate', () => qhm({} as ravine.QhmOptions), /a learningRate > 0 but received undefined/],
    ['an unknown option', () => adam({ beta: 0.9 } as ravine.AdamOptions), /received 'beta'; did you mean 'beta1'\?/],
    ['a group without match', () => adam({ parameterGroups: [{} as never] }), /parameterGroups: expected match/],
    [
      'a group out of range',
      () => adam({ parameterGroups: [{ match: /./, beta1: 2 }] }),
      /parameterGroups: expected beta1 .* received 2/,
    ],
  ] as const)('%s', (_, make, message) => {
    const refusal = { code: 'ERR_RAVINE_HYPERPARAMETER', message: expect.stringMatching(message) }
    expect(make).toThrow(expect.objectContaining(refusal))
  })

  test('a schedule that leaves its range names the step, and nothing has changed', () => {
    const model = ravine.sequential({ inputs: INPUTS, seed: 4 }, layers)
    const optimizer = sgd({ learningRate: (step) => (step < 2 ? 0.1 : Number.NaN), momentum: 0.9 })
    for (let i = 0; i < 2; i++) model.step(floats, { optimizer })
    const before = model.parameters()
    expect(() => model.step(floats, { optimizer })).toThrow(/learningRate to be .* at step 2 but received NaN/)
    expect(model.parameters()).toEqual(before)
  })
})

describe.each(['native', 'reference'] as const)('clipping, %s', (backend) => {
  const optimizer = sgd({ learningRate: 1 })
  const start = () => ravine.sequential({ inputs: INPUTS, seed: 4, dtype: 'f64', backend }, layers)
  const doubles = ravine.dataset({
    features: Float64Array.from(noise(EXAMPLES * INPUTS, 1)),
    labels: Uint8Array.from({ length: EXAMPLES }, (_, i) => (i * 3) % 5),
    inputs: INPUTS,
  })

  /** The gradients that a fit of one step has taken off. */
  async function taken(options: Partial<ravine.FitOptions>): Promise<Float64Array> {
    const model = start()
    const before = [...model.parameters().values()].flatMap(({ data }) => [...data])
    await model.fit(doubles, { optimizer, batchSize: EXAMPLES, ...options })
    const after = [...model.parameters().values()].flatMap(({ data }) => [...data])
    return Float64Array.from(before, (value, i) => value - after[i])
  }

  const norm = (values: Float64Array) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0))
  const largest = (values: Float64Array) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  const far = (a: Float64Array, b: Float64Array) => largest(a.map((x, i) => x - b[i]))

  test('by norm scales all gradients together, and leaves small ones as they are', async () => {
    const free = await taken({})
    const half = norm(free) / 2
    const clipped = await taken({ clipNorm: half })
    expect(norm(clipped)).toBeLessThan(half)
    expect(
      far(
        clipped,
        free.map((g) => (g * half) / (norm(free) + 1e-6)),
      ),
    ).toBeLessThan(1e-14)
    expect(await taken({ clipNorm: 3 * norm(free) })).toEqual(free)
  })

  test('by value bounds each, before the norm is taken', async () => {
    const free = await taken({})
    const limit = largest(free) / 3
    const clipped = await taken({ clipValue: limit })
    expect(
      far(
        clipped,
        free.map((g) => Math.max(-limit, Math.min(limit, g))),
      ),
    ).toBeLessThan(1e-14)
    const both = await taken({ clipValue: limit, clipNorm: norm(clipped) / 2 })
    expect(norm(both) / norm(clipped)).toBeCloseTo(0.5, 5)
  })
})

test('clipping has the bits of the reference, whatever the threads', async () => {
  const run = async (settings: Partial<ravine.SequentialOptions>) => {
    const model = ravine.sequential({ inputs: INPUTS, seed: 4, ...settings }, layers)
    const optimizer = adam({ learningRate: 0.01, parameterGroups: [{ match: '2.bias', frozen: true }] })
    await model.fit(bytes, { optimizer, epochs: 3, batchSize: 11, clipNorm: 0.1, clipValue: 0.02 })
    return new Map([...model.parameters()].map(([name, { data }]) => [name, data]))
  }
  for (const dtype of ['f32', 'f64'] as const) {
    const expected = await run({ backend: 'reference', dtype })
    for (const threads of [1, 2, 3, 7]) expectSameBits(await run({ threads, dtype }), expected)
  }
})

test('accumulated batches are one batch of so many times the size', async () => {
  const run = async (options: Partial<ravine.FitOptions>) => {
    const model = ravine.sequential({ inputs: INPUTS, seed: 4 }, layers)
    const history = await model.fit(floats, { optimizer: adam(), epochs: 3, ...options })
    expect(history.at(-1)?.steps).toBe(15)
    return new Map([...model.parameters()].map(([name, { data }]) => [name, data]))
  }
  expectSameBits(await run({ batchSize: 3, accumulate: 4 }), await run({ batchSize: 12 }))
})
