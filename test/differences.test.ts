import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { activation, batchNorm, dense, embedding, flatten, type Layer, layerNorm } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import { Philox } from '../src/random.js'
import { type BackendName, sequential } from '../src/sequential.js'
import { activations, losses } from '../src/spec.js'

/** Rows of a table. */
const ROWS = 5

const size = fc.integer({ min: 1, max: 9 })
const shape = fc.constantFrom(...activations)

const layer: fc.Arbitrary<Layer> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(size, shape, fc.boolean()).map(([outputs, name, bias]) => dense(outputs, name, { bias })),
  },
  shape.map(activation),
  fc.constant(layerNorm()),
  fc.constant(batchNorm()),
)

const network = fc.record({
  inputs: size,
  /** Features are rows of a table of so many columns; none where they are numbers. */
  table: fc.option(fc.integer({ min: 1, max: 3 })),
  layers: fc.array(layer, { maxLength: 4 }),
  outputs: fc.integer({ min: 1, max: 4 }),
  loss: fc.constantFrom(...losses),
  examples: fc.integer({ min: 2, max: 7 }),
  seed: fc.nat(1e6),
})

type Network = typeof network extends fc.Arbitrary<infer T> ? T : never

/** Numbers in (−1, 1). */
const drawn = (random: Philox, length: number) => Float64Array.from({ length }, () => 2 * random.unit() - 1)

/** The answer of an example of so many outputs, as a loss takes it: a label or targets. */
function answer(loss: Network['loss'], random: Philox, outputs: number): number | ArrayLike<number> {
  const targets = drawn(random, outputs)
  switch (loss) {
    case 'crossEntropy':
    case 'multiclassHinge':
      return random.below(outputs)
    case 'hinge':
    case 'squaredHinge':
      return targets.map((x) => (x < 0 ? -1 : 1))
    case 'binaryCrossEntropy':
    case 'poisson':
      return targets.map(Math.abs)
    case 'kullbackLeibler': {
      const sum = targets.reduce((total, x) => total + Math.abs(x), 0)
      return targets.map((x) => Math.abs(x) / sum)
    }
    default:
      return targets
  }
}

function batchOf({ inputs, table, outputs, loss, examples }: Network, random: Philox) {
  const length = examples * inputs
  const features = table ? Float64Array.from({ length }, () => random.below(ROWS)) : drawn(random, length)
  const answers = Array.from({ length: examples }, () => answer(loss, random, outputs))
  if (typeof answers[0] === 'number') return { features, labels: answers as number[] }
  return { features, targets: Float64Array.from(answers.flatMap((row) => Array.from(row as ArrayLike<number>))) }
}

type Direction = ReadonlyMap<string, Float64Array>

/** The mean loss of a model, with its parameters moved along a direction. */
function lossAlong(model: Model, batch: ReturnType<typeof batchOf>, loss: Network['loss'], direction: Direction) {
  const start = model.parameters()
  const moved = (name: string, way: number) =>
    Float64Array.from(start.get(name)!.data, (x, i) => x + way * (direction.get(name)?.[i] ?? 0))
  return (way: number) => {
    model.setParameters(Object.fromEntries([...start.keys()].map((name) => [name, moved(name, way)])))
    return model.step(batch, { loss, optimizer: sgd({ learningRate: 1 }) }).loss
  }
}

/**
 * Along a random direction d of all parameters the gradient's ∇·d has to be the central difference (f(ε) − f(−ε)) / 2ε. What it may be
 * off is half of what the slopes of the two sides differ by: ε·f″ where f is smooth, the whole bend where a kink lies between.
 */
function expectSlope(given: Network, backend: BackendName) {
  const { inputs, table, layers, outputs, loss, seed } = given
  const random = new Philox(seed, 99)
  const stack = [...(table ? [embedding(ROWS, table), flatten()] : []), ...layers, dense(outputs)]
  const model = sequential({ inputs, seed, dtype: 'f64', backend }, stack)
  const batch = batchOf(given, random)
  const gradients = Object.entries(model.gradients(batch, { loss }))
  const direction = new Map(gradients.map(([name, gradient]) => [name, drawn(random, gradient.length)]))
  const slope = gradients.reduce((sum, [name, g]) => direction.get(name)!.reduce((s, x, i) => s + x * g[i], sum), 0)
  const epsilon = 2 ** -17
  const [below, here, above] = [-epsilon, 0, epsilon].map(lossAlong(model, batch, loss, direction))
  const [left, right] = [(here - below) / epsilon, (above - here) / epsilon]
  const allowed = Math.abs(right - left) / 2 + 1e-8 * (1 + Math.abs(slope) + Math.abs(here))
  expect(Math.abs(slope - (left + right) / 2)).toBeLessThanOrEqual(allowed)
}

describe.each<[BackendName, number]>([
  ['native', 500],
  ['reference', 150],
])('%s', (backend, numRuns) => {
  test('gradients of whole networks are their central differences', () => {
    fc.assert(
      fc.property(network, (drawn) => expectSlope(drawn, backend)),
      { seed: 1, numRuns },
    )
  })
})
