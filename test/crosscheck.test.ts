import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Backend, Engine, EngineData, TrainJob } from '../src/backend.js'
import { type Dataset, dataset } from '../src/dataset.js'
import { digits } from '../src/digits.js'
import { chain } from '../src/graph.js'
import { initialise } from '../src/initialise.js'
import { dense, type Layer } from '../src/layers.js'
import { mnist } from '../src/mnist.js'
import { nativeEngine } from '../src/native.js'
import { forms, type SgdOptions, sgd } from '../src/optimizers/sgd.js'
import type { FitOptions } from '../src/plan.js'
import { Philox } from '../src/random.js'
import { referenceEngine } from '../src/reference/engine.js'
import { type SequentialOptions, sequential } from '../src/sequential.js'
import { type Dtype, type FloatArray, type GraphSpec, type Loss, parametersOf } from '../src/spec.js'
import { expectSameBits, hashOf, type Trace } from './bits.js'
import { ruleOf } from './rules.js'

// The reference is slow, and slower beside other tests.
vi.setConfig({ testTimeout: 60_000 })

const THREADS = [1, 2, 3, 7]
const dtypes: readonly Dtype[] = ['f32', 'f64']

/** What is learnt from what, whatever the optimizer. */
interface Lesson {
  readonly data: Dataset
  readonly inputs: number
  readonly layers: readonly Layer[]
  readonly batchSize: number
  readonly epochs?: number
  readonly learningRate: number
}

const lossOf = ({ data }: Lesson): Loss => (data.labels ? 'crossEntropy' : 'meanSquaredError')

/** How an engine is asked for one step. */
type Way = (engine: Engine, data: EngineData, job: TrainJob) => Promise<number>

const ways: Readonly<Record<string, Way>> = {
  step: async (engine, data, { loss, update, threads }) =>
    engine.step(engine.dataset(data), loss, update, threads).loss,
  train: async (engine, data, job) => (await engine.train(engine.dataset(data), job, () => {})).losses[0],
  'train unfused': (engine, data, job) => ways.train(engine, data, { ...job, fused: false }),
  'gradients, then apply': async (engine, data, { loss: lossName, update, threads }) => {
    const { loss, gradients } = engine.gradients(engine.dataset(data), lossName, threads)
    engine.apply(gradients, update)
    return loss
  },
}

const engineData = (data: Dataset): EngineData => ({ ...data, examples: data.examples, fold: data.fold() })

/** Loss, every parameter and every velocity after each step, batch by batch. */
async function trace(backend: Backend, way: Way, lesson: Lesson, dtype: Dtype, options: SgdOptions, threads: number) {
  const spec = chain(lesson.inputs, dtype, lesson.layers)
  const engine = backend(spec, initialise(spec, 7))
  const states = new Map<string, FloatArray>()
  const rest = { loss: lossOf(lesson), epochs: 1, firstEpoch: 0, shuffle: false, seed: 0, logEvery: 0, threads }
  let step = 0
  for (let epoch = 0; epoch < (lesson.epochs ?? 1); epoch++) {
    for (const batch of lesson.data.batches(lesson.batchSize)) {
      const update = ruleOf(sgd(options), spec, ++step)
      const loss = await way(engine, engineData(batch), { ...rest, update, batchSize: batch.examples })
      states.set(`step ${step}: loss`, Float64Array.of(loss))
      record(states, `step ${step}`, spec, engine)
    }
  }
  engine.dispose()
  return states
}

function record(states: Map<string, FloatArray>, place: string, spec: GraphSpec, engine: Engine): void {
  const [parameters, [velocities]] = [engine.parameters(), engine.states()]
  for (const [i, { name }] of parametersOf(spec).entries()) {
    states.set(`${place}: ${name}`, parameters[i])
    states.set(`${place}: velocity of ${name}`, velocities[i])
  }
}

