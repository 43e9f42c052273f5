import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Backend, EngineData, TrainJob } from '../src/backend.js'
import { dataset } from '../src/dataset.js'
import { chain } from '../src/graph.js'
import { initialise } from '../src/initialise.js'
import { dense } from '../src/layers.js'
import { crossEntropy, huber } from '../src/loss.js'
import { nativeEngine } from '../src/native.js'
import { sgd } from '../src/optimizers/sgd.js'
import { Philox } from '../src/random.js'
import { referenceEngine } from '../src/reference/engine.js'
import { type BackendName, sequential } from '../src/sequential.js'
import type { Dtype, FloatArray, Loss, LossName } from '../src/spec.js'
import { losses } from '../src/spec.js'
import { type Answers, answersFor, everyLoss } from './answers.js'
import { expectSameBits, type Trace } from './bits.js'
import { expectClose } from './close.js'
import { ruleOf } from './rules.js'
import { identity, saying } from './saying.js'

/** Rows of outputs, what they should have been, and the mean loss with its gradient by the outputs. */
interface Case {
  readonly loss: LossName
  readonly options: object
  readonly outputs: readonly (readonly number[])[]
  readonly labels?: readonly number[]
  readonly targets?: readonly (readonly number[])[]
  readonly weights: readonly number[] | null
  readonly mean: number
  readonly gradient: readonly (readonly number[])[]
}

const golden: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('golden/losses.json', import.meta.url), 'utf8'),
)
const backends: readonly BackendName[] = ['native', 'reference']
const dtypes: readonly Dtype[] = ['f32', 'f64']

const nameOf = (loss: Loss) => (typeof loss === 'string' ? loss : JSON.stringify(loss))
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code: `ERR_RAVINE_${code}`, message: expect.stringMatching(message) })

/** The mean loss of rows of outputs, and its gradient by them. */
function judged(
  outputs: readonly (readonly number[])[],
  answers: Answers,
  loss: Loss,
  backend: BackendName,
  dtype: Dtype = 'f64',
  exampleWeights?: readonly number[],
): { value: number; gradient: number[][]; accuracy?: number } {
  const model = saying(outputs, backend, dtype)
  const batch = { features: identity(outputs.length), ...answers }
  const turned = model.gradients(batch, { loss, exampleWeights })['0.weight']
  const gradient = outputs.map((row, r) => row.map((_, j) => turned[j * outputs.length + r]))
  const { loss: value, accuracy } = model.step(batch, { loss, exampleWeights, optimizer: sgd({ learningRate: 1e-9 }) })
  return { value, gradient, accuracy }
}

const answersOf = ({ labels, targets }: Pick<Case, 'labels' | 'targets'>): Answers =>
  labels ? { labels } : { targets: Float64Array.from((targets ?? []).flat()) }

describe.each(backends)('losses as in PyTorch and optax, %s', (backend) => {
  const lossOf = ({ loss, options }: Case) => ({ type: loss, ...options }) as Loss
  const named = golden.cases.map((run) => {
    const answers = run.labels ? 'labels' : 'targets'
    return [nameOf(lossOf(run)), run.weights ? `weighted ${answers}` : answers, run] as const
  })

  test.each(named)('%s of %s', (_, __, run) => {
    const weights = run.weights ?? undefined
    const { value, gradient } = judged(run.outputs, answersOf(run), lossOf(run), backend, 'f64', weights)
    expectClose(value, run.mean, { relative: 1e-13 })
    expectClose(gradient.flat(), run.gradient.flat(), { relative: 1e-12, absolute: 1e-15 })
  })

  test('every loss is among them', () => {
    expect([...new Set(golden.cases.map(({ loss }) => loss))].sort()).toEqual([...losses].sort())
  })
})

