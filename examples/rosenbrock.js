// Down Rosenbrock's bent valley, f(x, y) = (1 − x)² + 100(y − x²)², from (−1.2, 1) to the minimum at (1, 1): where plain descent,
// momentum, Nesterov's and adam are after how many steps. Along the floor of the valley plain descent crawls.
import { adam, minimize, sgd } from 'ravine'

const rosenbrock = ([x, y]) => ({
  value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
  gradient: [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)],
})
const optimizers = {
  plain: sgd({ learningRate: 0.001 }),
  momentum: sgd({ learningRate: 0.001, momentum: 0.9 }),
  Nesterov: sgd({ learningRate: 0.001, momentum: 0.9, nesterov: true }),
  adam: adam({ learningRate: 0.02 }),
}

const runs = Object.values(optimizers).map((optimizer) =>
  minimize(rosenbrock, [-1.2, 1], { optimizer, steps: 40_000, tolerance: 1e-6 }),
)
const line = (first, cells) => console.log(String(first).padStart(6) + cells.map((cell) => cell.padStart(21)).join(''))

line('step', Object.keys(optimizers))
for (const step of [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000]) {
  const points = runs.map(({ path }) => path[Math.min(step, path.length - 1)])
  line(
    step,
    points.map(([x, y]) => x.toFixed(6).padStart(10) + y.toFixed(6).padStart(11)),
  )
}
console.log('')
line(
  'steps',
  runs.map(({ steps }) => String(steps)),
)
line(
  'f',
  runs.map(({ value }) => value.toExponential(1)),
)
