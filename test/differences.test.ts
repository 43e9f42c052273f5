import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dense } from '../src/layers.js'
import { type BackendName, type Model, sequential } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import { Philox } from '../src/random.js'
import { activations, byInput, type Loss, losses } from '../src/spec.js'

const layer = fc.record({
  outputs: fc.integer({ min: 1, max: 9 }),
  activation: fc.constantFrom(...activations.filter((name) => !byInput.has(name))),
  bias: fc.boolean(),
})

const network = fc.record({
  inputs: fc.integer({ min: 1, max: 9 }),
  layers: fc.array(layer, { minLength: 1, maxLength: 4 }),
  loss: fc.constantFrom(...losses),
  examples: fc.integer({ min: 1, max: 7 }),
  seed: fc.nat(1e6),
})

type Network = typeof network extends fc.Arbitrary<infer T> ? T : never

/** Numbers in (−1, 1). */
const drawn = (random: Philox, length: number) => Float64Array.from({ length }, () => 2 * random.unit() - 1)

/** Answers that the loss takes, of so many outputs. */
function answers(loss: Loss, random: Philox, examples: number, outputs: number) {
  if (loss === 'crossEntropy') return { labels: Array.from({ length: examples }, () => random.below(outputs)) }
  return { targets: drawn(random, examples * outputs) }
}

/** The mean loss of a model, with its parameters moved along a direction for the while. */
function lossAlong(model: Model, batch: Parameters<Model['step']>[0], loss: Loss) {
  const start = model.parameters()
  return (direction: ReadonlyMap<string, Float64Array>, way: number) => {
    const moved = [...start].map(([name, { data }]) => [
      name,
      Float64Array.from(data, (x, i) => x + way * direction.get(name)![i]),
    ])
    model.setParameters(Object.fromEntries(moved))
    return model.step(batch, { loss, optimizer: sgd({ learningRate: 1 }) }).loss
  }
}

/**
 * Along a random direction d of all parameters the gradient's ∇·d has to be the central difference (f(ε) − f(−ε)) / 2ε. What it may be
 * off is half of what the slopes of the two sides differ by: ε·f″ where f is smooth, the whole bend where a kink lies between.
 */
function expectSlope({ inputs, layers, loss, examples, seed }: Network, backend: BackendName) {
  const random = new Philox(seed, 99)
  const stack = layers.map(({ outputs, activation, bias }) => dense(outputs, activation, { bias }))
  const model = sequential({ inputs, seed, dtype: 'f64', backend }, stack)
  const features = drawn(random, examples * inputs)
  const batch = { features, ...answers(loss, random, examples, layers[layers.length - 1].outputs) }
  const gradients = Object.entries(model.gradients(batch, { loss })) as [string, Float64Array][]
  const direction = new Map(gradients.map(([name, gradient]) => [name, drawn(random, gradient.length)]))
  const slope = gradients.reduce((sum, [name, g]) => sum + g.reduce((s, x, i) => s + x * direction.get(name)![i], 0), 0)
  const along = lossAlong(model, batch, loss)
  const epsilon = 2 ** -17
  const [below, here, above] = [-epsilon, 0, epsilon].map((way) => along(direction, way))
  const [left, right] = [(here - below) / epsilon, (above - here) / epsilon]
  const allowed = Math.abs(right - left) / 2 + 1e-8 * (1 + Math.abs(slope))
  expect(Math.abs(slope - (left + right) / 2)).toBeLessThanOrEqual(allowed)
}

describe.each<[BackendName, number]>([
  ['native', 400],
  ['reference', 100],
])('%s', (backend, numRuns) => {
  test('gradients of whole networks are their central differences', () => {
    fc.assert(
      fc.property(network, (drawn) => expectSlope(drawn, backend)),
      { seed: 1, numRuns },
    )
  })
})