describe.each(backends)('losses by hand, %s', (backend) => {
  const { log, exp, cosh, tanh } = Math

  test.each<[string, Loss, number[][], Answers, number, number[][]]>([
    // d = 3 and −0.5: 2·(3 − 1) = 4 and 0.125.
    [
      'huber of delta 2',
      huber({ delta: 2 }),
      [[3], [-0.5]],
      { targets: Float64Array.of(0, 0) },
      4.125 / 2,
      [[1], [-0.25]],
    ],
    ['meanAbsoluteError', 'meanAbsoluteError', [[3, 1]], { targets: Float64Array.of(1, 1) }, 1, [[0.5, 0]]],
    ['logCosh', 'logCosh', [[0.5]], { targets: Float64Array.of(0) }, log(cosh(0.5)), [[tanh(0.5)]]],
    ['hinge', 'hinge', [[0.25, -2, 3]], { targets: Float64Array.of(1, 1, 1) }, 3.75 / 3, [[-1 / 3, -1 / 3, 0]]],
    ['hinge on its corner', 'hinge', [[1]], { labels: [1] }, 0, [[0]]],
    ['squaredHinge', 'squaredHinge', [[0.5], [0.5]], { labels: [0, 1] }, (2.25 + 0.25) / 2, [[1.5], [-0.5]]],
    // The margins of 3 and 1 over label 1 of 2.5: 1.5 and −0.5.
    ['multiclassHinge', 'multiclassHinge', [[3, 2.5, 1]], { labels: [1] }, 0.5, [[1 / 3, -1 / 3, 0]]],
    ['multiclassHinge of no margin', 'multiclassHinge', [[0, 5, 1]], { labels: [1] }, 0, [[0, 0, 0]]],
    ['poisson', 'poisson', [[0.5]], { targets: Float64Array.of(2) }, exp(0.5) - 1, [[exp(0.5) - 2]]],
    ['binaryCrossEntropy', 'binaryCrossEntropy', [[0], [0]], { labels: [0, 1] }, log(2), [[0.25], [-0.25]]],
    [
      'binaryCrossEntropy, one against the others',
      'binaryCrossEntropy',
      [[0, 0]],
      { labels: [1] },
      log(2),
      [[0.25, -0.25]],
    ],
    // Shares of 0.9 and 0.1 of two logits of equal size.
    ['smooth crossEntropy', crossEntropy({ labelSmoothing: 0.2 }), [[0, 0]], { labels: [0] }, log(2), [[-0.4, 0.4]]],
    ['kullbackLeibler', 'kullbackLeibler', [[0, 0]], { targets: Float64Array.of(1, 0) }, log(2), [[-0.5, 0.5]]],
    ['kullbackLeibler of what is so', 'kullbackLeibler', [[3, 3]], { targets: Float64Array.of(0.5, 0.5) }, 0, [[0, 0]]],
  ])('%s', (_, loss, outputs, answers, value, gradient) => {
    const found = judged(outputs, answers, loss, backend)
    expectClose(found.value, value, { relative: 1e-14, absolute: 1e-16 })
    expectClose(found.gradient.flat(), gradient.flat(), { relative: 1e-14, absolute: 1e-16 })
  })

  test('logCosh near 0 and far away keeps its digits', () => {
    const of = (d: number) => judged([[d]], { targets: Float64Array.of(0) }, 'logCosh', backend).value
    for (const d of [1e-3, 1e-8, 1e-150])
      expectClose(of(d), (d * d) / 2 - d ** 4 / 12 + d ** 6 / 45, { relative: 1e-14 })
    expect([of(0), of(1e4), of(-1e300)]).toEqual([0, 1e4 - Math.LN2, 1e300])
  })

  test('far logits neither overflow nor lose the gradient', () => {
    const far = (loss: Loss, answers: Answers) => judged([[1e4], [-1e4]], answers, loss, backend)
    const [right, wrong] = [{ labels: [1, 0] }, { labels: [0, 1] }]
    expect(far('binaryCrossEntropy', right)).toEqual({ value: 0, gradient: [[0], [0]], accuracy: 1 })
    expect(far('binaryCrossEntropy', wrong)).toEqual({ value: 1e4, gradient: [[0.5], [-0.5]], accuracy: 0 })
    expect(far('hinge', wrong)).toEqual({ value: 1 + 1e4, gradient: [[0.5], [-0.5]], accuracy: 0 })
    const pair = (loss: Loss, targets: Float64Array) => judged([[1e4, -1e4]], { targets }, loss, backend, 'f32')
    expect(pair('crossEntropy', Float64Array.of(0, 1))).toEqual({ value: 2e4, gradient: [[1, -1]], accuracy: 0 })
    expect(pair('kullbackLeibler', Float64Array.of(1, 0))).toEqual({ value: 0, gradient: [[0, 0]], accuracy: 1 })
    expect(pair(crossEntropy({ labelSmoothing: 0.5 }), Float64Array.of(1, 0)).value).toBe(5e3)
  })

  test('a loss that overflows ends the step', () => {
    const answers = { targets: Float64Array.of(1) }
    expect(() => judged([[1e4]], answers, 'poisson', backend)).toThrow(refusal('DIVERGED', /received Infinity/))
  })

  test.each(everyLoss.map((loss) => [nameOf(loss), loss] as const))(
    'outputs that are no numbers end the step: %s',
    (_, loss) => {
      for (const answers of answersFor(loss, 1, 3)) {
        // ∞ − ∞ in every output.
        const layers = [dense(2, 'linear', { bias: false }), dense(3, 'linear', { bias: false })]
        const model = sequential({ inputs: 1, dtype: 'f64', backend }, layers)
        model.setParameters({ '0.weight': [1e300, 1e300], '1.weight': [1, -1, 1, -1, 1, -1] })
        const before = model.parameters()
        const step = () =>
          model.step({ features: Float64Array.of(1e10), ...answers }, { loss, optimizer: sgd({ learningRate: 1 }) })
        expect(step).toThrow(refusal('DIVERGED', /received NaN/))
        expect(model.parameters()).toEqual(before)
      }
    },
  )

  test.each<[string, Loss, number[][], Answers, number]>([
    [
      'crossEntropy of shares',
      'crossEntropy',
      [
        [1, 2],
        [2, 1],
      ],
      { targets: Float64Array.of(0.4, 0.6, 0.4, 0.6) },
      0.5,
    ],
    [
      'binaryCrossEntropy of parts',
      'binaryCrossEntropy',
      [[1], [-1], [2]],
      { targets: Float64Array.of(0.6, 0.7, 0.2) },
      1 / 3,
    ],
    [
      'binaryCrossEntropy, all outputs',
      'binaryCrossEntropy',
      [
        [1, -1],
        [1, 1],
      ],
      { targets: Float64Array.of(1, 0, 1, 0) },
      0.5,
    ],
    ['hinge of labels 0 and 1', 'hinge', [[0.1], [-0.1], [0]], { labels: [1, 1, 0] }, 2 / 3],
    [
      'squaredHinge of classes',
      'squaredHinge',
      [
        [-3, -2, -1],
        [5, 4, 3],
      ],
      { labels: [2, 1] },
      0.5,
    ],
    [
      'multiclassHinge',
      'multiclassHinge',
      [
        [1, 2],
        [1, 2],
      ],
      { labels: [1, 0] },
      0.5,
    ],
  ])('accuracy of %s', (_, loss, outputs, answers, accuracy) => {
    expect(judged(outputs, answers, loss, backend).accuracy).toBe(accuracy)
  })

  test('regressions have no accuracy', () => {
    const answers = { targets: Float64Array.of(1) }
    for (const loss of ['meanSquaredError', 'huber', 'poisson'] as const) {
      expect(judged([[1]], answers, loss, backend).accuracy).toBeUndefined()
    }
  })
})

