import { type FloatArray, type LossSpec, lossSpec } from '../spec.js'
import type { Arithmetic } from './fma.js'
import { binary } from './loss/binary.js'
import { crossEntropy, kullbackLeibler, multiclassHinge } from './loss/classes.js'
import { regression } from './loss/regression.js'
import { type Answer, exactly, type Found, type Row, sum16 } from './loss/row.js'

export { sum16 } from './loss/row.js'

/** What the network should have said: labels [batch] or, where there are none, targets [batch, outputs]; and the weight of each row. */
export interface Answers {
  readonly labels: Uint32Array
  readonly targets: FloatArray
  readonly weights?: Float64Array
}

/**
 * Σ weight·loss of the rows, in f64, and how many were answered rightly; gradOutputs ← weight·∂loss/∂outputs / batch.
 *
 * `outputs`, `gradOutputs` [batch, width]
 */
export function judge(
  arithmetic: Arithmetic,
  loss: LossSpec,
  { labels, targets, weights }: Answers,
  outputs: FloatArray,
  gradOutputs: FloatArray,
  batch: number,
  width: number,
): { lossSum: number; correct: number } {
  const losses = new Float64Array(batch)
  let correct = 0
  for (let r = 0; r < batch; r++) {
    const rowOf = (values: FloatArray) => values.subarray(r * width, (r + 1) * width)
    const row = { arithmetic, outputs: rowOf(outputs), gradient: rowOf(gradOutputs), batch }
    const found = judgeRow(loss, row, labels.length > 0 ? { label: labels[r] } : { targets: rowOf(targets) })
    losses[r] = found.loss
    correct += Number(found.right)
    if (weights) losses[r] *= weigh(row, weights[r])
  }
  return { lossSum: sum16(losses, exactly), correct }
}

function judgeRow(loss: LossSpec, row: Row, answer: Answer): Found {
  switch (loss.type) {
    case 'crossEntropy':
      return crossEntropy(row, answer, loss.labelSmoothing)
    case 'kullbackLeibler':
      return kullbackLeibler(row, answer)
    case 'multiclassHinge':
      return multiclassHinge(row, answer)
    case 'binaryCrossEntropy':
    case 'hinge':
    case 'squaredHinge':
      return binary(loss.type, row, answer)
    default:
      return { loss: regression(loss, row, answer), right: false }
  }
}

/** Weighs a row's gradient; returns the weight. */
function weigh({ arithmetic: { round }, gradient }: Row, weight: number): number {
  const rounded = round(weight)
  for (let j = 0; j < gradient.length; j++) gradient[j] = round(gradient[j] * rounded)
  return weight
}

/** `judge` by 'crossEntropy' of labels. */
export const softmaxCrossEntropy = (
  arithmetic: Arithmetic,
  logits: FloatArray,
  labels: Uint32Array,
  gradLogits: FloatArray,
  batch: number,
  classes: number,
) => judge(arithmetic, lossSpec('crossEntropy'), { labels, targets: logits }, logits, gradLogits, batch, classes)

/** `judge` by 'meanSquaredError'. */
export const meanSquaredError = (
  arithmetic: Arithmetic,
  predictions: FloatArray,
  targets: FloatArray,
  gradOutputs: FloatArray,
  batch: number,
  outputs: number,
) =>
  judge(arithmetic, lossSpec('meanSquaredError'), { labels: none, targets }, predictions, gradOutputs, batch, outputs)

const none = new Uint32Array(0)
