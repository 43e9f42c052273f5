import type { Apply } from '../rule.js'
import { decayed, mean } from './decay.js'

/**
 * g ← g + λp;  p ← p − ηλp;  p ← p − η·sign(β₁v + (1−β₁)g);  then v ← β₂v + (1−β₂)g
 *
 * By (β₁, 1−β₁, β₂, 1−β₂, η, λ, ηλ).
 */
export const lion: Apply = (arithmetic, row, parameter, [velocity], gradient) => {
  const [beta1, gain1, beta2, gain2, rate, coupled, decoupled] = row
  const { fma, round } = arithmetic
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = decayed(arithmetic, coupled, decoupled, parameter[i], gradient[i])
    const direction = Math.sign(fma(beta1, velocity[i], round(gain1 * g)))
    velocity[i] = mean(arithmetic, beta2, velocity[i], gain2, g)
    parameter[i] = fma(-rate, direction, p)
  }
}
