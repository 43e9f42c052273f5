// Makes the pictures in docs/plots/ and the tables in docs/momentum.md, by ravine. With --check it writes nothing, and names what differs
// from what is there: numbers are the same on every machine, and so are the pictures.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as ravine from 'ravine'
import { chart } from './draw.js'
import { bowl, digitsRuns, digitsTable, functions, grows, stepsTable } from './measured.js'

const { constant, linear, minimize, sequence, sgd } = ravine

const at = (points) => points.map((value, step) => [step, value])
const ticks = (from, to, by) => Array.from({ length: Math.round((to - from) / by) + 1 }, (_, i) => from + i * by)
const powers = (from, to, by = 2) => ticks(from, to, by).map((power) => Number(`1e${power}`))

function path() {
  const { f } = bowl(1, 20)
  const start = [-9, 1]
  const walk = (name, options) => {
    const { path } = minimize(f, start, { optimizer: sgd({ learningRate: 0.045, ...options }), steps: 40 })
    return { name, points: path.map(([x, y]) => [x, y]), dots: true }
  }
  const contours = (across, up) =>
    [0.5, 2, 5, 10, 20, 35, 55]
      .map((level) => [Math.sqrt(2 * level), Math.sqrt(level / 10)])
      .map(([a, b]) => [across(a) - across(0), up(0) - up(b)].map((radius) => radius.toFixed(1)))
      .map(
        ([a, b]) =>
          `<ellipse cx="${across(0)}" cy="${up(0)}" rx="${a}" ry="${b}" fill="none" stroke="#808890" opacity="0.35"/>\n`,
      )
      .join('')
  return chart({
    title: '40 steps down ½(x² + 20y²), η = 0.045',
    x: { label: 'x', from: -10, to: 6, ticks: ticks(-10, 6, 2) },
    y: { label: 'y', from: -1.5, to: 3, ticks: ticks(-1, 3, 1) },
    lines: [
      walk('plain', {}),
      walk('heavy ball 0.8', { momentum: 0.8 }),
      walk('Nesterov 0.8', { momentum: 0.8, nesterov: true }),
    ],
    under: contours,
  })
}

function convergence(title, f, start, steps, optimizers) {
  const lines = Object.entries(optimizers).map(([name, optimizer]) => {
    const { values } = minimize(f, start, { optimizer, steps })
    return { name, points: at(values).filter(([step]) => step % Math.ceil(steps / 300) === 0) }
  })
  const x = { label: 'step', from: 0, to: steps, ticks: ticks(0, steps, steps / 5) }
  return chart({ title, x, y: { label: 'f(x)', from: 1e-12, to: 1e8, ticks: powers(-12, 2), log: true }, lines })
}

function momenta() {
  const { f, start } = functions['ravine, 1 : 100']
  const of = (momentum, nesterov) => sgd({ learningRate: 1, momentum, nesterov })
  const balls = Object.fromEntries([0.5, 0.8, 0.9, 0.99].map((momentum) => [`heavy ball ${momentum}`, of(momentum)]))
  const all = {
    plain: sgd({ learningRate: 1 }),
    ...balls,
    'Nesterov 0.9': of(0.9, true),
    'Nesterov 0.99': of(0.99, true),
  }
  return convergence('A ravine, ½(x² + y²/100), η = 1', f, start, 300, all)
}

function restart() {
  const { f, start } = functions['ravine of 20, 1 : 1000']
  const of = (options) => sgd({ learningRate: 1, nesterov: true, momentum: grows, ...options })
  return convergence('Curvatures 1 … 1/1000, μ = step / (step + 3), η = 1', f, start, 1000, {
    'no momentum': sgd({ learningRate: 1 }),
    'no restart': of({}),
    "restart: 'function'": of({ restart: 'function' }),
    "restart: 'gradient'": of({ restart: 'gradient' }),
    'μ = 0.94, the best constant': of({ momentum: 0.94 }),
  })
}