/** Losses, parameters and velocities of some steps, and the gradients and the evaluation after them. */
async function trace(
  backend: Backend,
  loss: Loss,
  data: EngineData,
  dtype: Dtype,
  width: number,
  way: Partial<TrainJob>,
) {
  const spec = chain(3, dtype, [dense(4, 'tanh'), dense(width, width === 2 ? 'tanh' : 'linear')])
  const engine = backend(spec, initialise(spec, 5))
  const copy = engine.dataset(data)
  const update = ruleOf(sgd({ learningRate: 0.3, momentum: 0.9 }), spec)
  const rest = { epochs: 3, firstEpoch: 0, shuffle: true, seed: 1, threads: 1, logEvery: 0, batchSize: 7 }
  const result = await engine.train(copy, { loss, update, ...rest, ...way }, () => {})
  const { weights } = way
  const { gradients, ...found } = engine.gradients(copy, loss, 1, weights)
  const states = new Map<string, FloatArray>([
    ['losses', result.losses],
    ['correct', result.correct],
    [
      'evaluation',
      Float64Array.of(...Object.values(await engine.evaluate(copy, loss, 1, weights)), ...Object.values(found)),
    ],
  ])
  for (const [i, values] of gradients.entries()) states.set(`gradient ${i}`, values)
  for (const [i, values] of engine.parameters().entries()) states.set(`parameter ${i}`, values)
  engine.dispose()
  return states
}

