import type { Apply } from '../rule.js'
import { moments } from './adam.js'
import { decayed } from './decay.js'

/** As `adam`, with the largest v so far below the root: u ← max(u, v);  p ← p − ρ·m / (√u·c + ε) */
export const amsgrad: Apply = (arithmetic, row, parameter, [first, second, largest], gradient) => {
  const [beta1, gain1, beta2, gain2, rate, scale, epsilon, coupled, decoupled] = row
  const { fma, round } = arithmetic
  for (let i = 0; i < parameter.length; i++) {
    const [p, g] = decayed(arithmetic, coupled, decoupled, parameter[i], gradient[i])
    const [m, v] = moments(arithmetic, [beta1, gain1, beta2, gain2], first[i], second[i], g)
    // NaN is taken, and stays.
    const most = Math.max(v, largest[i])
    const spread = fma(round(Math.sqrt(most)), scale, epsilon)
    first[i] = m
    second[i] = v
    largest[i] = most
    parameter[i] = fma(-rate, round(m / spread), p)
  }
}
