import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { activation, batchNorm, dense, embedding, flatten, type Layer, layerNorm } from '../src/layers.js'
import { type BackendName, type Model, sequential } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import { Philox } from '../src/random.js'
import { activations, type Loss } from '../src/spec.js'
import { answersFor, everyLoss } from './answers.js'

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
  loss: fc.constantFrom(...everyLoss),
  examples: fc.integer({ min: 2, max: 7 }),
  seed: fc.nat(1e6),
})

type Network = typeof network extends fc.Arbitrary<infer T> ? T : never

/** Numbers in (−1, 1). */
const drawn = (random: Philox, length: number) => Float64Array.from({ length }, () => 2 * random.unit() - 1)

/** A batch with answers as the loss takes them; none where it has none for so many outputs. */
function batchOf({ inputs, table, outputs, loss, examples, seed }: Network, random: Philox) {
  const length = examples * inputs
  const features = table ? Float64Array.from({ length }, () => random.below(ROWS)) : drawn(random, length)
  const answers = answersFor(loss, examples, outputs)
  fc.pre(answers.length > 0)
  return { features, ...answers[seed % answers.length] }
}

type Direction = ReadonlyMap<string, Float64Array>

/** The mean loss of a model, with its parameters moved along a direction. */
function lossAlong(model: Model, batch: Parameters<Model['step']>[0], loss: Loss, direction: Direction) {
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
  const gradients = Object.entries(model.gradients(batch, { loss })) as [string, Float64Array][]
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
