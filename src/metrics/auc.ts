import { hyperparameterError } from '../errors.js'
import type { Measure, MetricSpec } from '../metrics.js'
import { classesOf } from './classes.js'

/**
 * The area under the receiver operating characteristic: the part of all pairs of a yes and a no of which the yes has the larger score,
 * equal ones counted half. By the ranks of all scores; NaN where all examples are of one class.
 *
 * The score is a single output, or of two the second less the first. Source: Mann and Whitney 1947; midranks for ties.
 */
export const auc: MetricSpec = {
  name: 'auc',
  start(judged): Measure {
    const { classes, single, actual } = classesOf('auc', judged)
    if (classes !== 2) throw hyperparameterError('metrics', 'two classes with auc', classes)
    const scores = new Float64Array(judged.data.examples)
    const yes = new Uint8Array(scores.length)
    let length = 0
    return {
      add(answered) {
        const { outputs, examples } = answered
        for (let r = 0; r < examples; r++, length++) {
          scores[length] = single ? outputs[r] : outputs[2 * r + 1] - outputs[2 * r]
          yes[length] = actual(answered, r)
        }
      },
      value: () => area(scores, yes),
    }
  },
}

function area(scores: Float64Array, yes: Uint8Array): number {
  const order = Uint32Array.from(scores, (_, i) => i).sort((i, j) => scores[i] - scores[j])
  let [ranks, positives] = [0, 0]
  for (let first = 0, end = 0; first < order.length; first = end) {
    let hits = 0
    for (end = first; end < order.length && scores[order[end]] === scores[order[first]]; end++) hits += yes[order[end]]
    // A number that is none equals not even itself.
    if (end === first) return NaN
    ranks += hits * ((first + 1 + end) / 2)
    positives += hits
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (scores.length - positives))
}
