import { describe, expect, test } from 'vitest'
import type { Engine, EngineData, StepEvent, TrainJob } from '../src/backend.js'
import { chain } from '../src/graph.js'
import { initialise } from '../src/initialise.js'
import { dense, type Layer } from '../src/layers.js'
import { updateRule } from '../src/optimizer.js'
import { type SgdOptions, sgd } from '../src/optimizers/sgd.js'
import { Philox, purpose, shuffled } from '../src/random.js'
import { referenceEngine } from '../src/reference/engine.js'
import type { Dtype } from '../src/spec.js'
import { expectClose } from './close.js'

const THREADS = 0
const ignore = () => {}

function engine(layers: Layer[], inputs: number, dtype: Dtype = 'f32'): Engine {
  const spec = chain(inputs, dtype, layers)
  return referenceEngine(spec, initialise(spec, 5))
}

/** More than any of the engines has. */
const several = Array.from({ length: 8 }, (_, i) => ({ name: `${i}`, shape: [1] }))

/** `steps` rows from the first step on; one row if the optimizer has no need of more. */
const rule = (options: SgdOptions, steps = 1, firstStep = 1) =>
  updateRule('test', sgd(options), several, firstStep, steps)

const plain: TrainJob = {
  loss: 'crossEntropy',
  update: rule({ learningRate: 0.1, momentum: 0.9 }),
  batchSize: 3,
  epochs: 2,
  firstEpoch: 0,
  shuffle: false,
  seed: 1,
  threads: THREADS,
  logEvery: 0,
}

/** Points in the square, labelled by the quadrants' colours of a chess board. */
function board(examples: number): EngineData & { labels: Uint32Array; features: Float32Array } {
  const random = new Philox(3, 0)
  const features = Float32Array.from({ length: 2 * examples }, () => 2 * random.unit() - 1)
  const labels = Uint32Array.from({ length: examples }, (_, i) => Number(features[2 * i] * features[2 * i + 1] > 0))
  return { features, labels, examples }
}

/** Some of the examples of a board. */
function pick({ features, labels }: ReturnType<typeof board>, order: ArrayLike<number>): EngineData {
  const numbers = Array.from(order)
  return {
    features: Float32Array.from(numbers.flatMap((i) => Array.from(features.subarray(2 * i, 2 * i + 2)))),
    labels: Uint32Array.from(numbers, (i) => labels[i]),
    examples: numbers.length,
  }
}

const hidden = [dense(6, 'tanh'), dense(2)]

