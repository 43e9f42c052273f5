import type { Apply } from '../rule.js'
import { decayed, mean } from './decay.js'

/**
 * g ← g + λp;  p ← p − ηλp;  v ← βv + (1−β)g;  p ← p − η(νv + (1−ν)g)
 *
 * By (β, 1−β, ην, η(1−ν), λ, ηλ).
 */
export const qhm: Apply = (arithmetic, row, parameter, [velocity], gradient) => {
  const [beta, gain, rate, share, coupled, decoupled] = row
  const { fma, round } = arithmetic
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = decayed(arithmetic, coupled, decoupled, parameter[i], gradient[i])
    const v = mean(arithmetic, beta, velocity[i], gain, g)
    velocity[i] = v
    parameter[i] = round(p - fma(rate, v, round(share * g)))
  }
}
