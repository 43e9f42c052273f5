import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { dataset } from '../src/dataset.js'
import type { DatasetOptions } from '../src/datasetOptions.js'
import { dense } from '../src/layers.js'
import { f1, precision, recall, topK } from '../src/metrics/classes.js'
import type { Answered, Metric, MetricSpec } from '../src/metrics.js'
import { sgd } from '../src/optimizers/sgd.js'
import type { Scores } from '../src/scores.js'
import { type BackendName, sequential } from '../src/sequential.js'
import type { Loss } from '../src/spec.js'
import { expectClose } from './close.js'
import { identity, saying } from './saying.js'

type Rows = readonly (readonly number[])[]
interface Case {
  readonly outputs: Rows
  readonly labels?: readonly number[]
  readonly targets?: Rows
  readonly threshold?: number
  readonly [metric: string]: unknown
}
const golden: Readonly<Record<'classes' | 'binary' | 'regression', readonly Case[]>> = JSON.parse(
  readFileSync(new URL('golden/metrics.json', import.meta.url), 'utf8'),
)

const backends: readonly BackendName[] = ['native', 'reference']
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code: `ERR_RAVINE_${code}`, message: expect.stringMatching(message) })

type Answers = Pick<DatasetOptions, 'labels' | 'targets' | 'classes' | 'outputs'>

/** Scores of a model that says these outputs. */
function scores(
  outputs: Rows,
  answers: Answers,
  metrics: readonly Metric[],
  loss?: Loss,
  backend: BackendName = 'native',
): Promise<Scores> {
  const data = dataset({ features: identity(outputs.length), inputs: outputs.length, ...answers })
  return saying(outputs, backend).evaluate(data, { loss, metrics })
}

function expectScores(found: Scores, expected: object): void {
  for (const [name, value] of Object.entries(expected)) {
    if (Array.isArray(value)) expect(found[name]).toEqual(value)
    else expectClose(found[name] as number, value, { relative: 1e-13, absolute: 1e-15 })
  }
}

describe.each(backends)('metrics as in scikit-learn, %s', (backend) => {
  test.each(golden.classes.map((run) => [run.outputs[0].length, run] as const))('%d classes', async (width, run) => {
    const { outputs, labels, ...expected } = run
    const metrics = ['accuracy', 'precision', 'recall', 'f1', 'confusionMatrix', { topK: 2 }] as const
    const found = await scores(outputs, { labels, classes: width }, metrics, 'crossEntropy', backend)
    expectScores(found, expected)
  })

  test.each(golden.binary.map((run) => [run.threshold, run] as const))('a threshold of %d', async (threshold, run) => {
    const { outputs, labels, threshold: _, confusionMatrix, ...expected } = run
    const metrics = [precision({ threshold }), recall({ threshold }), f1({ threshold }), 'auc'] as const
    expectScores(await scores(outputs, { labels, classes: 2 }, metrics, 'binaryCrossEntropy', backend), expected)
    if (threshold !== 0) return
    const bare = ['confusionMatrix', 'precision', 'recall', 'f1', 'auc'] as const
    expectScores(await scores(outputs, { labels, classes: 2 }, bare, 'hinge', backend), {
      ...expected,
      confusionMatrix,
    })
    const targets = Float64Array.from(labels!, (label) => 2 * label - 1)
    expectScores(await scores(outputs, { targets }, bare, 'squaredHinge', backend), { ...expected, confusionMatrix })
  })

  test.each(golden.regression.map((run) => [run.outputs[0].length, run] as const))(
    '%d real outputs',
    async (width, run) => {
      const { outputs, targets, ...expected } = run
      const answers = { targets: Float64Array.from(targets!.flat()), outputs: width }
      const metrics = ['meanAbsoluteError', 'meanSquaredError', 'rSquared'] as const
      expectScores(await scores(outputs, answers, metrics, 'huber', backend), expected)
    },
  )
})

