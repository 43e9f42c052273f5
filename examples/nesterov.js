// Steps that it takes down a long narrow valley, f(x, y) = ½(x² + 100y²). Plain descent (momentum 0) crawls along it. A heavy ball
// rolls, but swings from wall to wall where its momentum is high; Nesterov's looks ahead and brakes in time.
import { momentumStep } from 'ravine'

const curvature = [1, 100]
const learningRate = 0.01

/** Steps from (1, 1) until f ≤ 1e-12. */
function descend(options) {
  const [point, velocity] = [Float64Array.of(1, 1), new Float64Array(2)]
  const height = () => curvature.reduce((sum, c, i) => sum + (c * point[i] ** 2) / 2, 0)
  let steps = 0
  for (; height() > 1e-12; steps++) {
    const gradient = point.map((value, i) => curvature[i] * value)
    momentumStep(point, gradient, velocity, { learningRate, ...options })
  }
  return steps
}

console.log('momentum  heavy ball  Nesterov')
for (const momentum of [0, 0.5, 0.8, 0.9, 0.95, 0.99]) {
  const ball = descend({ momentum })
  const ahead = momentum > 0 ? descend({ momentum, nesterov: true }) : ''
  console.log(String(momentum).padStart(8) + String(ball).padStart(12) + String(ahead).padStart(10))
}