describe('one step', () => {
  // y = 2·3 + 1 = 7, loss (7 − 5)² = 4, δ = 2·(7 − 5) = 4; gradients 4·3 and 4.
  const data = { features: Float32Array.of(3), targets: Float32Array.of(5), examples: 1 }

  test('is forward, loss, backward, update', () => {
    const one = engine([dense(1)], 1)
    one.setParameters([Float32Array.of(2), Float32Array.of(1)])
    const result = one.step(
      one.dataset(data),
      'meanSquaredError',
      rule({ learningRate: 0.125, momentum: 0.5 }),
      THREADS,
    )
    expect(result).toEqual({ loss: 4, correct: 0 })
    expect(one.parameters()).toEqual([Float32Array.of(2 - 1.5), Float32Array.of(1 - 0.5)])
    expect(one.states()).toEqual([[Float32Array.of(12), Float32Array.of(4)]])
  })

  test('takes a layer without a bias', () => {
    const one = engine([dense(1, 'linear', { bias: false })], 1)
    one.setParameters([Float32Array.of(2)])
    const result = one.step(one.dataset(data), 'meanSquaredError', rule({ learningRate: 0.125 }), THREADS)
    expect(result.loss).toBe(1)
    expect(one.parameters()).toEqual([Float32Array.of(2 - 0.75)])
  })

  test('folds the normalisation of raw features into the first layer', () => {
    // x = p/2 − 1 = (0, 1); y = ½·(2·1 + 4·3) + (−1·(1 + 3) + ½) = 3.5; δ = 2·(3.5 − 1.5) = 4.
    const one = engine([dense(1)], 2)
    one.setParameters([Float32Array.of(1, 3), Float32Array.of(0.5)])
    const raw = {
      features: Uint8Array.of(2, 4),
      targets: Float32Array.of(1.5),
      examples: 1,
      fold: { scale: 0.5, offset: -1 },
    }
    expect(one.step(one.dataset(raw), 'meanSquaredError', rule({ learningRate: 0.25 }), THREADS).loss).toBe(4)
    expect(one.states()).toEqual([[Float32Array.of(0, 4), Float32Array.of(4)]])
    expect(one.parameters()).toEqual([Float32Array.of(1, 2), Float32Array.of(-0.5)])
  })

  test.each(['crossEntropy', 'meanSquaredError'] as const)(
    'has the gradients of the whole network, %s',
    async (loss) => {
      const one = engine([dense(4, 'sigmoid'), dense(3, 'tanh'), dense(2)], 2, 'f64')
      const targets = Float32Array.of(1, -1, 0.5, 0, 2, 1)
      const { features, labels } = board(3)
      const data = one.dataset({ features, examples: 3, ...(loss === 'crossEntropy' ? { labels } : { targets }) })
      const start = one.parameters()
      one.step(data, loss, rule({ learningRate: 1 }), THREADS)
      // Without momentum the velocity is the gradient.
      const [gradients] = one.states()
      const h = 1e-6
      for (const [i, parameter] of start.entries()) {
        for (const j of parameter.keys()) {
          const lossAt = async (shift: number) => {
            const shifted = start.map((values) => values.slice())
            shifted[i][j] += shift
            one.setParameters(shifted)
            return (await one.evaluate(data, loss, THREADS)).loss
          }
          expectClose(gradients[i][j], ((await lossAt(h)) - (await lossAt(-h))) / (2 * h), {
            relative: 1e-6,
            absolute: 1e-8,
          })
        }
      }
    },
  )
})

