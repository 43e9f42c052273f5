import type { Activation, FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'
import { DENSITY, exp64, expm64, logp64, normal64, tanh64 } from './math.js'

type Round = Arithmetic['round']

interface ActivationFunction {
  /** y = f(x) */
  readonly value: (x: number, round: Round) => number
  /** g·f′(x), by what is kept: the output y = f(x) or, of those in `byInput`, x. */
  readonly gradient: (g: number, kept: number, round: Round) => number
}

/** Of the leaky ReLU below 0. */
const SLOPE = 0.01
/** √(2/π) */
const BEND = 0.7978845608028654
const CUBE = 0.044715

/** √(2/π)·(x + 0.044715·x³) */
const bent = (x: number) => BEND * (x + CUBE * (x * x * x))

/** A gradient by a slope that is rounded first. */
const bySlope = (slope: (kept: number) => number) => (g: number, kept: number, round: Round) =>
  round(g * round(slope(kept)))

// Math.max and the comparison let NaN pass.
const functions: Readonly<Record<Activation, ActivationFunction>> = {
  linear: {
    value: (x) => x,
    gradient: (g) => g,
  },
  relu: {
    value: (x) => Math.max(x, 0),
    gradient: (g, y) => (y <= 0 ? 0 : g),
  },
  sigmoid: {
    value: (x, round) => round(1 / (1 + exp64(-x))),
    gradient: (g, y, round) => round(g * round(y * round(1 - y))),
  },
  tanh: {
    value: (x, round) => round(tanh64(x)),
    gradient: (g, y, round) => round(g * round(1 - round(y * y))),
  },
  leakyRelu: {
    value: (x, round) => (x <= 0 ? round(round(SLOPE) * x) : x),
    gradient: (g, y, round) => (y <= 0 ? round(round(SLOPE) * g) : g),
  },
  gelu: {
    value: (x, round) => round(x * normal64(x)),
    gradient: bySlope((x) => normal64(x) + x * (DENSITY * exp64(x * x * -0.5))),
  },
  geluTanh: {
    value: (x, round) => round(x / (1 + exp64(-2 * bent(x)))),
    gradient: bySlope((x) => {
      const s = 1 / (1 + exp64(-2 * bent(x)))
      return s + x * (s * (1 - s) * (2 * BEND * (1 + 3 * CUBE * (x * x))))
    }),
  },
  silu: {
    value: (x, round) => round(x / (1 + exp64(-x))),
    gradient: bySlope((x) => {
      const s = 1 / (1 + exp64(-x))
      return s * (1 + x * (1 - s))
    }),
  },
  elu: {
    value: (x, round) => (x <= 0 ? round(expm64(x)) : x),
    gradient: (g, y, round) => (y <= 0 ? round(g * round(y + 1)) : g),
  },
  softplus: {
    value: (x, round) => round(Math.max(x, 0) + logp64(exp64(-Math.abs(x)))),
    gradient: bySlope((y) => -expm64(-y)),
  },
}

/** y[i] = f(x[i]); `x` and `y` may be one array. */
export function activate({ round }: Arithmetic, x: FloatArray, y: FloatArray, activation: Activation): void {
  const { value } = functions[activation]
  for (let i = 0; i < y.length; i++) y[i] = value(x[i], round)
}

/** gradInput[i] = gradOutput[i]·f′, by what is kept of f: its output or, of those in `byInput`, its input. */
export function activateBackward(
  { round }: Arithmetic,
  gradOutput: FloatArray,
  kept: FloatArray,
  gradInput: FloatArray,
  activation: Activation,
): void {
  const { gradient } = functions[activation]
  for (let i = 0; i < gradInput.length; i++) gradInput[i] = gradient(gradOutput[i], kept[i], round)
}
