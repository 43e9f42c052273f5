import type { Some } from './backend.js'
import type { Dataset } from './dataset.js'
import { hyperparameterError } from './errors.js'
import { classifies } from './loss.js'
import { auc } from './metrics/auc.js'
import { confusionMatrix, f1, precision, recall, topK } from './metrics/classes.js'
import { meanAbsoluteError, meanSquaredError, rSquared } from './metrics/regression.js'
import { count } from './options.js'
import type { FloatArray, LossSpec } from './spec.js'

/** What outputs are compared with. */
export interface Judged {
  readonly data: Dataset
  readonly loss: LossSpec
  /** Of the model. */
  readonly outputs: number
}

/** Examples in a row: what the network said [examples, outputs], and what it should have said. */
export interface Answered {
  readonly outputs: FloatArray
  readonly examples: number
  /** [examples] */
  readonly labels?: Uint32Array
  /** [examples, outputs] */
  readonly targets?: FloatArray
}

/** A metric over the examples of one dataset, which come some at a time, in order, each once. */
export interface Measure {
  add(answered: Answered): void
  /** After the last. */
  value(): unknown
}

/** What is told of a model besides its loss. Whoever wants one of their own gives such an object. */
export interface MetricSpec {
  /** Under which scores and history tell it: 'f1', and 'validationF1'. */
  readonly name: string
  /** Begins anew; throws where it is not to be had of such data or such a loss. */
  start(judged: Judged): Measure
}

const named = {
  precision: precision(),
  recall: recall(),
  f1: f1(),
  confusionMatrix,
  auc,
  meanAbsoluteError,
  meanSquaredError,
  rSquared,
}

/** 'accuracy' comes with the loss; the engine counts right answers as it goes. */
export type MetricName = 'accuracy' | keyof typeof named
export type Metric = MetricName | { readonly topK: number } | MetricSpec

/** What metrics come to, each under its name. */
export interface Measured {
  readonly precision?: number
  readonly recall?: number
  readonly f1?: number
  /** [class][said class] */
  readonly confusionMatrix?: readonly (readonly number[])[]
  readonly auc?: number
  readonly meanAbsoluteError?: number
  readonly meanSquaredError?: number
  readonly rSquared?: number
  /** `topK`, and one's own. */
  readonly [name: string]: unknown
}

/** What is asked for: accuracy, and what is measured by the outputs. */
export interface Metrics {
  readonly accuracy: boolean
  readonly others: readonly MetricSpec[]
}

/** Outputs that are held at a time. */
const HELD = 1 << 18
/** Examples that the engine takes at once. */
const AT_ONCE = 256

/**
 * Checks what is asked for.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkMetrics(where: string, metrics: readonly Metric[]): Metrics {
  if (!Array.isArray(metrics)) throw hyperparameterError(where, 'metrics to be an array', metrics)
  const others = metrics.filter((metric) => metric !== 'accuracy').map((metric) => metricOf(where, metric))
  const names = metrics.length > others.length ? ['accuracy', 'loss'] : ['loss']
  for (const { name } of others) {
    if (names.includes(name)) throw hyperparameterError(where, 'metrics of different names', name)
    names.push(name)
  }
  return { accuracy: metrics.length > others.length, others }
}

function metricOf(where: string, metric: Metric): MetricSpec {
  if (typeof metric === 'string' && Object.hasOwn(named, metric)) return named[metric as keyof typeof named]
  if (metric !== null && typeof metric === 'object') {
    if ('topK' in metric && count.test(metric.topK)) return topK(metric.topK)
    if ('start' in metric && typeof metric.start === 'function' && typeof metric.name === 'string') return metric
  }
  const names = ['accuracy', ...Object.keys(named)].map((name) => `'${name}'`).join(', ')
  throw hyperparameterError(where, `each of metrics to be one of ${names}, { topK: k } or { name, start }`, metric)
}

/**
 * Checks that metrics are to be had of a dataset by a loss.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkMeasurable(where: string, { accuracy, others }: Metrics, judged: Judged): void {
  if (accuracy && !classifies(judged.loss)) {
    throw hyperparameterError(where, "a loss of classes with metrics ['accuracy']", judged.loss.type)
  }
  for (const metric of others) metric.start(judged)
}

/** The metrics of all examples of a dataset, whose outputs `predict` gives for some at a time, bounded in number. */
export async function measured(
  metrics: readonly MetricSpec[],
  judged: Judged,
  predict: (some: Some) => Promise<FloatArray>,
): Promise<Measured> {
  if (metrics.length === 0) return {}
  const measures = metrics.map((metric) => metric.start(judged))
  const { data, outputs } = judged
  const each = AT_ONCE * Math.max(1, Math.floor(HELD / (AT_ONCE * outputs)))
  for (let first = 0; first < data.examples; first += each) {
    const end = Math.min(first + each, data.examples)
    const answered = answeredBy(await predict({ first, end }), data, { first, end })
    for (const measure of measures) measure.add(answered)
  }
  return Object.fromEntries(metrics.map(({ name }, i) => [name, measures[i].value()]))
}

function answeredBy(outputs: FloatArray, data: Dataset, { first, end }: Some): Answered {
  const { labels, targets } = data
  return {
    outputs,
    examples: end - first,
    labels: labels?.subarray(first, end),
    targets: targets?.subarray(first * data.outputs, end * data.outputs) as FloatArray | undefined,
  }
}
