import type { FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'
import { exp64, log64 } from './math.js'

type Round = Arithmetic['round']

const LANES = 16

const exactly: Round = (x) => x

/** Σ values in 16 lanes, lane i mod 16, which are then added in halves; every sum is rounded. */
export function sum16(values: ArrayLike<number>, round: Round): number {
  const lanes = new Float64Array(LANES)
  for (let i = 0; i < values.length; i++) lanes[i % LANES] = round(lanes[i % LANES] + values[i])
  for (let width = LANES / 2; width >= 1; width /= 2) {
    for (let i = 0; i < width; i++) lanes[i] = round(lanes[i] + lanes[i + width])
  }
  return lanes[0]
}

/**
 * loss = −log p[label] of p = softmax(logits), summed over the batch; gradLogits = (p − onehot(label)) / batch.
 *
 * Per row, with max the largest logit: e = exp(z − max), s = Σe, p = e/s, loss = log s − (z[label] − max). The loss is in f64.
 * `correct` counts the rows whose largest logit, the first of equals, is the label's.
 *
 * `logits`, `gradLogits` [batch, classes]
 */
export function softmaxCrossEntropy(
  { round }: Arithmetic,
  logits: FloatArray,
  labels: Uint32Array,
  gradLogits: FloatArray,
  batch: number,
  classes: number,
): { lossSum: number; correct: number } {
  const rowLosses = new Float64Array(batch)
  let correct = 0
  for (let r = 0; r < batch; r++) {
    const z = logits.subarray(r * classes, (r + 1) * classes)
    const [label, best] = [labels[r], indexOfLargest(z)]
    const e = z.map((logit) => round(exp64(round(logit - z[best]))))
    const s = sum16(e, round)
    for (let j = 0; j < classes; j++) {
      gradLogits[r * classes + j] = round(round(round(e[j] / s) - Number(j === label)) / round(batch))
    }
    rowLosses[r] = log64(s) - (z[label] - z[best])
    correct += Number(best === label)
  }
  return { lossSum: sum16(rowLosses, exactly), correct }
}

/**
 * loss = Σⱼ (y − t)² / outputs, summed over the batch, in f64; gradOutputs = 2(y − t) / (batch·outputs).
 *
 * `predictions`, `targets`, `gradOutputs` [batch, outputs]
 */
export function meanSquaredError(
  { round }: Arithmetic,
  predictions: FloatArray,
  targets: FloatArray,
  gradOutputs: FloatArray,
  batch: number,
  outputs: number,
): { lossSum: number } {
  const rowLosses = new Float64Array(batch)
  for (let r = 0; r < batch; r++) {
    const squares = new Float64Array(outputs)
    for (let j = 0; j < outputs; j++) {
      const i = r * outputs + j
      const difference = predictions[i] - targets[i]
      gradOutputs[i] = round(round(2 * round(difference)) / round(batch * outputs))
      squares[j] = difference * difference
    }
    rowLosses[r] = sum16(squares, exactly) / outputs
  }
  return { lossSum: sum16(rowLosses, exactly) }
}

/** By `>`: the first of equals, and NaN never wins over what came before it. */
function indexOfLargest(values: FloatArray): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i
  return best
}