function forms() {
  const rate = (step) => (step < 6 ? 0.1 : 0.001)
  const run = (options) =>
    minimize(([x]) => ({ value: x * x, gradient: [2 * x] }), [2], {
      optimizer: sgd({ momentum: 0.9, ...options }),
      steps: 24,
    })
  const line = (name, options) => ({ name, points: at(run(options).path.map(([x]) => x)), dots: true })
  return chart({
    title: 'f(x) = x², μ = 0.9; at step 6 the learning rate falls from 0.1 to 0.001',
    x: { label: 'step', from: 0, to: 24, ticks: ticks(0, 24, 4) },
    y: { label: 'x', from: -4, to: 3, ticks: ticks(-4, 3, 1) },
    lines: [
      line("'heavyBall', and 'ema' with η/(1 − μ)", { learningRate: rate }),
      line("'velocity'", { learningRate: rate, form: 'velocity' }),
    ],
  })
}

function schedules() {
  const steps = 2000
  const cycle = ravine.oneCycle({ max: 1, steps }).momentum
  const annealed = sequence([linear({ from: 0.5, to: 0.9, steps: 1000 }), 1000], constant(0.9))
  const all = {
    'demon 0.9': ravine.demon({ from: 0.9, steps }),
    'linear 0.5 → 0.9': annealed,
    'sutskever, max 0.99': ravine.sutskever({ max: 0.99 }),
    oneCycle: cycle,
  }
  const lines = Object.entries(all).map(([name, schedule]) => ({ name, points: momentaOf(schedule, steps) }))
  return chart({
    title: 'Momentum by schedule, 2000 steps',
    x: { label: 'step', from: 0, to: steps, ticks: ticks(0, steps, 500) },
    y: { label: 'μ', from: 0, to: 1.5, ticks: ticks(0, 1, 0.25) },
    lines,
  })
}

/** What a schedule gives: by a gradient of 1, x falls by the learning rate. */
function momentaOf(learningRate, steps) {
  const { path } = minimize(([x]) => ({ value: x, gradient: [1] }), [0], { optimizer: sgd({ learningRate }), steps })
  return at(path.slice(1).map(([x], i) => path[i][0] - x)).filter(([step]) => step % 10 === 0)
}

const digitsPlot = (runs) =>
  chart({
    title: 'Drawn digits, 784-32-10, each with its best of four learning rates',
    x: { label: 'epoch', from: 1, to: 6, ticks: ticks(1, 6, 1) },
    y: { label: 'validation loss', from: 0, to: 0.8, ticks: [0, 0.2, 0.4, 0.6, 0.8] },
    // More lines than these are one tangle; the table has all.
    lines: runs
      .filter(({ name }) => !/Demon|Sutskever|YellowFin/.test(name))
      .map(({ name, history }) => ({
        name,
        points: history.map(({ epoch, validationLoss }) => [epoch, validationLoss]),
        dots: true,
      })),
  })

/** A page with its tables made anew, between `<!-- name -->` and `<!-- end -->`. */
const withTables = (page, tables) =>
  page.replace(/<!-- (\w+) -->\n.*?<!-- end -->/gs, (whole, name) =>
    name in tables ? `<!-- ${name} -->\n\n${tables[name]}\n\n<!-- end -->` : whole,
  )

const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url))
const textOf = (path) => readFileSync(fileOf(path), 'utf8')

const runs = await digitsRuns()
const made = {
  'plots/path.svg': path(),
  'plots/momenta.svg': momenta(),
  'plots/restart.svg': restart(),
  'plots/forms.svg': forms(),
  'plots/schedules.svg': schedules(),
  'plots/digits.svg': digitsPlot(runs),
  'momentum.md': withTables(textOf('momentum.md'), { functions: stepsTable(), digits: digitsTable(runs) }),
}
for (const [path, text] of Object.entries(made)) {
  if (!process.argv.includes('--check')) writeFileSync(fileOf(path), text)
  else if (textOf(path) !== text)
    process.exitCode = Number(!console.log(`docs/${path} is not what npm run docs:plots makes`))
}