describe.each(dtypes)('every loss has the bits of the reference, %s', (dtype) => {
  // One of tiles of rows, a panel and more, and one that is small enough for plain loops.
  describe.each([1, 2, 3, 37])('%d outputs', (width) => {
    test.each(everyLoss.map((loss) => [nameOf(loss), loss] as const))('%s', async (_, loss) => {
      const random = new Philox(3, 0)
      const examples = 19
      const features = Float64Array.from({ length: 3 * examples }, () => 4 * random.unit() - 2)
      for (const answers of answersFor(loss, examples, width)) {
        const labels = answers.labels && Uint32Array.from(answers.labels)
        const data: EngineData = { features, examples, labels, targets: answers.targets }
        const weights = Float64Array.from({ length: examples }, (_, i) => (i % 5 === 4 ? -0.3 : (i % 4) / 3))
        const traced = (backend: Backend, way: Partial<TrainJob>) => trace(backend, loss, data, dtype, width, way)
        const plain = await traced(referenceEngine, {})
        const weighted = await traced(referenceEngine, { weights })
        for (const states of [plain, weighted]) expectFinite(states)
        for (const way of [{}, { fused: false }, { threads: 3 }]) {
          expectSameBits(await traced(nativeEngine, way), plain)
          expectSameBits(await traced(nativeEngine, { ...way, weights }), weighted)
        }
        expectSameBits(await traced(nativeEngine, { weights: new Float64Array(examples).fill(1) }), plain)
      }
    })
  })
})

function expectFinite(states: Trace): void {
  for (const values of states.values()) expect(values.every(Number.isFinite)).toBe(true)
  expect(states.get('losses')).toHaveLength(3)
}

describe('central differences', () => {
  const outputs = [
    [0.7, -1.3, 0.2],
    [-0.4, 0.9, 1.6],
    [2.1, 0.3, -0.8],
  ]

  test.each(everyLoss.map((loss) => [nameOf(loss), loss] as const))('%s', (_, loss) => {
    const step = 1e-6
    for (const answers of answersFor(loss, 3, 3)) {
      const weights = [1.5, -0.5, 0.25]
      const { gradient } = judged(outputs, answers, loss, 'native', 'f64', weights)
      for (const [r, row] of outputs.entries()) {
        for (const [j] of row.entries()) {
          const moved = (by: number) => {
            const rows = outputs.map((row) => [...row])
            rows[r][j] += by
            return judged(rows, answers, loss, 'native', 'f64', weights).value
          }
          expectClose(gradient[r][j], (moved(step) - moved(-step)) / (2 * step), { relative: 1e-7, absolute: 1e-8 })
        }
      }
    }
  })
})

describe('a loss as plain data', () => {
  test('is frozen, survives JSON, and a bare name has the defaults', () => {
    expect(huber({ delta: 2 })).toEqual({ type: 'huber', delta: 2 })
    expect([huber(), crossEntropy()]).toEqual([
      { type: 'huber', delta: 1 },
      { type: 'crossEntropy', labelSmoothing: 0 },
    ])
    expect(Object.isFrozen(huber()) && Object.isFrozen(crossEntropy())).toBe(true)
    const answers = { targets: Float64Array.of(0) }
    const value = (loss: Loss) => judged([[3]], answers, loss, 'native').value
    expect(value('huber')).toBe(value(huber()))
    expect(value(JSON.parse(JSON.stringify(huber({ delta: 2 }))))).toBe(4)
    expect(value({ type: 'huber' } as Loss)).toBe(2.5)
  })

  test.each<[string, () => unknown, RegExp]>([
    ['a delta of 0', () => huber({ delta: 0 }), /^huber: expected delta to be a number > 0 but received 0/],
    ['a delta that is no number', () => huber({ delta: NaN }), /delta .* received NaN/],
    ['an unknown option', () => huber({ detla: 1 } as object), /did you mean 'delta'/],
    ['a smoothing of 1', () => crossEntropy({ labelSmoothing: 1 }), /labelSmoothing to be a number in \[0, 1\)/],
    ['a smoothing below 0', () => crossEntropy({ labelSmoothing: -0.1 }), /labelSmoothing .* received -0.1/],
  ])('refuses %s', (_, make, message) => expect(make).toThrow(refusal('HYPERPARAMETER', message)))
})

