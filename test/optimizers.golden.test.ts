import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as ravine from '../src/index.js'
import { dense } from '../src/layers.js'
import type { Model } from '../src/model.js'
import type { Optimizer } from '../src/optimizer.js'
import { type BackendName, sequential } from '../src/sequential.js'
import { expectClose, type Tolerance } from './close.js'

/** One row of numbers a step. */
type Rows = readonly (readonly number[])[]

/** A run of another library's; test/golden/optimizers.py says what each field is. */
interface Run {
  readonly library: string
  readonly optimizer: Maker
  readonly dtype: 'f64' | 'f32'
  readonly options: Readonly<Record<string, unknown>>
  readonly learningRates: readonly number[] | null
  readonly parameters: Rows
  readonly states: Readonly<Record<string, Rows>> & { readonly velocities?: readonly Rows[] }
}

const makers = {
  adam: ravine.adam,
  adamW: ravine.adamW,
  nadam: ravine.nadam,
  amsgrad: ravine.amsgrad,
  radam: ravine.radam,
  rmsprop: ravine.rmsprop,
  adagrad: ravine.adagrad,
  adadelta: ravine.adadelta,
  lion: ravine.lion,
  qhm: ravine.qhm,
  aggMo: ravine.aggMo,
}

type Maker = keyof typeof makers

const golden = new URL('golden/optimizers.json', import.meta.url)
const {
  start,
  gradients,
  cases,
}: { readonly start: number[]; readonly gradients: Rows; readonly cases: readonly Run[] } = JSON.parse(
  readFileSync(golden, 'utf8'),
)

/** The optimizer of a run; where its rate changes, by a function of the step. */
function optimizerOf({ optimizer, options, learningRates }: Run): Optimizer {
  const learningRate = learningRates ? (step: number) => learningRates[step] : options.learningRate
  const make = makers[optimizer] as (options: object) => Optimizer
  return make({ ...options, learningRate })
}

/** A model of four parameters. */
function modelOf(dtype: Run['dtype'], backend: BackendName): Model {
  const model = sequential({ inputs: start.length, dtype, backend }, [dense(1, 'linear', { bias: false })])
  model.setParameters({ '0.weight': start })
  return model
}

/** All states after a step, by name: of several velocities, those of aggMo, by number. */
const expectedStates = (
  { states: { velocities, ...states } }: Run,
  step: number,
): [name: string, row: readonly number[]][] =>
  velocities
    ? velocities[step].map((row, k) => [`velocity${k}`, row])
    : Object.entries(states).map(([name, rows]) => [name, rows[step]])

/** What two roundings of the same formula may be apart after eight steps. */
const tolerances: Record<Run['dtype'], Tolerance> = {
  f64: { relative: 1e-13, absolute: 1e-14 },
  f32: { relative: 1e-6, absolute: 5e-7 },
}

const arrays = { f64: Float64Array, f32: Float32Array }

/** The cases of an optimizer by library, each with what it does not leave to its default. */
const named = (optimizer: Maker) =>
  cases
    .filter((run) => run.optimizer === optimizer)
    .map((run) => {
      const options = Object.entries(run.options).filter(([, value]) => value)
      const rate = run.learningRates ? ' at changing rates' : ''
      return [`${run.library}, ${run.dtype}${rate}: ${JSON.stringify(Object.fromEntries(options))}`, run] as const
    })

describe.each<BackendName>(['native', 'reference'])('%s', (backend) => {
  describe.each(Object.keys(makers) as Maker[])('%s', (optimizer) => {
    test.each(named(optimizer))('steps as %s', (_, run) => {
      const [model, stepper, tolerance] = [modelOf(run.dtype, backend), optimizerOf(run), tolerances[run.dtype]]
      for (const [step, gradient] of gradients.entries()) {
        model.apply({ '0.weight': arrays[run.dtype].from(gradient) }, stepper)
        expectClose(model.parameters().get('0.weight')!.data, run.parameters[step], tolerance)
        for (const [name, row] of expectedStates(run, step)) {
          expectClose(model.state().get(name)!.get('0.weight')!.data, row, tolerance)
        }
      }
    })
  })
})

test('every run is of an optimizer that is here', () => {
  expect(cases.filter(({ optimizer }) => !(optimizer in makers))).toEqual([])
  expect(Object.keys(makers).filter((name) => named(name as Maker).length === 0)).toEqual([])
})
