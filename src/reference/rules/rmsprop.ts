import type { Apply } from '../rule.js'
import { decayed, mean, settled } from './decay.js'

/**
 * g ← g + λp;  p ← p − ηλp;  s ← αs + (1−α)g²;  centred: ḡ ← αḡ + (1−α)g, else ḡ = 0;
 * v ← μv + g / (√max(s − ḡ², 0) + ε);  p ← p − ηv; without momentum v is not kept
 *
 * By (α, 1−α, μ, η, ε, 1 if centred else 0, λ, ηλ).
 */
export const rmsprop: Apply = (arithmetic, row, parameter, [squares, means, velocity], gradient) => {
  const [alpha, gain, momentum, rate, epsilon, centered, coupled, decoupled] = row
  const { fma, round } = arithmetic
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = decayed(arithmetic, coupled, decoupled, parameter[i], gradient[i])
    let spread = mean(arithmetic, alpha, squares[i], gain, round(g * g))
    squares[i] = spread
    if (centered) {
      const average = mean(arithmetic, alpha, means[i], gain, g)
      means[i] = average
      // Rounding may take it below; NaN stays.
      const rest = fma(-average, average, spread)
      spread = Math.max(rest, 0)
    }
    let direction = round(g / round(round(Math.sqrt(spread)) + epsilon))
    if (momentum !== 0) {
      direction = settled(fma(momentum, velocity[i], direction))
      velocity[i] = direction
    }
    parameter[i] = fma(-rate, direction, p)
  }
}