/** All ways of the native engine, by all numbers of threads, against the reference. */
async function crossCheck(lesson: Lesson, dtype: Dtype, options: SgdOptions): Promise<void> {
  const expected = await trace(referenceEngine, ways.step, lesson, dtype, options, 0)
  expectToLearn(expected)
  for (const threads of THREADS) {
    for (const [name, way] of Object.entries(ways)) {
      const actual = await trace(nativeEngine, way, lesson, dtype, options, threads)
      inContext(`${name}, ${threads} threads`, () => expectSameBits(actual, expected))
    }
  }
}

/** Two runs of NaN or of zeros would agree as well. */
function expectToLearn(trace: Trace): void {
  for (const values of trace.values()) expect(values.every(Number.isFinite)).toBe(true)
  const last = [...trace.keys()].filter((place) => place.includes('velocity')).at(-1)!
  expect(trace.get(last)!.some((value) => value !== 0)).toBe(true)
}

function inContext(context: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw new Error(`${context}: ${(error as Error).message}`, { cause: error })
  }
}

const uniform = (random: Philox, length: number) => Float64Array.from({ length }, () => 2 * random.unit() - 1)

/** As housing: eight features of one scale, and a price that depends on them, not on a straight line. */
function houses(examples: number): Dataset {
  const random = new Philox(11, 0)
  const features = uniform(random, 8 * examples)
  const price = (i: number) => {
    const [income, rooms, age] = features.subarray(8 * i, 8 * i + 3)
    return 2 * income + rooms * age + 0.1 * random.unit()
  }
  return dataset({ features, targets: Float64Array.from({ length: examples }, (_, i) => price(i)), inputs: 8 })
}

const fivePoints = dataset({
  features: Float64Array.of(1, 2, 3, 4, 5),
  targets: Float64Array.of(2, 3, 5, 7, 11),
  inputs: 1,
})

/** Bytes of which half are 0, in two classes, with a normalisation. */
function bytes(examples: number, inputs: number): Dataset {
  const random = new Philox(12, 0)
  const features = Uint8Array.from({ length: examples * inputs }, () => Math.max(0, random.below(511) - 255))
  const labels = Array.from({ length: examples }, () => random.below(2))
  return dataset({ features, labels, inputs, classes: 2, normalize: { mean: 0.25, std: 0.3 } })
}

/** Where the files of MNIST may lie besides RAVINE_DATA and the user's cache. */
const shared = resolve(import.meta.dirname, '../../shared/data/mnist')

async function images(examples: number): Promise<[name: string, data: Dataset]> {
  const directory = existsSync(shared) ? shared : undefined
  const real = await mnist({ directory, download: false }).catch(() => undefined)
  return real ? ['MNIST', real.train.take(examples)] : ['digits', digits({ examples, test: 0.01 }).train]
}

const [source, pictures] = await images(200)

/** Two hidden layers, the first of more than a panel; four batches and one of eight. */
const imageLesson: Lesson = {
  data: pictures,
  inputs: 784,
  layers: [dense(40, 'relu'), dense(24, 'tanh'), dense(10)],
  batchSize: 48,
  learningRate: 0.05,
}

const regressions: Readonly<Record<string, Lesson>> = {
  houses: {
    data: houses(100),
    inputs: 8,
    layers: [dense(16, 'tanh'), dense(1)],
    batchSize: 32,
    epochs: 2,
    learningRate: 0.05,
  },
  'five points': { data: fivePoints, inputs: 1, layers: [dense(1)], batchSize: 5, epochs: 10, learningRate: 0.01 },
}

const kinds: readonly Partial<SgdOptions>[] = [
  ...forms.flatMap((form) => [false, true].map((nesterov) => ({ form, nesterov }))),
  { momentum: 0 },
  { dampening: 0.5, weightDecay: 0.01 },
  { form: 'velocity', nesterov: true, weightDecay: 0.01, decoupled: true },
  { form: 'ema', biasCorrection: true, weightDecay: 0.01 },
  { form: 'ema', biasCorrection: true, nesterov: true, decoupled: true, weightDecay: 0.1 },
]
const optimizers = kinds.map((kind) => [JSON.stringify(kind), kind] as const)

