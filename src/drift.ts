import type { MomentumCoefficients } from './optimizers/sgd.js'

/**
 * (θ, v) ← (aθ + bv, cθ + dv): what a momentum step does to a parameter whose gradient is 0, and so what any number of them do.
 * Without decay, Δ steps of heavyBall are θ ← θ − η(μ + μ² + … + μ^Δ)v, v ← μ^Δv.
 */
export type Drift = readonly [a: number, b: number, c: number, d: number]

/** The drift of a step, counting from 1. */
export type DriftOf = (step: number) => Drift

/** Nothing moves. */
const rest: Drift = [1, 0, 0, 1]

/** v ← μv + κλθ;  θ ← (1 − ηλ)θ − ρv  (Nesterov: θ ← (1 − ηλ)θ − ρ(μv + κλθ) with the new v), by numbers rounded as the arrays' are. */
export function driftOf({ nesterov, coefficients }: MomentumCoefficients, round: (value: number) => number): Drift {
  const [momentum, gain, rate, coupled, decoupled] = Array.from(coefficients, round)
  const pull = gain * coupled
  const [speed, slope] = nesterov ? [momentum, pull] : [1, 0]
  return [1 - decoupled - rate * (speed * pull + slope), -rate * speed * momentum, pull, momentum]
}

/**
 * Of each of `lasts`, descending, the drift of the steps after it up to `until`: rows of four.
 *
 * @param scheduled whether steps may differ for ever, so that each has to be looked at
 */
export function driftsUntil(until: number, lasts: readonly number[], of: DriftOf, scheduled: boolean): Float64Array {
  const drifts = new Float64Array(4 * lasts.length)
  const settled = scheduled ? until + 1 : settledStep(of)
  let [reached, drift] = [until, rest]
  for (const [place, last] of lasts.entries()) {
    drift = after(drift, between(last + 1, reached, settled, of))
    reached = last
    drifts.set(drift, 4 * place)
  }
  return drifts
}

/** The drift of steps `from` … `to`: one by one while they differ, by a power once they do not. */
function between(from: number, to: number, settled: number, of: DriftOf): Drift {
  let drift = rest
  for (let step = from; step <= to && step < settled; step++) drift = after(of(step), drift)
  const alike = to - Math.max(from, settled) + 1
  return alike > 0 ? after(power(of(settled), alike), drift) : drift
}

/** A step from which on all are alike: dampening spares only the first, and bias correction ends where 1 − μᵗ rounds to 1. */
function settledStep(of: DriftOf): number {
  let [step, drift, later] = [1, of(1), of(2)]
  // NaN, of numbers that are too large, is as settled as any.
  while (drift.some((value, i) => !Object.is(value, later[i]))) [step, drift, later] = [2 * step, later, of(4 * step)]
  return step
}

/** `later` after `earlier`: the product of two maps. */
function after([a, b, c, d]: Drift, [e, f, g, h]: Drift): Drift {
  return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h]
}

/** A drift n times, by repeated squaring. */
function power(drift: Drift, n: number): Drift {
  let product = rest
  for (let square = drift, left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) product = after(square, product)
    if (left > 1) square = after(square, square)
  }
  return product
}
