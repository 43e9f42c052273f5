// A heavy ball rolls on f(x) = x² from x = 2, with η = 0.1 and μ = 0.9.
// It does not stop at the minimum: the velocity carries it past 0, and the slope of the other side turns it round.
import { momentumStep } from 'ravine'

const [x, velocity] = [Float64Array.of(2), Float64Array.of(0)]
const show = (value) => value.toFixed(6).padStart(11)

console.log('step          x   gradient   velocity')
for (let step = 0; step <= 6; step++) {
  const gradient = Float64Array.of(2 * x[0])
  console.log(String(step).padStart(4) + show(x[0]) + show(gradient[0]) + show(velocity[0]))
  momentumStep(x, gradient, velocity, { learningRate: 0.1, momentum: 0.9 })
}
