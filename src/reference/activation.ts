import type { Activation, FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'
import { exp64, tanh64 } from './math.js'

type Round = Arithmetic['round']

interface ActivationFunction {
  /** y = f(x) */
  readonly value: (x: number, round: Round) => number
  /** g·f′(x), by the output y = f(x). */
  readonly gradient: (g: number, y: number, round: Round) => number
}

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
}

/** y[i] = f(x[i]); `x` and `y` may be one array. */
export function activate({ round }: Arithmetic, x: FloatArray, y: FloatArray, activation: Activation): void {
  const { value } = functions[activation]
  for (let i = 0; i < y.length; i++) y[i] = value(x[i], round)
}

/** gradInput[i] = gradOutput[i]·f′, by the output f(x[i]). */
export function activateBackward(
  { round }: Arithmetic,
  gradOutput: FloatArray,
  output: FloatArray,
  gradInput: FloatArray,
  activation: Activation,
): void {
  const { gradient } = functions[activation]
  for (let i = 0; i < gradInput.length; i++) gradInput[i] = gradient(gradOutput[i], output[i], round)
}
