import type { DatasetOptions } from '../src/datasetOptions.js'
import { crossEntropy, huber } from '../src/loss.js'
import { Philox } from '../src/random.js'
import { type Loss, type LossName, losses } from '../src/spec.js'

export type Answers = Pick<DatasetOptions, 'labels' | 'targets'>

const SMOOTH: readonly Loss[] = [crossEntropy({ labelSmoothing: 0.1 }), huber({ delta: 0.3 })]
/** By name, and some with numbers of their own. */
export const everyLoss: readonly Loss[] = [...losses, ...SMOOTH]

/** Answers of every kind that a loss takes. */
export function answersFor(loss: Loss, examples: number, outputs: number): Answers[] {
  const random = new Philox(17, 0)
  const numbers = (make: () => number) => Float64Array.from({ length: examples * outputs }, make)
  const classes = Array.from({ length: examples }, () => random.below(Math.max(outputs, 2)))
  const labels = { labels: classes.map((label) => (isBinary(loss) ? label : label % outputs)) }
  const signs = { targets: numbers(() => 2 * random.below(2) - 1) }
  const shares = () => {
    const parts = numbers(() => random.below(3))
    for (let first = 0; first < parts.length; first += outputs) {
      const row = parts.subarray(first, first + outputs)
      row[0] += 1
      const sum = row.reduce((total, part) => total + part, 0)
      for (let j = 0; j < outputs; j++) row[j] /= sum
    }
    return { targets: parts }
  }
  switch (typeof loss === 'string' ? loss : loss.type) {
    case 'crossEntropy':
      return outputs === 1 ? [shares()] : [labels, shares()]
    case 'kullbackLeibler':
      return [shares()]
    case 'multiclassHinge':
      return outputs === 1 ? [] : [labels]
    case 'hinge':
    case 'squaredHinge':
      return [labels, signs]
    case 'binaryCrossEntropy':
      return [labels, { targets: numbers(() => random.below(5) / 4) }]
    case 'poisson':
      return [{ targets: numbers(() => random.below(4)) }]
    default:
      return [{ targets: numbers(() => 2 * random.unit() - 1) }]
  }
}

const isBinary = (loss: Loss) => ['binaryCrossEntropy', 'hinge', 'squaredHinge'].includes(loss as LossName)
