// What the tables of docs/momentum.md say, measured: functions of `minimize`, and a net on drawn digits.
import { adam, aggMo, demon, dense, digits, minimize, muon, qhm, sequential, sgd, sutskever, yellowFin } from 'ravine'

/** ½ Σ cᵢxᵢ² */
export const bowl = (...curvatures) => ({
  f: (x) => ({
    value: curvatures.reduce((sum, c, i) => sum + (c * x[i] ** 2) / 2, 0),
    gradient: curvatures.map((c, i) => c * x[i]),
  }),
  start: curvatures.map((_, i) => 1 + (i % 3)),
})
const rosenbrock = {
  f: ([x, y]) => ({
    value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)],
  }),
  start: [-1.2, 1],
}
export const functions = {
  'ravine, 1 : 100': bowl(1, 0.01),
  'ravine of 20, 1 : 1000': bowl(
    ...Array.from({ length: 20 }, (_, i) => Number((10 ** ((-3 * i) / 19)).toPrecision(6))),
  ),
  Rosenbrock: rosenbrock,
}

export const grows = (step) => step / (step + 3)
const momentum = (momentum, nesterov = false) => ({
  [`${nesterov ? 'Nesterov' : 'heavy ball'} ${momentum}`]: (learningRate) => sgd({ learningRate, momentum, nesterov }),
})
const ways = {
  'plain descent': (learningRate) => sgd({ learningRate }),
  ...momentum(0.9),
  ...momentum(0.99),
  ...momentum(0.9, true),
  ...momentum(0.99, true),
  'QHM β 0.99, ν 0.7': (learningRate) => qhm({ learningRate, beta: 0.99 }),
  'AggMo 0, 0.9, 0.99': (learningRate) => aggMo({ learningRate }),
  'Demon from 0.9': (learningRate, steps = 1000) => sgd({ learningRate, momentum: demon({ from: 0.9, steps }) }),
  'Sutskever, max 0.99': (learningRate) => sgd({ learningRate, momentum: sutskever({ max: 0.99 }) }),
  YellowFin: (learningRate) => yellowFin({ learningRate }),
  Adam: (learningRate) => adam({ learningRate }),
}
const restarting = (learningRate) => sgd({ learningRate, momentum: grows, nesterov: true, restart: 'gradient' })

const table = (heading, rows) =>
  [heading, heading.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** Fewest steps to a gradient of 1e-4, of the learning rates 10^(k/4) from 0.001 to 10 the best, with the one that it took. */
export function stepsTable() {
  const rates = Array.from({ length: 17 }, (_, i) => i - 12).map((k) => Number((10 ** (k / 4)).toPrecision(2)))
  const rows = Object.entries({ ...ways, 'Nesterov, growing, restart': restarting }).map(([name, optimizer]) => [
    name,
    ...Object.values(functions).map((trial) => fewest(trial, optimizer, rates)),
  ])
  return table(['', ...Object.keys(functions)], rows)
}

function fewest({ f, start }, optimizer, rates) {
  let best = { steps: 5001, told: 'more than 5000' }
  for (const rate of rates) {
    const steps = stepsOf(f, start, optimizer(rate), best.steps - 1)
    if (steps !== undefined) best = { steps, told: `${steps} (η ${rate})` }
  }
  return best.told
}

function stepsOf(f, start, optimizer, steps) {
  try {
    const end = minimize(f, start, { optimizer, steps, tolerance: 1e-4, path: false })
    return end.converged ? end.steps : undefined
  } catch (error) {
    if (error.code !== 'ERR_RAVINE_DIVERGED') throw error
  }
}

const [EPOCHS, BATCH] = [6, 50]

/** One net on drawn digits, by each optimizer with each of four learning rates; the validation loss of the best after each epoch. */
export async function digitsRuns() {
  const data = digits({ examples: 3000, seed: 1 })
  const { 'heavy ball 0.99': _, 'Nesterov 0.99': __, ...chosen } = ways
  const others = (learningRate) => sgd({ learningRate, momentum: 0.9 })
  const matrices = { 'Muon, biases heavy ball': (learningRate) => muon({ learningRate, others: others(0.03) }) }
  const steps = EPOCHS * Math.ceil(data.train.examples / BATCH)
  const runs = []
  for (const [name, optimizer] of Object.entries({ ...chosen, ...matrices })) {
    const tried = []
    for (const rate of ratesFor(name)) tried.push({ name, rate, history: await fitted(data, optimizer(rate, steps)) })
    runs.push(tried.sort((a, b) => lossOf(a) - lossOf(b))[0])
  }
  return runs
}

/** An average of gradients is shorter than their sum; a step of Adam or Muon has a length of its own, and YellowFin's rate is a factor. */
const rates = {
  QHM: [0.1, 0.3, 1, 3],
  YellowFin: [0.1, 0.3, 1, 3],
  Adam: [0.001, 0.003, 0.01, 0.03],
  Muon: [0.003, 0.01, 0.03, 0.1],
}
const ratesFor = (name) => rates[name.split(/[ ,]/)[0]] ?? [0.01, 0.03, 0.1, 0.3]
const lossOf = ({ history }) => history.at(-1).validationLoss

async function fitted({ train, test }, optimizer) {
  const model = sequential({ inputs: 784, seed: 1, threads: 1 }, [dense(32, 'relu'), dense(10)])
  const options = { epochs: EPOCHS, batchSize: BATCH, validation: test, metrics: ['accuracy'] }
  return [...(await model.fit(train, { optimizer, ...options }))]
}

export const digitsTable = (runs) =>
  table(
    ['', 'η', 'loss after 1 epoch', 'after 6', 'accuracy'],
    runs.map(({ name, rate, history }) => [
      name,
      rate,
      history[0].validationLoss.toFixed(3),
      lossOf({ history }).toFixed(3),
      `${(100 * history.at(-1).validationAccuracy).toFixed(1)} %`,
    ]),
  )
