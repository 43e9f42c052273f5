import { hyperparameterError } from '../errors.js'
import { classifies } from '../loss.js'
import type { Answered, Judged, Measure, MetricSpec } from '../metrics.js'
import { checkOptions, type Rule } from '../options.js'
import type { FloatArray } from '../spec.js'

/** Where a single output begins to say yes. */
export interface ThresholdOptions {
  /** Of the output itself, not of its sigmoid; 0 by default. With one output only. */
  readonly threshold?: number
}

const rules = { threshold: { expected: 'a finite number', test: Number.isFinite } satisfies Rule }

/**
 * Part of the examples whose class is among the k largest outputs: fewer than k others are larger, or as large and before it.
 *
 * Its name is 'top5' where k is 5.
 */
export const topK = (k: number): MetricSpec => ({
  name: `top${k}`,
  start(judged) {
    const name = `topK of ${k}`
    const { classes, single, actual } = classesOf(name, judged)
    if (single || k >= classes) throw hyperparameterError('metrics', `more than ${k} classes with ${name}`, classes)
    let [hits, examples] = [0, 0]
    return {
      add(answered) {
        examples += answered.examples
        for (let r = 0; r < answered.examples; r++) {
          const row = answered.outputs.subarray(r * classes, (r + 1) * classes)
          hits += Number(rankOf(row, actual(answered, r)) < k)
        }
      },
      value: () => hits / examples,
    }
  },
})

function rankOf(row: FloatArray, place: number): number {
  let before = 0
  for (let j = 0; j < row.length; j++) before += Number(row[j] > row[place] || (row[j] === row[place] && j < place))
  return before
}

/** Counts of examples: [class][said class]; of a single output class 1 is where it says yes. */
export const confusionMatrix: MetricSpec = {
  name: 'confusionMatrix',
  start: (judged) => confusion('confusionMatrix', judged, 0, (counts) => counts),
}

/**
 * True positives by all that were said to be: of one output its yes; of classes the mean over those that there are or were said to be.
 * 0 where nothing was.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const precision = (options: ThresholdOptions = {}) =>
  ofCounts('precision', options, ({ hits, said }) => ratio(hits, said))

/**
 * True positives by all that there are: likewise.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const recall = (options: ThresholdOptions = {}) =>
  ofCounts('recall', options, ({ hits, there }) => ratio(hits, there))

/**
 * The harmonic mean of precision and recall, 2·hits / (said + there): likewise.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const f1 = (options: ThresholdOptions = {}) =>
  ofCounts('f1', options, ({ hits, said, there }) => ratio(2 * hits, said + there))

/** Of one class. */
interface Counts {
  readonly hits: number
  readonly said: number
  readonly there: number
}

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)

function ofCounts(name: string, options: ThresholdOptions, score: (counts: Counts) => number): MetricSpec {
  options = checkOptions(name, options, rules)
  const { threshold } = options
  return {
    name,
    start(judged) {
      if (threshold !== undefined && judged.outputs !== 1) {
        throw hyperparameterError('metrics', `one output with a threshold of ${name}`, judged.outputs)
      }
      return confusion(name, judged, threshold ?? 0, (counts, single) => averaged(counts, single, score))
    },
  }
}

function averaged(matrix: readonly number[][], single: boolean, score: (counts: Counts) => number): number {
  const counts = matrix.map((row, i) => ({
    hits: row[i],
    there: row.reduce((sum, count) => sum + count, 0),
    said: matrix.reduce((sum, other) => sum + other[i], 0),
  }))
  if (single) return score(counts[1])
  const seen = counts.filter(({ said, there }) => said + there > 0).map(score)
  return seen.reduce((sum, value) => sum + value, 0) / seen.length
}

function confusion(
  name: string,
  judged: Judged,
  threshold: number,
  value: (counts: number[][], single: boolean) => unknown,
): Measure {
  const { classes, single, actual } = classesOf(name, judged)
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  return {
    add(answered) {
      const { outputs, examples } = answered
      for (let r = 0; r < examples; r++) {
        const row = single ? undefined : outputs.subarray(r * classes, (r + 1) * classes)
        const said = row ? largest(row) : Number(outputs[r] > threshold)
        counts[actual(answered, r)][said]++
      }
    },
    value: () => value(counts, single),
  }
}

/** By `>`, the first of equals. */
function largest(row: FloatArray): number {
  let best = 0
  for (let j = 1; j < row.length; j++) if (row[j] > row[best]) best = j
  return best
}

/** How many classes there are, whether a single output tells two, and the class of example r. */
interface Classes {
  readonly classes: number
  readonly single: boolean
  readonly actual: (answered: Answered, r: number) => number
}

/**
 * The classes that a loss is told: labels, the larger side of a single target, the largest of shares.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER where there are none
 */
export function classesOf(name: string, { data, loss, outputs }: Judged): Classes {
  if (!classifies(loss)) throw hyperparameterError('metrics', `a loss of classes with ${name}`, loss.type)
  const single = outputs === 1
  const classes = single ? 2 : outputs
  if (data.labels) return { classes, single, actual: ({ labels }, r) => labels![r] }
  const middle = loss.type === 'binaryCrossEntropy' ? 0.5 : 0
  if (single) return { classes, single, actual: ({ targets }, r) => Number(targets![r] > middle) }
  if (loss.type === 'crossEntropy' || loss.type === 'kullbackLeibler') {
    const row = (targets: FloatArray, r: number) => targets.subarray(r * outputs, (r + 1) * outputs)
    return { classes, single, actual: ({ targets }, r) => largest(row(targets!, r)) }
  }
  throw hyperparameterError('metrics', `labels, or one output, with ${name}`, `targets for ${outputs} outputs`)
}
