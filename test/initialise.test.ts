import { describe, expect, test } from 'vitest'
import { chain } from '../src/graph.js'
import { initialise } from '../src/initialise.js'
import { dense } from '../src/layers.js'
import { normal, quantile64 } from '../src/normal.js'
import { Philox } from '../src/random.js'
import type { Initialiser } from '../src/spec.js'
import { expectClose } from './close.js'

const [INPUTS, OUTPUTS] = [300, 200]

function started(init: Initialiser, inputs = INPUTS, outputs = OUTPUTS): [weight: Float64Array, bias: Float64Array] {
  const [weight, bias] = initialise(chain(inputs, 'f64', [dense(outputs, 'linear', { init })]), 3)
  return [Float64Array.from(weight), Float64Array.from(bias)]
}

const mean = (values: Float64Array) => values.reduce((sum, x) => sum + x, 0) / values.length
const variance = (values: Float64Array) => {
  const middle = mean(values)
  return mean(values.map((x) => (x - middle) ** 2))
}

// Of 60,000 numbers the variance of a sample is within 3 % of that of its distribution, and the mean within 2 % of the deviation.
describe.each<[Initialiser, variance: number]>([
  ['uniform', 1 / INPUTS / 3],
  ['heNormal', 2 / INPUTS],
  ['heUniform', 2 / INPUTS],
  ['glorotNormal', 2 / (INPUTS + OUTPUTS)],
  ['glorotUniform', 2 / (INPUTS + OUTPUTS)],
  ['lecunNormal', 1 / INPUTS],
])('%s', (init, expected) => {
  test('has its variance, and the mean 0', () => {
    const [weight] = started(init)
    expectClose([variance(weight)], [expected], { relative: 0.03 })
    expect(Math.abs(mean(weight))).toBeLessThan(0.02 * Math.sqrt(expected))
  })

  test('ends where a uniform distribution of that variance ends, or does not end', () => {
    const [weight] = started(init)
    const largest = weight.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    const bound = Math.sqrt(3 * expected)
    if (init.endsWith('Normal')) expect(largest).toBeGreaterThan(2 * bound)
    else expect(largest / bound).toSatisfy((part: number) => part > 0.999 && part < 1)
  })
})

test('the bias is uniform with a uniform weight, else zero', () => {
  expect(started('uniform')[1].every((x) => x !== 0 && Math.abs(x) < 1 / Math.sqrt(INPUTS))).toBe(true)
  for (const init of ['heNormal', 'heUniform', 'glorotNormal', 'glorotUniform', 'lecunNormal', 'orthogonal'] as const) {
    expect(started(init, 7, 5)[1]).toEqual(new Float64Array(5))
  }
  expect(started('zeros', 7, 5)).toEqual([new Float64Array(35), new Float64Array(5)])
})

test.each([
  [1, 1],
  [5, 5],
  [7, 3],
  [3, 7],
  [40, 33],
])('orthogonal [%d, %d] has orthonormal rows, or columns where these are fewer', (rows, columns) => {
  const [weight] = started('orthogonal', columns, rows)
  const at = (i: number, k: number) => (rows > columns ? weight[k * columns + i] : weight[i * columns + k])
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)]
  const indices = (n: number) => Array.from({ length: n }, (_, i) => i)
  const products = indices(count).flatMap((i) =>
    indices(count).map((j) => indices(length).reduce((sum, k) => sum + at(i, k) * at(j, k), 0)),
  )
  const identity = indices(count).flatMap((i) => indices(count).map((j) => Number(i === j)))
  expectClose(products, identity, { absolute: 1e-14 })
})

test('orthogonal turns either way: of one number it is 1 or −1', () => {
  const drawn = Array.from(
    { length: 20 },
    (_, seed) => initialise(chain(1, 'f32', [dense(1, 'linear', { init: 'orthogonal', bias: false })]), seed)[0][0],
  )
  expect(new Set(drawn)).toEqual(new Set([1, -1]))
})

test('parameters have streams of their own', () => {
  const layers = (init: Initialiser) => [dense(5, 'relu', { init }), dense(5, 'linear', { init: 'heNormal' })]
  const [first, second] = (['zeros', 'orthogonal'] as const).map((init) => initialise(chain(4, 'f32', layers(init)), 1))
  expect(first[2]).toEqual(second[2])
  expect(first[2]).not.toEqual(first[0])
})

// Φ of these is known: mpmath.ncdf.
test.each([
  [0.5, 0],
  [0.8413447460685429, 1],
  [0.15865525393145707, -1],
  [0.9772498680518208, 2],
  [0.0013498980316300946, -3],
  [2.866515718791939e-7, -5],
  [7.619853024160527e-24, -10],
])('the quantile of %d is %d', (p, x) => expectClose([quantile64(p)], [x], { relative: 2e-15, absolute: 1e-300 }))

test('normal numbers have the moments of their distribution, and are symmetric', () => {
  const random = new Philox(5, 0)
  const numbers = Float64Array.from({ length: 100_000 }, () => normal(random))
  const moment = (power: number) => mean(numbers.map((x) => x ** power))
  // E x⁴ = 3, E x⁶ = 15; deviations of the means of 100,000: 0.003, 0.0045, 0.012, 0.031, 0.3
  for (const [power, expected, bound] of [
    [1, 0, 0.013],
    [2, 1, 0.018],
    [3, 0, 0.05],
    [4, 3, 0.13],
    [6, 15, 1.3],
  ]) {
    expect(Math.abs(moment(power) - expected)).toBeLessThan(bound)
  }
})
