import type { Descent, Slope } from './descent.js'
import { fraction, notNegative } from './options.js'
import { type Scheduled, valueAt } from './schedule.js'

export const restarts = ['function', 'gradient'] as const
export type Restart = (typeof restarts)[number]

export interface Restarting {
  readonly learningRate: Scheduled
  readonly momentum: Scheduled
  readonly restart: Restart
}

/**
 * Nesterov's accelerated descent, which begins anew where it goes uphill; g = ∇f(y), from x = y, v = 0:
 *
 *   x⁺ = y − ηg;  v ← μv + g;  uphill: y ← x⁺, v ← 0, and the schedule of μ from its beginning;  else y ← x⁺ − ημ⁺v
 *
 * μ is that of the step before, μ⁺ the next of its schedule: of a constant momentum these are the steps of `sgd` with nesterov.
 * Uphill is f(x⁺) > f(x) by `function`, which evaluates f at x⁺ too, and by `gradient` gᵀ(x⁺ − x) > 0, which is gᵀv < 0.
 *
 * Source: O'Donoghue and Candès, "Adaptive restart for accelerated gradient schemes", 2012 (arXiv 1204.3982).
 */
export function restarting(where: string, { learningRate, momentum, restart }: Restarting, y: Float64Array): Descent {
  const velocity = new Float64Array(y.length)
  const uphill = restart === 'function' ? rises(y) : turns(velocity)
  let [step, since, kept] = [0, 0, 0]
  return (slope) => {
    const rate = valueAt(where, 'learningRate', learningRate, step++, notNegative)
    for (const [i, g] of slope.gradient.entries()) {
      velocity[i] = kept * velocity[i] + g
      y[i] -= rate * g
    }
    const anew = uphill(slope)
    kept = anew ? 0 : valueAt(where, 'momentum', momentum, since, fraction)
    since = anew ? 0 : since + 1
    if (anew) velocity.fill(0)
    for (const [i, v] of velocity.entries()) y[i] -= rate * kept * v
  }
}

/** Whether f has risen since the step before, at the point that y has just been brought to. */
function rises(y: Float64Array): (slope: Slope) => boolean {
  let height: number | undefined
  return ({ value, valueAt }) => {
    const before = height ?? value
    height = valueAt(y)
    return height > before
  }
}

/** Whether the velocity points against the gradient that it has just taken in: the step goes against its sign. */
const turns =
  (velocity: Float64Array) =>
  ({ gradient }: Slope): boolean =>
    gradient.reduce((sum, g, i) => sum + g * velocity[i], 0) < 0
