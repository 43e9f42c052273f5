import type { Differentiable } from '../src/minimize.js'

/** A function that optimizers are tried on: where to begin, and where it is least. */
export interface Trial {
  readonly f: Differentiable
  readonly start: readonly number[]
  readonly minima: readonly (readonly number[])[]
}

/** (1 − x)² + 100(y − x²)²: a bent valley. Source: Rosenbrock 1960. */
export const rosenbrock: Trial = {
  f: ([x, y]) => ({
    value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)],
  }),
  start: [-1.2, 1],
  minima: [[1, 1]],
}

/** Σ (cᵢ − x(1 − yⁱ))² with c = 1.5, 2.25, 2.625: flat, with steep walls. Source: Beale 1958. */
export const beale: Trial = {
  f: ([x, y]) => {
    const rest = [1.5, 2.25, 2.625].map((c, i) => c - x * (1 - y ** (i + 1)))
    return {
      value: rest.reduce((sum, r) => sum + r * r, 0),
      gradient: [
        rest.reduce((sum, r, i) => sum - 2 * r * (1 - y ** (i + 1)), 0),
        rest.reduce((sum, r, i) => sum + 2 * r * x * (i + 1) * y ** i, 0),
      ],
    }
  },
  start: [1, 1],
  minima: [[3, 0.5]],
}

/** (x² + y − 11)² + (x + y² − 7)²: four minima of the same height. Source: Himmelblau 1972. */
export const himmelblau: Trial = {
  f: ([x, y]) => {
    const [a, b] = [x * x + y - 11, x + y * y - 7]
    return { value: a * a + b * b, gradient: [4 * a * x + 2 * b, 2 * a + 4 * b * y] }
  },
  start: [0, 0],
  minima: [
    [3, 2],
    [-2.805118086952745, 3.131312518250573],
    [-3.779310253377747, -3.283185991286169],
    [3.584428340330492, -1.848126526964404],
  ],
}

/** ½ Σ cᵢxᵢ²: a ravine where the curvatures cᵢ are far apart. */
export const ravineOf = (...curvatures: readonly number[]): Trial => ({
  f: (x) => ({
    value: curvatures.reduce((sum, c, i) => sum + (c * x[i] ** 2) / 2, 0),
    gradient: curvatures.map((c, i) => c * x[i]),
  }),
  start: curvatures.map(() => 1),
  minima: [curvatures.map(() => 0)],
})
