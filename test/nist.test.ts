import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { dense } from '../src/layers.js'
import { sgd } from '../src/optimizers/sgd.js'
import { type BackendName, sequential } from '../src/sequential.js'
import { expectClose } from './close.js'

/** One of NIST's certified regressions; test/golden/nist.py says what each field is. */
interface Regression {
  readonly name: string
  readonly curvatures: readonly [least: number, largest: number]
  readonly centredCurvatures: readonly [least: number, largest: number] | null
  readonly features: readonly (readonly number[])[]
  readonly targets: readonly number[]
  readonly estimates: readonly number[]
  readonly residualDeviation: number
}

const golden = new URL('golden/nist.json', import.meta.url)
const { datasets }: { readonly datasets: readonly Regression[] } = JSON.parse(readFileSync(golden, 'utf8'))

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** Values with mean 0 and deviation 1, and what they were made by. */
function standardised(values: readonly number[]) {
  const mean = sum(values) / values.length
  const deviation = Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length)
  return { mean, deviation, values: values.map((value) => (value - mean) / deviation) }
}

/** n over k */
const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k)

/** The coefficients in powers of x of Σ cₖ((x − 10) / 10)ᵏ. */
const expanded = (coefficients: readonly number[]) =>
  coefficients.map((_, j) => sum(coefficients.slice(j).map((c, i) => (c * choose(i + j, j) * (-1) ** i) / 10 ** j)))

/**
 * Heavy ball on the whole batch, with the best rate and momentum for the curvatures of the loss: √L and √m are the roots of the
 * largest and the least, η = (2 / (√L + √m))², μ = ((√L − √m) / (√L + √m))²; the error falls as √μᵗ.
 */
function trained(
  columns: readonly number[][],
  targets: readonly number[],
  [m, l]: readonly number[],
  backend: BackendName,
) {
  const [fast, slow] = [Math.sqrt(2 * l), Math.sqrt(2 * m)]
  const root = (fast - slow) / (fast + slow)
  const optimizer = sgd({ learningRate: (2 / (fast + slow)) ** 2, momentum: root ** 2 })
  const model = sequential({ inputs: columns.length, dtype: 'f64', backend }, [dense(1)])
  model.setParameters({ '0.weight': columns.map(() => 0), '0.bias': [0] })
  const features = Float64Array.from(targets.flatMap((_, row) => columns.map((column) => column[row])))
  const batch = { features, targets: Float64Array.from(targets) }
  const options = { loss: 'meanSquaredError', optimizer } as const
  for (let step = 0; step < 50 + 45 / (1 - root); step++) model.step(batch, options)
  const parameters = model.parameters()
  return {
    weights: [...parameters.get('0.weight')!.data],
    bias: parameters.get('0.bias')!.data[0],
    loss: model.step(batch, options).loss,
  }
}

/** Estimates, the intercept first, and the residual standard deviation. */
function regression({ features, targets, curvatures, centredCurvatures }: Regression, backend: BackendName) {
  const rows = centredCurvatures ? features.map(([x]) => [1, 2, 3, 4, 5].map((k) => ((x - 10) / 10) ** k)) : features
  const columns = rows[0].map((_, j) => standardised(rows.map((row) => row[j])))
  const y = standardised(targets)
  const values = columns.map((column) => column.values)
  const { weights, bias, loss } = trained(values, y.values, centredCurvatures ?? curvatures, backend)
  const slopes = weights.map((weight, j) => (weight * y.deviation) / columns[j].deviation)
  const intercept = y.mean + y.deviation * bias - sum(slopes.map((slope, j) => slope * columns[j].mean))
  const freedom = targets.length - weights.length - 1
  return {
    estimates: (centredCurvatures ? expanded : Array.from<number>)([intercept, ...slopes]),
    residual: y.deviation * Math.sqrt((loss * targets.length) / freedom),
  }
}

/**
 * Digits in which the worst estimate agrees at least; half a digit or more is left for another engine's powers. On the powers of x themselves, whose curvatures are 2.7 million
 * apart, Wampler's take 37,000 steps and agree in 6 digits, and Wampler5, all noise, in 5: the estimates are sums that cancel.
 */
const digits: Record<string, number> = {
  Norris: 12,
  Longley: 12,
  Wampler1: 8,
  Wampler2: 11,
  Wampler3: 8,
  Wampler4: 7,
  Wampler5: 6,
}

describe.each<BackendName>(['native', 'reference'])('full-batch training in f64, %s', (backend) => {
  test.each(datasets.map((set) => [set.name, set] as const))('comes to what NIST certifies for %s', (name, set) => {
    const { estimates, residual } = regression(set, backend)
    expectClose(estimates, set.estimates, { relative: 10 ** -digits[name] })
    // Of a perfect fit something remains in the last digits of the targets.
    expectClose(residual, set.residualDeviation, { relative: 1e-10, absolute: 1e-13 * Math.max(...set.targets) })
  })

  test('all seven are there', () => expect(datasets.map((set) => set.name)).toEqual(Object.keys(digits)))
})
