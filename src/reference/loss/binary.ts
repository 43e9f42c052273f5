import { exp64, logp64 } from '../math.js'
import { type Answer, each, type Found, indexOfLargest, type Row } from './row.js'

type Pair = readonly [loss: number, slope: number]

/**
 * The losses of yes and no, each output by itself: targets are 1 and 0, or 1 and −1 for the hinges. A label says yes to its own output
 * and no to the others; to a single output 1 says yes. Right is a row whose outputs all lie on the side of their targets, or whose
 * largest is its label's.
 */
export function binary(type: 'binaryCrossEntropy' | 'hinge' | 'squaredHinge', row: Row, answer: Answer): Found {
  const { outputs } = row
  const single = outputs.length === 1
  const [no, middle] = type === 'binaryCrossEntropy' ? [0, 0.5] : [-1, 0]
  const target = (j: number) => ('targets' in answer ? answer.targets[j] : answer.label === (single ? 1 : j) ? 1 : no)
  const right =
    'label' in answer && !single
      ? indexOfLargest(outputs) === answer.label
      : outputs.every((y, j) => y > 0 === target(j) > middle)
  return { loss: each(row, target, { binaryCrossEntropy, hinge, squaredHinge }[type]), right }
}

/** −t·log σ(z) − (1 − t)·log(1 − σ(z)) = max(z, 0) − z·t + log(1 + e^{−|z|}), which does not overflow; slope σ(z) − t. */
function binaryCrossEntropy(z: number, t: number): Pair {
  const above = Math.max(z, 0)
  return [above - z * t + logp64(exp64(-Math.abs(z))), 1 / (1 + exp64(-z)) - t]
}

/** max(0, 1 − t·y) */
function hinge(y: number, t: number): Pair {
  const margin = 1 - t * y
  return margin <= 0 ? [0, 0] : [margin, -t]
}

/** max(0, 1 − t·y)² */
function squaredHinge(y: number, t: number): Pair {
  const margin = 1 - t * y
  return margin <= 0 ? [0, 0] : [margin * margin, -2 * t * margin]
}