describe('training', () => {
  test('learns what no straight line divides', async () => {
    const one = engine([dense(16, 'relu'), dense(2)], 2)
    const data = one.dataset(board(200))
    const job = { ...plain, shuffle: true, batchSize: 10, epochs: 40 }
    const { outcome, steps, losses, correct, seconds } = await one.train(data, job, ignore)
    expect({ outcome, steps }).toEqual({ outcome: 'done', steps: 800 })
    expect([losses.length, correct.length, seconds.length]).toEqual([40, 40, 40])
    expect(losses[0]).toBeGreaterThan(0.4)
    expect(losses[39]).toBeLessThan(0.15)
    const { loss, correct: known } = await one.evaluate(data, 'crossEntropy', THREADS)
    expect(loss).toBeLessThan(0.15)
    expect(known).toBeGreaterThan(190)
  })

  test('is its steps, one after another, the last batch of an epoch smaller', async () => {
    const points = board(7)
    const [whole, single] = [engine(hidden, 2), engine(hidden, 2)]
    const { losses, correct } = await whole.train(whole.dataset(points), plain, ignore)
    for (let epoch = 0; epoch < 2; epoch++) {
      let [lossSum, known] = [0, 0]
      for (const order of [[0, 1, 2], [3, 4, 5], [6]]) {
        const step = single.step(single.dataset(pick(points, order)), 'crossEntropy', plain.update, THREADS)
        lossSum += step.loss * order.length
        known += step.correct
      }
      expectClose(losses[epoch], lossSum / 7, { relative: 1e-12 })
      expect(correct[epoch]).toBe(known)
    }
    expect(whole.parameters()).toEqual(single.parameters())
    expect(whole.states()).toEqual(single.states())
  })

  test('shuffles each epoch by its number', async () => {
    const points = board(7)
    const [whole, single] = [engine(hidden, 2), engine(hidden, 2)]
    await whole.train(whole.dataset(points), { ...plain, shuffle: true, firstEpoch: 4 }, ignore)
    for (const epoch of [4, 5]) {
      const order = shuffled(7, new Philox(plain.seed, purpose.shuffle, epoch))
      for (const batch of [order.slice(0, 3), order.slice(3, 6), order.slice(6)]) {
        single.step(single.dataset(pick(points, batch)), 'crossEntropy', plain.update, THREADS)
      }
    }
    expect(whole.parameters()).toEqual(single.parameters())
  })

  test('takes the coefficients of each step from its row', async () => {
    const points = board(3)
    const dampened = { learningRate: 0.1, momentum: 0.9, dampening: 0.5 }
    const [whole, single] = [engine(hidden, 2), engine(hidden, 2)]
    await whole.train(whole.dataset(points), { ...plain, epochs: 3, update: rule(dampened, 3) }, ignore)
    for (const step of [1, 2, 3]) {
      single.step(single.dataset(points), 'crossEntropy', rule(dampened, 1, step), THREADS)
    }
    expect(whole.parameters()).toEqual(single.parameters())
  })

  test('reports every few steps, the mean loss since the report before', async () => {
    const [points, events] = [board(7), [] as StepEvent[]]
    const [whole, single] = [engine(hidden, 2), engine(hidden, 2)]
    await whole.train(whole.dataset(points), { ...plain, logEvery: 2 }, (event) => events.push(event))
    const losses = [[0, 1, 2], [3, 4, 5], [6], [0, 1, 2], [3, 4, 5], [6]].map((order) => {
      const { loss } = single.step(single.dataset(pick(points, order)), 'crossEntropy', plain.update, THREADS)
      return loss * order.length
    })
    expect(events.map(({ epoch, step }) => [epoch, step])).toEqual([
      [0, 2],
      [1, 4],
      [1, 6],
    ])
    const means = [(losses[0] + losses[1]) / 6, (losses[2] + losses[3]) / 4, (losses[4] + losses[5]) / 4]
    expectClose(
      Float64Array.from(events, ({ loss }) => loss),
      means,
      { relative: 1e-12 },
    )
  })

  test('stops after the step in hand when asked to', async () => {
    const [whole, short] = [engine(hidden, 2), engine(hidden, 2)]
    const job = { ...plain, batchSize: 1, epochs: 1000, logEvery: 1 }
    const { outcome, steps, losses } = await whole.train(whole.dataset(board(4)), job, ({ step }) => {
      if (step === 8) whole.abort()
    })
    expect({ outcome, steps, epochs: losses.length }).toEqual({ outcome: 'aborted', steps: 8, epochs: 2 })
    await short.train(short.dataset(board(4)), { ...job, epochs: 2 }, ignore)
    expect(whole.parameters()).toEqual(short.parameters())
  })

  test('forgets an abort when it begins, and heeds one before its first step', async () => {
    const one = engine(hidden, 2)
    const data = one.dataset(board(4))
    one.abort()
    expect(await one.train(data, plain, ignore)).toMatchObject({ outcome: 'done', steps: 4 })
    const run = one.train(data, plain, ignore)
    one.abort()
    expect(await run).toMatchObject({ outcome: 'aborted', steps: 0 })
  })

  test('stops before the update when the loss is not finite', async () => {
    const one = engine([dense(2)], 2)
    const start = one.parameters()
    const data = one.dataset({ ...board(4), features: new Float32Array(8).fill(Number.NaN) })
    expect(await one.train(data, plain, ignore)).toMatchObject({ outcome: 'diverged', steps: 0 })
    expect(one.step(data, 'crossEntropy', plain.update, THREADS).loss).toBeNaN()
    expect(one.parameters()).toEqual(start)
    expect(one.states()).toEqual([start.map((values) => values.map(() => 0))])
  })

  test('is at the last finished step when it diverges on its way', async () => {
    const [whole, short] = [engine([dense(2)], 2), engine([dense(2)], 2)]
    const targets = new Float32Array(8).fill(1)
    const data = { features: board(4).features, targets, examples: 4 }
    const job = { ...plain, loss: 'meanSquaredError', batchSize: 4, update: rule({ learningRate: 1e18 }) } as const
    const { outcome, steps, losses } = await whole.train(whole.dataset(data), { ...job, epochs: 99 }, ignore)
    expect(outcome).toBe('diverged')
    expect(steps).toBeGreaterThan(0)
    expect(losses.length).toBe(steps)
    await short.train(short.dataset(data), { ...job, epochs: steps }, ignore)
    expect(whole.parameters()).toEqual(short.parameters())
  })

  test.each([
    ['f32', 1e-4],
    ['f64', 1e-11],
  ] as const)('comes with folded features to what it comes to with normalised ones, %s', async (dtype, relative) => {
    const random = new Philox(9, 0)
    // Half of the bytes are 0, as in images.
    const bytes = Uint8Array.from({ length: 30 * 5 }, () => Math.max(0, random.below(511) - 255))
    const labels = Uint32Array.from({ length: 30 }, (_, i) => i % 3)
    const fold = { scale: 1 / (255 * 0.3), offset: -0.13 / 0.3 }
    const features = Float64Array.from(bytes, (p) => fold.scale * p + fold.offset)
    const results = []
    for (const data of [
      { features: bytes, labels, examples: 30, fold },
      { features, labels, examples: 30 },
    ]) {
      const one = engine([dense(4, 'tanh'), dense(3)], 5, dtype)
      await one.train(one.dataset(data), { ...plain, epochs: 3, shuffle: true }, ignore)
      results.push(one.parameters().flatMap((values) => Array.from(values)))
    }
    expectClose(results[0], results[1], { relative, absolute: relative })
  })

  test('leaves the event loop free, within a large step too', async () => {
    const one = engine([dense(200), dense(2)], 200)
    const examples = 60
    const features = Float32Array.from({ length: examples * 200 }, (_, i) => Math.sin(i))
    const data = one.dataset({ features, labels: new Uint32Array(examples), examples })
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const start = performance.now()
    await one.train(data, { ...plain, epochs: 2, batchSize: examples }, ignore)
    clearInterval(timer)
    // Two steps and some hundred milliseconds: without breaths within them there would be three ticks.
    expect(ticks).toBeGreaterThan((performance.now() - start) / 50)
    expect(ticks).toBeGreaterThan(3)
  })
})