describe('metrics by hand', () => {
  test('topK takes the first of equals', async () => {
    const outputs = [
      [1, 1, 1],
      [3, 2, 1],
    ]
    const of = async (labels: number[], k: number) =>
      (await scores(outputs, { labels, classes: 3 }, [topK(k)]))[`top${k}`]
    expect([await of([0, 2], 1), await of([1, 1], 1), await of([1, 1], 2), await of([2, 2], 2)]).toEqual([0.5, 0, 1, 0])
  })

  test('auc counts ties half, and is none of one class', async () => {
    const of = async (outputs: number[], labels: number[]) =>
      (
        await scores(
          outputs.map((y) => [y]),
          { labels, classes: 2 },
          ['auc'],
          'binaryCrossEntropy',
        )
      ).auc
    // Pairs of 0.5 and 2 over 1 and 0.5: half, 0, 1, 1.
    expect(await of([0.5, 2, 1, 0.5], [1, 1, 0, 0])).toBe(0.625)
    expect([await of([1, 2], [0, 1]), await of([2, 1], [0, 1]), await of([1, 1], [0, 1])]).toEqual([1, 0, 0.5])
    expect(await of([1, 2], [1, 1])).toBeNaN()
  })

  test('auc of two classes is by their difference', async () => {
    const outputs = [
      [5, 5.5],
      [1, 0],
      [0, 3],
    ]
    expect((await scores(outputs, { labels: [1, 0, 0], classes: 2 }, ['auc'])).auc).toBe(0.5)
  })

  test('classes of shares are their largest', async () => {
    const targets = Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.7, 0.3)
    const found = await scores(
      [
        [2, 1],
        [1, 2],
        [0, 1],
      ],
      { targets, outputs: 2 },
      ['confusionMatrix', 'accuracy'],
      'crossEntropy',
    )
    expect(found.confusionMatrix).toEqual([
      [1, 1],
      [0, 1],
    ])
    expect(found.accuracy).toBe(2 / 3)
  })

  test('rSquared of the same target throughout is 1 where it is met, else 0', async () => {
    const of = async (outputs: Rows) =>
      (await scores(outputs, { targets: Float64Array.of(2, 2) }, ['rSquared'])).rSquared
    expect([await of([[2], [2]]), await of([[2], [2.5]])]).toEqual([1, 0])
  })
})

/** How many examples came in how many parts, and the largest difference. */
const worst: MetricSpec = {
  name: 'worst',
  start: ({ outputs }) => {
    const seen: number[] = []
    let largest = 0
    return {
      add({ outputs: said, targets, examples }: Answered) {
        expect([said.length, targets?.length]).toEqual([examples * outputs, examples * outputs])
        seen.push(examples)
        said.forEach((y, i) => {
          largest = Math.max(largest, Math.abs(y - targets![i]))
        })
      },
      value: () => ({ largest, seen }),
    }
  },
}

describe.each(backends)('of many examples, %s', (backend) => {
  test('outputs come some at a time, each once and in order', async () => {
    const [examples, width] = [1100, 600]
    const model = sequential({ inputs: 1, backend }, [dense(width, 'linear', { bias: false })])
    model.setParameters({ '0.weight': Array.from({ length: width }, (_, j) => j) })
    const features = Float32Array.from({ length: examples }, (_, i) => i % 7)
    const targets = Float32Array.from({ length: examples * width }, (_, i) => (Math.floor(i / width) % 7) * (i % width))
    const data = dataset({ features, targets, inputs: 1, outputs: width })
    targets[targets.length - 1] += 3
    const found = await model.evaluate(data, { metrics: [worst, 'meanAbsoluteError'] })
    expect(found.worst).toEqual({ largest: 3, seen: [256, 256, 256, 256, 76] })
    expectClose(found.meanAbsoluteError!, 3 / (examples * width), { relative: 1e-12 })
  })
})

