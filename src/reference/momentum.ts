import type { FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'

/** A velocity smaller than this in magnitude becomes 0: denormals slow a processor tenfold. */
const SMALLEST_VELOCITY = 1e-30

/**
 * One momentum step of every form, in place, with μ momentum, κ gain, ρ rate:
 *
 *   g ← g + coupled·p;  p ← p − decoupled·p;  v ← μv + κg;  p ← p − ρv   (Nesterov: p ← p − ρ(μv + κg) with the new v)
 *
 * `coefficients` [momentum, gain, rate, coupled decay, decoupled decay]; what they are for each form stands in `optimizer.ts`.
 */
export function momentumStep(
  { fma, round }: Arithmetic,
  parameter: FloatArray,
  gradient: FloatArray,
  velocity: FloatArray,
  coefficients: Float64Array,
  nesterov: boolean,
): void {
  const [momentum, gain, rate, coupled, decoupled] = Array.from(coefficients, (x) => round(x))
  for (let i = 0; i < parameter.length; i++) {
    const p = parameter[i]
    const g = coupled !== 0 ? fma(coupled, p, gradient[i]) : gradient[i]
    const start = decoupled !== 0 ? fma(-decoupled, p, p) : p
    const push = round(gain * g)
    const v = withoutDenormals(fma(momentum, velocity[i], push))
    velocity[i] = v
    parameter[i] = fma(-rate, nesterov ? fma(momentum, v, push) : v, start)
  }
}

export const withoutDenormals = (v: number) => (Math.abs(v) < SMALLEST_VELOCITY ? 0 : v)
