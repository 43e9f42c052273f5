import { exp64, log64 } from '../math.js'
import { type Answer, type Found, indexOfLargest, type Row, sum16, sumOf } from './row.js'

/**
 * −Σ t·log softmax(z), t = (1 − ε)·target + ε/outputs;  gradient ← (softmax(z)·Σt − t)/batch. Right is a row whose largest output is
 * that of its largest target.
 *
 * With e = exp(z − max) and s = Σe, softmax(z) = e/s and −log softmax(z) = log s − (z − max).
 */
export function crossEntropy(row: Row, answer: Answer, smoothing: number): Found {
  const { outputs } = row
  const { length } = outputs
  const base = smoothing / length
  const share = (target: number) => (1 - smoothing) * target + base
  const best = indexOfLargest(outputs)
  if ('label' in answer) {
    const { label } = answer
    const log = softmax(row, best, (j) => share(Number(j === label)), 1)
    const own = log(outputs[label])
    const smooth = () => (1 - smoothing) * own + base * sumOf(length, (j) => log(outputs[j]))
    return { loss: smoothing === 0 ? own : smooth(), right: best === label }
  }
  const shares = (j: number) => share(answer.targets[j])
  const log = softmax(row, best, shares, sumOf(length, shares))
  const loss = sumOf(length, (j) => shares(j) * log(outputs[j]))
  return { loss, right: best === indexOfLargest(answer.targets) }
}

/** Σ t·(log t − log softmax(z)), where 0·log 0 = 0;  gradient and right as of `crossEntropy`. */
export function kullbackLeibler(row: Row, answer: Answer): Found {
  if (!('targets' in answer)) return { loss: NaN, right: false }
  const { targets } = answer
  const { loss, right } = crossEntropy(row, answer, 0)
  return { loss: loss + sumOf(targets.length, (j) => (targets[j] === 0 ? 0 : targets[j] * log64(targets[j]))), right }
}

/** gradient ← (softmax(z)·total − share)/batch; returns −log softmax. */
function softmax(
  { arithmetic: { round }, outputs, gradient, batch }: Row,
  best: number,
  share: (j: number) => number,
  total: number,
): (z: number) => number {
  const largest = outputs[best]
  for (const [j, z] of outputs.entries()) gradient[j] = round(exp64(round(z - largest)))
  const sum = sum16(gradient, round)
  for (const [j, e] of gradient.entries()) {
    const part = round(round(e / sum) * round(total))
    gradient[j] = round(round(part - round(share(j))) / round(batch))
  }
  const log = log64(sum)
  return (z) => log - (z - largest)
}

/** Σ max(0, 1 − z[label] + zⱼ) / outputs over the others. Right is a row whose largest output is its label's. */
export function multiclassHinge({ arithmetic: { round }, outputs, gradient, batch }: Row, answer: Answer): Found {
  if (!('label' in answer)) return { loss: NaN, right: false }
  const { label } = answer
  const count = round(batch * outputs.length)
  let slope = 0
  const over = (j: number) => {
    const margin = 1 - outputs[label] + outputs[j]
    const within = j === label || margin <= 0
    gradient[j] = within ? 0 : round(1 / count)
    slope -= Number(!within)
    return within ? 0 : margin
  }
  const sum = sumOf(outputs.length, over)
  gradient[label] = round(round(slope) / count)
  return { loss: sum / outputs.length, right: indexOfLargest(outputs) === label }
}
