import type { Apply } from '../rule.js'
import { decayed, mean } from './decay.js'

/**
 * g ← g + λp;  p ← p − ηλp;  s ← ρs + (1−ρ)g²;  δ = √((u + ε) / (s + ε))·g;  u ← ρu + (1−ρ)δ²;  p ← p − ηδ
 *
 * By (ρ, 1−ρ, η, ε, λ, ηλ).
 */
export const adadelta: Apply = (arithmetic, row, parameter, [squares, updates], gradient) => {
  const [rho, gain, rate, epsilon, coupled, decoupled] = row
  const { fma, round } = arithmetic
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = decayed(arithmetic, coupled, decoupled, parameter[i], gradient[i])
    const s = mean(arithmetic, rho, squares[i], gain, round(g * g))
    const ratio = round(round(updates[i] + epsilon) / round(s + epsilon))
    const delta = round(round(Math.sqrt(ratio)) * g)
    squares[i] = s
    updates[i] = mean(arithmetic, rho, updates[i], gain, round(delta * delta))
    parameter[i] = fma(-rate, delta, p)
  }
}