describe('fit', () => {
  const features = Float32Array.of(-2, -1, 1, 2, -1.5, 1.5)
  const data = dataset({ features, labels: [0, 0, 1, 1, 0, 1], inputs: 1, classes: 2 })
  const options = { loss: 'binaryCrossEntropy', optimizer: sgd({ learningRate: 0.5 }), epochs: 3 } as const
  const line = () => sequential({ inputs: 1, seed: 1 }, [dense(1)])

  test('tells of validation what evaluate tells, and accuracy of both', async () => {
    const model = line()
    const metrics = ['accuracy', 'f1', 'auc', 'confusionMatrix'] as const
    const history = await model.fit(data, { ...options, metrics, validation: data })
    const last = history.at(-1)!
    const found = await model.evaluate(data, { loss: options.loss, metrics })
    expect(Object.keys(last).filter((name) => name !== 'learningRate')).toEqual(
      expect.arrayContaining([
        'accuracy',
        'validationAccuracy',
        'validationF1',
        'validationAuc',
        'validationConfusionMatrix',
      ]),
    )
    expect([last.validationLoss, last.validationAccuracy, last.validationF1]).toEqual([
      found.loss,
      found.accuracy,
      found.f1,
    ])
    expect([last.validationAuc, last.validationConfusionMatrix]).toEqual([
      1,
      [
        [3, 0],
        [0, 3],
      ],
    ])
    expect(last).not.toHaveProperty('f1')
  })

  test('ends on them', async () => {
    const history = await line().fit(data, {
      ...options,
      epochs: 500,
      metrics: ['f1'],
      validation: data,
      target: { validationF1: 1 },
    })
    expect(history.at(-1)?.validationF1).toBe(1)
    expect(history.length).toBeLessThan(500)
  })

  test.each<[string, object, RegExp]>([
    ['what is no list', { metrics: 'f1' }, /metrics to be an array but received 'f1'/],
    ['an unknown name', { metrics: ['F1'], validation: data }, /one of 'accuracy', 'precision', .* but received 'F1'/],
    ['a name twice', { metrics: ['f1', f1({ threshold: 1 })], validation: data }, /different names but received 'f1'/],
    ['no validation', { metrics: ['f1'] }, /validation with metric 'f1' but received undefined/],
    ['half an object', { metrics: [{ name: 'mine' }], validation: data }, /\{ name, start \} but received an object/],
    ['no k', { metrics: [{ topK: 0 }], validation: data }, /\{ topK: k \}/],
    ['topK of one output', { metrics: [{ topK: 1 }], validation: data }, /more than 1 classes with topK of 1/],
    ['errors of labels', { metrics: ['rSquared'], validation: data }, /a dataset of targets with rSquared/],
    ['a target of what is not told', { metrics: ['f1'], validation: data, target: { f1: 1 } }, /validationF1/],
  ])('refuses %s', async (_, wrong, message) => {
    await expect(line().fit(data, { ...options, ...wrong })).rejects.toThrow(refusal('HYPERPARAMETER', message))
  })

  test.each<[string, Rows, Answers, Metric, Loss, RegExp]>([
    ['classes of a regression', [[1]], { targets: Float64Array.of(1) }, 'f1', 'huber', /a loss of classes with f1/],
    [
      'accuracy of a regression',
      [[1]],
      { targets: Float64Array.of(1) },
      'accuracy',
      'huber',
      /a loss of classes with metrics/,
    ],
    [
      'auc of three classes',
      [[1, 2, 3]],
      { labels: [0], classes: 3 },
      'auc',
      'crossEntropy',
      /two classes with auc .* 3/,
    ],
    [
      'a threshold of classes',
      [[1, 2]],
      { labels: [0], classes: 2 },
      f1({ threshold: 0 }),
      'crossEntropy',
      /one output with a threshold/,
    ],
    [
      'classes of many yes and no',
      [[1, 2]],
      { targets: Float64Array.of(0, 1), outputs: 2 },
      'recall',
      'binaryCrossEntropy',
      /labels, or one output/,
    ],
    ['k of all classes', [[1, 2]], { labels: [0], classes: 2 }, topK(2), 'crossEntropy', /more than 2 classes/],
  ])('evaluate refuses %s', async (_, outputs, answers, metric, loss, message) => {
    await expect(scores(outputs, answers, [metric], loss)).rejects.toThrow(refusal('HYPERPARAMETER', message))
  })

  test('thresholds are checked', () => {
    for (const make of [precision, recall, f1]) {
      expect(() => make({ threshold: NaN })).toThrow(refusal('HYPERPARAMETER', /threshold to be a finite number/))
      expect(() => make({ treshold: 1 } as object)).toThrow(refusal('HYPERPARAMETER', /did you mean 'threshold'/))
    }
  })
})
