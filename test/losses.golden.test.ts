import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { dense } from '../src/layers.js'
import { sgd } from '../src/optimizers/sgd.js'
import { type BackendName, sequential } from '../src/sequential.js'
import { type Loss, losses } from '../src/spec.js'
import { expectClose } from './close.js'

/** One row of numbers an example. */
type Rows = readonly (readonly number[])[]

/** A loss of another library's; test/golden/losses.py says what each field is. */
interface Judged {
  readonly loss: (typeof losses)[number]
  readonly options: Readonly<Record<string, number>>
  readonly outputs: Rows
  readonly labels?: readonly number[]
  readonly targets?: Rows
  readonly weights: readonly number[] | null
  readonly mean: number
  readonly gradient: Rows
}

const golden = new URL('golden/losses.json', import.meta.url)
const { cases }: { readonly cases: readonly Judged[] } = JSON.parse(readFileSync(golden, 'utf8'))

const transposed = (rows: Rows) => rows[0].map((_, column) => rows.map((row) => row[column]))

/** A model of one dense layer whose outputs for the examples, of which each has a feature of its own, are its weights. */
function modelOf({ outputs }: Judged, backend: BackendName) {
  const layer = dense(outputs[0].length, 'linear', { bias: false })
  const model = sequential({ inputs: outputs.length, dtype: 'f64', backend }, [layer])
  model.setParameters({ '0.weight': transposed(outputs).flat() })
  return model
}

const batchOf = ({ outputs, labels, targets }: Judged) => ({
  features: Float64Array.from(outputs.flatMap((_, row) => outputs.map((_, column) => Number(row === column)))),
  ...(labels ? { labels: Uint8Array.from(labels) } : { targets: Float64Array.from((targets ?? []).flat()) }),
})

const named = cases.map((judged) => {
  const { loss, options, labels, weights } = judged
  const answers = `${labels ? 'labels' : 'targets'}${weights ? ', weighted' : ''}`
  return [`${loss} ${JSON.stringify(options)} of ${answers}`, judged] as const
})

describe.each<BackendName>(['native', 'reference'])('%s', (backend) => {
  test.each(named)('has the mean and the gradient of %s', (_, judged) => {
    const [model, batch] = [modelOf(judged, backend), batchOf(judged)]
    const loss = { type: judged.loss, ...judged.options } as Loss
    const options = judged.weights ? { loss, exampleWeights: judged.weights } : { loss }
    const tolerance = { relative: 1e-13, absolute: 1e-15 }
    expectClose(model.gradients(batch, options)['0.weight'], transposed(judged.gradient).flat(), tolerance)
    const optimizer = sgd({ learningRate: 1 })
    expectClose(model.step(batch, { ...options, optimizer }).loss, judged.mean, tolerance)
  })
})

test('every loss is among them', () => {
  expect([...new Set(cases.map(({ loss }) => loss))].sort()).toEqual([...losses].sort())
})