describe('refuses', () => {
  const [two, one] = [[[0, 0]], [[0]]]
  const targets = (...values: number[]) => ({ targets: Float64Array.from(values) })
  const labels = (...values: number[]) => ({ labels: values })

  test.each<[string, unknown, number[][], Answers, string, RegExp]>([
    ['an unknown name', 'huberr', one, targets(0), 'HYPERPARAMETER', /loss to be one of 'crossEntropy', .* 'huberr'/],
    ['no name', 3, one, targets(0), 'HYPERPARAMETER', /loss to be one of/],
    ['null', null, one, targets(0), 'HYPERPARAMETER', /loss to be one of .* null/],
    ['data of an unknown type', { type: 'l1' }, one, targets(0), 'HYPERPARAMETER', /type of loss to be one of .* 'l1'/],
    ['data with a number of another loss', { type: 'hinge', delta: 1 }, one, targets(1), 'HYPERPARAMETER', /'delta'/],
    [
      'data with a bad number',
      { type: 'huber', delta: -1 },
      one,
      targets(0),
      'HYPERPARAMETER',
      /loss 'huber': .*delta/,
    ],
    [
      'labels for a regression',
      'huber',
      two,
      labels(0),
      'HYPERPARAMETER',
      /a dataset of targets with loss 'huber' .* 'labels'/,
    ],
    ['labels for shares', 'kullbackLeibler', two, labels(0), 'HYPERPARAMETER', /a dataset of targets/],
    ['targets for classes', 'multiclassHinge', two, targets(0, 1), 'HYPERPARAMETER', /a dataset of labels/],
    [
      'shares that are negative',
      'crossEntropy',
      two,
      targets(1.5, -0.5),
      'DATA',
      /targets\[1\] \(example 0, column 1\) to be a number ≥ 0 with loss 'crossEntropy' .* -0.5/,
    ],
    [
      'shares of too little',
      'crossEntropy',
      two,
      targets(0.5, 0.4),
      'DATA',
      /targets of example 0 to sum to 1 .* received 0.9$/,
    ],
    ['shares of too much', 'kullbackLeibler', two, targets(0.5, 0.6), 'DATA', /to sum to 1/],
    [
      'parts above 1',
      'binaryCrossEntropy',
      two,
      targets(0.5, 1.1),
      'DATA',
      /in \[0, 1\] with loss 'binaryCrossEntropy'/,
    ],
    ['parts below 0', 'binaryCrossEntropy', two, targets(0.5, -0.1), 'DATA', /targets\[1\]/],
    ['a side of 0', 'hinge', one, targets(0), 'DATA', /-1 or 1 with loss 'hinge' but received 0/],
    ['a side of 2', 'squaredHinge', one, targets(2), 'DATA', /-1 or 1/],
    ['a count below 0', 'poisson', one, targets(-1), 'DATA', /a number ≥ 0 with loss 'poisson'/],
    ['a label of 2 for one output', 'hinge', one, labels(2), 'DATA', /labels\[0\] to be a whole number in \[0, 2\)/],
    ['classes for one output', 'crossEntropy', one, labels(1), 'SHAPE', /classes/],
  ])('%s', (_, loss, outputs, answers, code, message) => {
    const model = saying(outputs, 'native')
    const batch = { features: identity(1), ...answers }
    const optimizer = sgd({ learningRate: 0.1 })
    const before = model.parameters()
    for (const call of [
      () => model.step(batch, { loss: loss as Loss, optimizer }),
      () => model.gradients(batch, { loss: loss as Loss }),
    ]) {
      expect(call).toThrow(refusal(code, message))
    }
    expect(model.parameters()).toEqual(before)
  })

  test('three classes for one output, of fit, evaluate and validation', async () => {
    const model = saying(one, 'native')
    const good = dataset({ features: identity(1), labels: [1], inputs: 1, classes: 2 })
    const bad = dataset({ features: identity(1), labels: [1], inputs: 1, classes: 3 })
    const options = { loss: 'hinge', optimizer: sgd({ learningRate: 0.1 }) } as const
    const shape = refusal('SHAPE', /1 classes, .* one of 3/)
    await expect(model.fit(bad, options)).rejects.toThrow(shape)
    await expect(model.evaluate(bad, { loss: 'hinge' })).rejects.toThrow(shape)
    await expect(model.fit(good, { ...options, validation: bad })).rejects.toThrow(refusal('SHAPE', /^fit: validation/))
    expect((await model.fit(good, { ...options, metrics: ['accuracy'] }))[0].accuracy).toBe(0)
  })
})
