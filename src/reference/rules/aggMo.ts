import type { Apply } from '../rule.js'
import { decayed, settled } from './decay.js'

/**
 * g ← g + λp;  p ← p − ηλp;  vₖ ← βₖvₖ + g;  p ← p − (η/K)·Σₖ vₖ, summed in order
 *
 * By (η/K, λ, ηλ, β₁, …, β_K).
 */
export const aggMo: Apply = (arithmetic, [rate, coupled, decoupled, ...betas], parameter, velocities, gradient) => {
  const { fma, round } = arithmetic
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = decayed(arithmetic, coupled, decoupled, parameter[i], gradient[i])
    let sum = 0
    for (const [k, beta] of betas.entries()) {
      const v = settled(fma(beta, velocities[k][i], g))
      velocities[k][i] = v
      sum = round(sum + v)
    }
    parameter[i] = fma(-rate, sum, p)
  }
}
