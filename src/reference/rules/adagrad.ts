import type { Apply } from '../rule.js'
import { decayed } from './decay.js'

/**
 * g ← g + λp;  p ← p − ηλp;  s ← s + g²;  p ← p − ρ·g / (√s + ε)
 *
 * By (ρ, ε, λ, ηλ).
 */
export const adagrad: Apply = (arithmetic, [rate, epsilon, coupled, decoupled], parameter, [sums], gradient) => {
  const { fma, round } = arithmetic
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = decayed(arithmetic, coupled, decoupled, parameter[i], gradient[i])
    const sum = fma(g, g, sums[i])
    sums[i] = sum
    parameter[i] = fma(-rate, round(g / round(round(Math.sqrt(sum)) + epsilon)), p)
  }
}
