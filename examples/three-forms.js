// The three forms of momentum side by side on f(x) = x². At a constant η they take the same path: `velocity` as it is, `ema` with
// η/(1 − μ). At step 6 η drops to a tenth. `heavyBall` and `ema` multiply it from outside, so they slow down at once; `velocity` has
// the old η inside its velocity and goes on for a while.
import { momentumStep } from 'ravine'

const momentum = 0.9
const forms = {
  heavyBall: (rate) => ({ form: 'heavyBall', momentum, learningRate: rate }),
  velocity: (rate) => ({ form: 'velocity', momentum, learningRate: rate }),
  ema: (rate) => ({ form: 'ema', momentum, learningRate: rate / (1 - momentum) }),
}
const balls = Object.values(forms).map((options) => ({ options, x: Float64Array.of(2), velocity: Float64Array.of(0) }))

console.log(
  `step     η${Object.keys(forms)
    .map((form) => form.padStart(11))
    .join('')}`,
)
for (let step = 1; step <= 12; step++) {
  const rate = step < 6 ? 0.1 : 0.01
  for (const { options, x, velocity } of balls) {
    momentumStep(x, Float64Array.of(2 * x[0]), velocity, options(rate))
  }
  const path = balls.map(({ x }) => x[0].toFixed(6).padStart(11)).join('')
  console.log(String(step).padStart(4) + String(rate).padStart(6) + path)
}