describe.each(dtypes)('every step has the bits of the reference, %s', (dtype) => {
  describe.each([[source, imageLesson] as const, ...Object.entries(regressions)])('%s', (_, lesson) => {
    test.each(optimizers)('%s', (_, kind) =>
      crossCheck(lesson, dtype, { learningRate: lesson.learningRate, momentum: 0.9, ...kind }),
    )
  })

  test.each<[string, Lesson]>([
    ['more inputs than a chain is long', wide(5000, 3)],
    ['more examples than a chain is long', wide(3, 5000)],
    ['layers with and without bias, ending in an activation, of awkward sizes', awkward()],
  ])('%s', (_, lesson) => crossCheck(lesson, dtype, { learningRate: 0.05, momentum: 0.9, nesterov: true }))
})

/** All examples in one batch. */
function wide(inputs: number, examples: number): Lesson {
  const layers = [dense(3, 'tanh'), dense(2)]
  return { data: bytes(examples, inputs), inputs, layers, batchSize: examples, epochs: 2, learningRate: 0.05 }
}

function awkward(): Lesson {
  const layers = [dense(67, 'sigmoid', { bias: false }), dense(1, 'relu'), dense(33, 'relu'), dense(1, 'sigmoid')]
  return { data: houses(17), inputs: 8, layers, batchSize: 7, epochs: 2, learningRate: 0.05 }
}

type Choice = Pick<SequentialOptions, 'backend' | 'dtype' | 'threads' | 'seed'>

/** All that can be seen of two fits, the second going on from the first. */
async function fitted(choice: Choice, { data, inputs, layers, batchSize, learningRate }: Lesson): Promise<Trace> {
  const model = sequential({ inputs, seed: 3, ...choice }, layers)
  const states = new Map<string, FloatArray>()
  const see = (place: string, entry: object) =>
    states.set(`${place}: ${Object.keys(entry)}`, Float64Array.from(Object.values(entry)))
  const options: FitOptions = {
    optimizer: sgd({ learningRate, momentum: 0.9, form: 'ema', biasCorrection: true }),
    batchSize,
    validation: data.take(30),
    metrics: data.labels ? ['accuracy'] : [],
    logEvery: 2,
    onStep: (report) => see(`report ${states.size}`, report),
  }
  const history = [...(await model.fit(data, { ...options, epochs: 2 })), ...(await model.fit(data, options))]
  for (const [i, { seconds, ...entry }] of history.entries()) see(`history ${i}`, entry)
  see('evaluate', await model.evaluate(data))
  states.set('predict', await model.predict(data.features))
  for (const [name, { data }] of model.parameters()) states.set(name, data)
  for (const [name, { data }] of model.velocities()) states.set(`velocity of ${name}`, data)
  model.dispose()
  return states
}

describe.each(dtypes)('whole fits, %s', (dtype) => {
  test.each<[string, Lesson]>([
    [source, imageLesson],
    ['more houses than are evaluated at once', { ...regressions.houses, data: houses(300) }],
    ['five points', { ...regressions['five points'], batchSize: 2 }],
  ])(
    'of %s have the bits of the reference, and so have reports, history, scores and predictions',
    async (_, lesson) => {
      const expected = await fitted({ backend: 'reference', dtype }, lesson)
      for (const threads of [undefined, ...THREADS]) {
        const actual = await fitted({ backend: 'native', dtype, threads }, lesson)
        inContext(`${threads} threads`, () => expectSameBits(actual, expected))
      }
    },
  )

  test.each(['native', 'reference'] as const)('have the bits of their seed, %s', async (backend) => {
    const run = async (seed: number) => hashOf(await fitted({ backend, dtype, seed }, regressions.houses))
    const [first, again, other] = [await run(1), await run(1), await run(2)]
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })
})

test('a step that diverges says the same loss on both backends', () => {
  const refused = (['native', 'reference'] as const).map((backend) => {
    const model = sequential({ inputs: 1, backend }, [dense(1, 'linear', { bias: false })])
    model.setParameters({ '0.weight': [3e38] })
    const batch = { features: Float32Array.of(2), targets: Float32Array.of(1) }
    expect(() => model.step(batch, { optimizer: sgd({ learningRate: 0.1 }) })).toThrow('received Infinity')
    return model.parameters()
  })
  expect(refused[0]).toEqual(refused[1])
})
