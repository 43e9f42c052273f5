import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { activation, batchNorm, dense, embedding, flatten, type Layer, layerNorm } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { sgd } from '../src/optimizers/sgd.js'
import { type BackendName, sequential } from '../src/sequential.js'
import type { Activation } from '../src/spec.js'
import { expectClose } from './close.js'

/** Numbers of any shape. */
type Nested = number | readonly Nested[]

type Values = Readonly<Record<string, Nested>>

/** A run of PyTorch's; test/golden/layers.py says what each field is. */
interface Run {
  readonly inputs: number
  readonly layers: readonly (readonly [name: string, ...sizes: number[]])[]
  readonly optimizer: { readonly learningRate: number; readonly momentum: number }
  readonly batches: readonly { readonly features: Nested; readonly targets: Nested }[]
  readonly start: Values
  readonly gradients: Values
  readonly losses: readonly number[]
  readonly parameters: Values
  readonly predictions: readonly Nested[]
}

const golden = new URL('golden/layers.json', import.meta.url)
const { cases }: { readonly cases: readonly Run[] } = JSON.parse(readFileSync(golden, 'utf8'))

const flat = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flat))
const rounding = { relative: 1e-12, absolute: 1e-14 }

const makers: Readonly<Record<string, (...sizes: number[]) => Layer>> = {
  dense: (outputs) => dense(outputs),
  embedding: (count: number, width: number) => embedding(count, width),
  batchNorm: () => batchNorm(),
  layerNorm: () => layerNorm(),
  flatten,
}

function started({ inputs, layers, start }: Run, backend: BackendName): Model {
  const stack = layers.map(([name, ...sizes]) => makers[name]?.(...sizes) ?? activation(name as Activation))
  const model = sequential({ inputs, dtype: 'f64', backend }, stack)
  model.setParameters(Object.fromEntries(Object.entries(start).map(([name, values]) => [name, flat(values)])))
  return model
}

const batchesOf = ({ batches }: Run) =>
  batches.map(({ features, targets }) => ({
    features: Float64Array.from(flat(features)),
    targets: Float64Array.from(flat(targets)),
  }))

/** That each of the values is as expected, and that there are no others. */
function expectValues(received: ReadonlyMap<string, ArrayLike<number>>, expected: Values) {
  expect([...received.keys()].sort()).toEqual(Object.keys(expected).sort())
  for (const [name, values] of received) expectClose(values, flat(expected[name]), rounding)
}

const named = cases.map((run) => [run.layers.map((layer) => layer.join(' ')).join(', '), run] as const)

describe.each<BackendName>(['native', 'reference'])('%s', (backend) => {
  test.each(named)('has the gradients of PyTorch: %s', (_, run) => {
    const gradients = started(run, backend).gradients(batchesOf(run)[0], { loss: 'meanSquaredError' })
    expectValues(new Map(Object.entries(gradients)), run.gradients)
  })

  test.each(named)('learns and predicts as PyTorch: %s', async (_, run) => {
    const [model, batches, optimizer] = [started(run, backend), batchesOf(run), sgd(run.optimizer)]
    const losses = run.losses.map(
      (_, step) => model.step(batches[step % 2], { loss: 'meanSquaredError', optimizer }).loss,
    )
    expectClose(losses, run.losses, rounding)
    expectValues(new Map([...model.parameters()].map(([name, { data }]) => [name, data])), run.parameters)
    for (const [i, { features }] of batches.entries()) {
      expectClose(await model.predict(features), flat(run.predictions[i]), rounding)
    }
  })
})
