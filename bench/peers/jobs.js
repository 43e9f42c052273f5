import { descend, points } from '../line.js'
import { nameOf, operationsOf, seed } from '../seed.js'
import { cases, random } from '../shapes.js'
import { exact, round } from '../table.js'

/**
 * What is compared: each case has the words of its request, a label, the rate that so many seconds amount to, and what its answers are
 * worth, a loss or a largest error.
 */
export const jobs = { mnist, matmul, momentum, regression, line, shapes, dense }
/** Those that are run when none is named. */
export const usual = Object.keys(jobs).filter((name) => !['shapes', 'dense'].includes(name))

const gflops = (work) => (seconds) => `${round(work / seconds / 1e9)} GFLOP/s`
const loss = ({ loss }) => `loss ${loss.toPrecision(4)}`
const error = (actual, expected) =>
  `error ${exact(Math.max(0, ...actual.map((value, i) => Math.abs(value - expected[i]))))}`

function mnist({ examples, source }) {
  return [{ ...epoch(source, { widths: seed, batchSize: 64, most: examples }), sizes: [64] }]
}

function shapes({ examples, source }) {
  return cases.map(({ most = examples, ...one }) => epoch(source, { ...one, most }))
}

function dense() {
  return [epoch('random numbers', random)]
}

function epoch(source, { widths, batchSize, most }) {
  return {
    label: `${nameOf(widths)} on ${most} of ${source}, batch ${batchSize}, an epoch`,
    sizes: [batchSize, most, ...widths],
    rate: gflops(operationsOf(widths) * most),
    worth: loss,
  }
}

const products = [
  ...[256, 512, 1024, 2048].map((size) => [size, size, size]),
  [64, 784, 512],
  [64, 512, 256],
  [64, 256, 10],
  [784, 64, 512],
]

function matmul({ numbers }) {
  return products.map(([m, k, n]) => ({
    label: `${m}×${k} · ${k}×${n}`,
    sizes: [m, k, n],
    rate: gflops(2 * m * k * n),
    worth: ({ values }) => error(values, product(numbers, m, k, n, values.length)),
  }))
}

/** So many elements of A·B, evenly spread, in f64. */
function product(numbers, m, k, n, count) {
  return Array.from({ length: count }, (_, i) => {
    const at = Math.floor(((2 * i + 1) * m * n) / (2 * count))
    const [row, column] = [Math.floor(at / n), at % n]
    let sum = 0
    for (let l = 0; l < k; l++) sum += numbers[row * k + l] * numbers[m * k + l * n + column]
    return sum
  })
}

const LENGTH = 10_000_000

function momentum() {
  const rate = (seconds, { bytes = 20 }) => `${round((bytes * LENGTH) / seconds / 1e9)} GB/s`
  const worth = ({ values, steps }) =>
    error(
      values,
      values.map(() => moved(steps)),
    )
  return [{ label: 'momentum step, 10M parameters', sizes: [LENGTH], rate, worth }]
}

/** A parameter that starts at 1, after so many steps along a gradient of 0.5. */
function moved(steps) {
  let [parameter, velocity] = [1, 0]
  for (let step = 0; step < steps; step++) {
    velocity = 0.9 * velocity + 0.5
    parameter -= 0.01 * velocity
  }
  return parameter
}

const stepRate = (steps) => (seconds) => {
  const rate = steps / seconds
  return rate < 1e6 ? `${round(rate / 1e3)} k steps/s` : `${round(rate / 1e6)} M steps/s`
}

function regression({ regression }) {
  const steps = 5 * Math.ceil(regression / 256)
  return [
    { label: `regression ${regression} × 50, batch 256, 5 epochs`, sizes: [256], rate: stepRate(steps), worth: loss },
  ]
}

const STEPS = 100_000

function line() {
  const expected = descend(points.x, points.y, STEPS)
  const worth = ({ values }) => error(values, expected)
  return [{ label: `five points, ${STEPS} steps`, sizes: [STEPS], rate: stepRate(STEPS), worth }]
}