describe('the engine', () => {
  test('evaluates and predicts more than it takes at once', async () => {
    const one = engine(hidden, 2)
    const points = board(600)
    const outputs = await one.predict(one.dataset(points), THREADS)
    expect(outputs.length).toBe(1200)
    let [loss, correct] = [0, 0]
    for (let from = 0; from < 600; from += 100) {
      const data = one.dataset(
        pick(
          points,
          Array.from({ length: 100 }, (_, i) => from + i),
        ),
      )
      expect(await one.predict(data, THREADS)).toEqual(outputs.slice(2 * from, 2 * from + 200))
      const part = await one.evaluate(data, 'crossEntropy', THREADS)
      loss += part.loss / 6
      correct += part.correct
    }
    const whole = await one.evaluate(one.dataset(points), 'crossEntropy', THREADS)
    expectClose(whole.loss, loss, { relative: 1e-12 })
    expect(whole.correct).toBe(correct)
  })

  test('copies the data', async () => {
    const one = engine(hidden, 2)
    for (const data of [board(5), { features: Buffer.alloc(10, 1), labels: new Uint32Array(5), examples: 5 }]) {
      const copy = one.dataset(data)
      const before = [await one.predict(copy, THREADS), await one.evaluate(copy, 'crossEntropy', THREADS)]
      data.features.fill(9)
      data.labels.fill(1)
      expect([await one.predict(copy, THREADS), await one.evaluate(copy, 'crossEntropy', THREADS)]).toEqual(before)
    }
  })

  test('gives copies of parameters and states, and takes copies', () => {
    const one = engine(hidden, 2)
    const start = one.parameters()
    one.parameters()[0].fill(9)
    one.states()[0][0].fill(9)
    expect([one.parameters(), one.states()[0][0][0]]).toEqual([start, 0])
    const values = start.map((array) => array.map(() => 2))
    one.setParameters(values)
    one.setStates([values])
    values[0].fill(9)
    expect([one.parameters()[0][0], one.states()[0][0][0]]).toEqual([2, 2])
  })
})
