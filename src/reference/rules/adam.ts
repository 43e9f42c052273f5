import type { Arithmetic } from '../fma.js'
import type { Apply } from '../rule.js'
import { decayed, mean } from './decay.js'

/**
 * g ← g + λp;  p ← p − ηλp;  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  p ← p − ρ·m / (√v·c + ε)
 *
 * By (β₁, 1−β₁, β₂, 1−β₂, ρ, c, ε, λ, ηλ).
 */
export const adam: Apply = (arithmetic, row, parameter, [first, second], gradient) => {
  const [beta1, gain1, beta2, gain2, rate, scale, epsilon, coupled, decoupled] = row
  const { fma, round } = arithmetic
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = decayed(arithmetic, coupled, decoupled, parameter[i], gradient[i])
    const [m, v] = moments(arithmetic, [beta1, gain1, beta2, gain2], first[i], second[i], g)
    const spread = fma(round(Math.sqrt(v)), scale, epsilon)
    first[i] = m
    second[i] = v
    parameter[i] = fma(-rate, round(m / spread), p)
  }
}

/** (β₁m + (1−β₁)g, β₂v + (1−β₂)g²) */
export const moments = (arithmetic: Arithmetic, gains: readonly number[], m: number, v: number, g: number) =>
  [
    mean(arithmetic, gains[0], m, gains[1], g),
    mean(arithmetic, gains[2], v, gains[3], arithmetic.round(g * g)),
  ] as const
