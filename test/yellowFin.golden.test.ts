import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { dense } from '../src/layers.js'
import type { Model } from '../src/model.js'
import { type YellowFinOptions, yellowFin } from '../src/optimizers/yellowFin.js'
import { type BackendName, sequential } from '../src/sequential.js'
import { expectClose } from './close.js'

/** One row of numbers a step. */
type Rows = readonly (readonly number[])[]

/** A run of the authors' rule; test/golden/yellowfin.py says what each field is. */
interface Run {
  readonly options: Required<Pick<YellowFinOptions, 'learningRate' | 'beta' | 'window'>>
  readonly start: readonly number[]
  readonly gradients: Rows
  readonly momenta: readonly number[]
  readonly parameters: Rows
  readonly velocities: Rows
}

const golden = new URL('golden/yellowfin.json', import.meta.url)
const { cases }: { readonly cases: readonly Run[] } = JSON.parse(readFileSync(golden, 'utf8'))

/** Five numbers, of which the last is the bias: what is tuned is tuned by both parameters together. */
const split = (row: readonly number[]) => ({
  '0.weight': Float64Array.from(row.slice(0, 4)),
  '0.bias': Float64Array.from(row.slice(4)),
})

const joined = (values: ReturnType<Model['parameters']>) =>
  ['0.weight', '0.bias'].flatMap((name) => [...values.get(name)!.data])

const named = cases.map((run) => [JSON.stringify(run.options), run] as const)

describe.each<BackendName>(['native', 'reference'])('yellowFin, %s', (backend) => {
  test.each(named)('steps as published with %s', (_, { options, start, gradients, parameters, velocities }) => {
    const model = sequential({ inputs: 4, dtype: 'f64', backend }, [dense(1)])
    model.setParameters(split(start))
    const optimizer = yellowFin(options)
    for (const [step, gradient] of gradients.entries()) {
      model.apply(split(gradient), optimizer)
      // A variance is the difference of two averages: where they nearly agree, digits go.
      const tolerance = { relative: 1e-11, absolute: 1e-12 }
      expectClose(joined(model.parameters()), parameters[step], tolerance)
      expectClose(joined(model.state().get('velocity')!), velocities[step], tolerance)
    }
  })

  test('every run fills its window, and its momentum moves', () => {
    for (const { options, gradients, momenta } of cases) {
      expect(gradients.length).toBeGreaterThanOrEqual(options.window + 20)
      expect(Math.max(...momenta) - momenta[1]).toBeGreaterThan(0.1)
    }
  })
})
