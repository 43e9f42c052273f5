import type { Apply } from '../rule.js'
import { moments } from './adam.js'
import { decayed } from './decay.js'

/**
 * As `adam`, looking ahead: p ← p − (ρm + κg) / (√v·c + ε)
 *
 * By (β₁, 1−β₁, β₂, 1−β₂, ρ, κ, c, ε, λ, ηλ).
 */
export const nadam: Apply = (arithmetic, row, parameter, [first, second], gradient) => {
  const [beta1, gain1, beta2, gain2, rate, share, scale, epsilon, coupled, decoupled] = row
  const { fma, round } = arithmetic
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = decayed(arithmetic, coupled, decoupled, parameter[i], gradient[i])
    const [m, v] = moments(arithmetic, [beta1, gain1, beta2, gain2], first[i], second[i], g)
    const spread = fma(round(Math.sqrt(v)), scale, epsilon)
    first[i] = m
    second[i] = v
    parameter[i] = round(p - round(fma(rate, m, round(share * g)) / spread))
  }
}
