import type { FloatArray } from '../../spec.js'
import type { Arithmetic } from '../fma.js'

type Round = Arithmetic['round']

/** One row of a batch: the outputs of the network, and where their gradient is to be written. */
export interface Row {
  readonly arithmetic: Arithmetic
  readonly outputs: FloatArray
  readonly gradient: FloatArray
  /** Rows of the batch, by which gradients are divided. */
  readonly batch: number
}

/** What a row should have been. */
export type Answer = { readonly label: number } | { readonly targets: FloatArray }

/** The loss of a row in f64, and whether it is answered rightly. */
export interface Found {
  readonly loss: number
  readonly right: boolean
}

const LANES = 16

export const exactly: Round = (x) => x

/** Σ values in 16 lanes, lane i mod 16, which are then added in halves; every sum is rounded. */
export function sum16(values: ArrayLike<number>, round: Round): number {
  const lanes = new Float64Array(LANES)
  for (let i = 0; i < values.length; i++) lanes[i % LANES] = round(lanes[i % LANES] + values[i])
  for (let width = LANES / 2; width >= 1; width /= 2) {
    for (let i = 0; i < width; i++) lanes[i] = round(lanes[i] + lanes[i + width])
  }
  return lanes[0]
}

/** Σⱼ f(j) in f64. */
export const sumOf = (length: number, f: (j: number) => number) =>
  sum16(
    Float64Array.from({ length }, (_, j) => f(j)),
    exactly,
  )

/** loss = Σ f(y, t) / outputs;  gradient ← f′(y, t) / (batch·outputs), where `f` gives [f, f′] in f64. */
export function each(
  { arithmetic: { round }, outputs, gradient, batch }: Row,
  target: (j: number) => number,
  f: (y: number, t: number) => readonly [loss: number, slope: number],
): number {
  const count = round(batch * outputs.length)
  const at = (j: number) => {
    const [loss, slope] = f(outputs[j], target(j))
    gradient[j] = round(round(slope) / count)
    return loss
  }
  return sumOf(outputs.length, at) / outputs.length
}

/** By `>`: the first of equals, and NaN never wins over what came before it. */
export function indexOfLargest(values: FloatArray): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i
  return best
}
