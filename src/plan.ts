import { BatchCourse, type Batches } from './batches.js'
import { type CheckpointOptions, checkCheckpoint } from './checkpoints.js'
import { type Course, WholeCourse } from './course.js'
import { Dataset } from './dataset.js'
import { type EarlyStopping, type EarlyStoppingOptions, earlyStoppingOf } from './earlyStopping.js'
import { hyperparameterError } from './errors.js'
import { isPassing, isSource } from './feed.js'
import { outputsOf } from './graph.js'
import type { HistoryEntry, Listener, StepReport } from './history.js'
import type { Learner, Manner } from './learner.js'
import { checkLoggers, type Logger } from './logger.js'
import { tensorBoard } from './loggers/tensorBoard.js'
import { lossFor } from './loss.js'
import { confusionMatrix } from './metrics/classes.js'
import { checkMeasurable, checkMetrics, type Metric, type Metrics } from './metrics.js'
import { ofValidation } from './monitor.js'
import { checkOptimizer, type Optimizer } from './optimizer.js'
import { checkPlateaus } from './optimizers/epochs.js'
import {
  anything,
  callback,
  checkOptions,
  count,
  flag,
  part,
  positive,
  type Rule,
  text,
  wholeNumber,
} from './options.js'
import type { Loss } from './spec.js'
import { splitOrder } from './split.js'
import { checkTarget, type Target } from './target.js'
import { type WeightOptions, weightsOf } from './weights.js'

export interface FitOptions extends WeightOptions {
  readonly optimizer: Optimizer
  /** 'crossEntropy' with labels and 'meanSquaredError' with targets by default. */
  readonly loss?: Loss
  /** 1 by default. */
  readonly epochs?: number
  /** 32 by default; the last batch of an epoch has what is left. */
  readonly batchSize?: number
  /**
   * Batches of an update, whose gradient is the mean over their examples; 1 by default. To the bit one batch of so many times the size,
   * which is how it is done: memory for activations is that of all its examples, and `batchNorm` normalises over all of them. Steps count
   * updates.
   */
  readonly accumulate?: number
  /** ‖g‖ ≤ c of the gradients of all parameters together, PyTorch's `clip_grad_norm_`; after `clipValue`. */
  readonly clipNorm?: number
  /** −c ≤ g ≤ c of each element of a gradient. */
  readonly clipValue?: number
  /** Draw a new order of the examples for each epoch; true by default. */
  readonly shuffle?: boolean
  /** Judged after each epoch. */
  readonly validation?: Dataset
  /** The part of the examples, in (0, 1), that is kept from training for validation; which those are follows from the model's seed. */
  readonly validationSplit?: number
  /** What to tell besides losses: 'accuracy' of training and of validation, the others of validation alone. */
  readonly metrics?: readonly Metric[]
  /** Stops the run after the step in hand, which is then in the checkpoint; it rejects with ERR_RAVINE_ABORTED. */
  readonly signal?: AbortSignal
  /** The engine chooses by default; results do not depend on it. */
  readonly threads?: number
  /** Steps from one `onStep` to the next, and from one point of a report's curve; 100 by default, 0 for none. */
  readonly logEvery?: number
  readonly onStep?: (report: StepReport) => unknown
  /** The next epoch waits for what it returns. */
  readonly onEpoch?: (entry: HistoryEntry) => unknown
  /** Stops after epochs without improvement. */
  readonly earlyStopping?: EarlyStoppingOptions
  /** Stops after the epoch that reaches it. */
  readonly target?: Target
  /** Write the fit into a file after epochs and where it is stopped, for `resume` and `load`. */
  readonly checkpoint?: CheckpointOptions
  /**
   * The checkpoint of a fit to go on from, to the bit: `epochs` counts its epochs too, and the history begins with them. The model, the
   * data and the options have to be made as before; numbers of threads, backend and the optimizer's numbers may differ.
   */
  readonly resume?: string
  /** Find out where the time goes, for `history.profile`; of native models. Results are the same, to the bit. */
  readonly profile?: boolean
  /** Show the run on the terminal. */
  readonly progress?: boolean
  /** Who keeps a record of the run: `consoleLogger()`, `jsonLinesLogger(path)`, `tensorBoard(directory)`, `wandb()`, or one's own. */
  readonly loggers?: readonly Logger[]
  /** The directory of a run for TensorBoard: `tensorBoard(directory)` among the loggers. */
  readonly tensorboard?: string
}

/** A fit with nothing left to a default, checked. */
export interface Plan {
  readonly course: Course
  readonly lesson: Manner
  readonly epochs: number
  readonly metrics: Metrics
  readonly validation?: Dataset
  readonly earlyStopping?: EarlyStopping
  readonly target?: Target
  readonly checkpoint?: CheckpointOptions
  readonly resume?: string
  readonly signal?: AbortSignal
  readonly progress: boolean
  readonly listener: Listener
  readonly loggers: readonly Logger[]
}

const signal: Rule = { expected: 'an AbortSignal', test: (value) => value instanceof AbortSignal }

const rules = {
  optimizer: anything,
  loss: anything,
  epochs: count,
  batchSize: count,
  accumulate: count,
  clipNorm: positive,
  clipValue: positive,
  shuffle: flag,
  validation: anything,
  validationSplit: part,
  metrics: anything,
  exampleWeights: anything,
  classWeights: anything,
  signal,
  threads: count,
  logEvery: wholeNumber,
  onStep: callback,
  onEpoch: callback,
  earlyStopping: anything,
  target: anything,
  checkpoint: anything,
  resume: text,
  profile: flag,
  progress: flag,
  loggers: anything,
  tensorboard: text,
}

/**
 * Checks what was asked of a fit, and fills in the defaults.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER, ERR_RAVINE_DATA, ERR_RAVINE_SHAPE
 */
export function planOf(learner: Learner, given: Dataset | Batches, options: FitOptions): Plan {
  options = checkOptions('fit', options, rules)
  const { epochs = 1, logEvery = 100, profile = false, signal, onStep, onEpoch, progress = false } = options
  if (profile && !learner.profiles)
    throw hyperparameterError('fit', "backend: 'native' with profile: true", 'reference')
  const loggers = loggersOf(options)
  const lesson = {
    optimizer: checkOptimizer('fit', options.optimizer),
    clip: { clipNorm: options.clipNorm, clipValue: options.clipValue },
    threads: options.threads ?? learner.threads,
    logEvery,
    profile,
  }
  const metrics = metricsOf(options)
  const whole = given instanceof Dataset || !isSource(given)
  const way = whole
    ? through(learner, given, lesson, options, metrics)
    : throughBatches(learner, given, lesson, options, metrics)
  const told = toldBy(metrics, way.validation)
  checkPlateaus('fit: optimizer', lesson.optimizer, told)
  return {
    ...way,
    lesson,
    epochs,
    metrics,
    ...endsOf(options, told),
    checkpoint: options.checkpoint === undefined ? undefined : checkCheckpoint(options.checkpoint),
    resume: options.resume,
    signal,
    progress,
    listener: { onStep, onEpoch },
    loggers,
  }
}

type Way = Pick<Plan, 'course' | 'validation'>

/** Of a dataset as a whole, or of its larger part. */
function through(learner: Learner, given: Dataset, manner: Manner, options: FitOptions, metrics: Metrics): Way {
  const { batchSize = 32, accumulate = 1, shuffle = true } = options
  const loss = lossFor('fit', learner.spec, given, options.loss)
  const { data, validation, weights } = partsOf(learner, given, loss, options)
  checkMeasurable('fit', metrics, { data: validation ?? data, loss, outputs: outputsOf(learner.spec) })
  const lesson = { ...manner, loss, weights, batchSize: Math.min(batchSize * accumulate, data.examples), shuffle }
  return { course: new WholeCourse(learner, data, lesson), validation }
}

/** Of batches that come one by one, each checked when it comes. */
function throughBatches(
  learner: Learner,
  batches: Batches,
  manner: Manner,
  options: FitOptions,
  metrics: Metrics,
): Way {
  const { epochs = 1, accumulate = 1, validation, loss } = options
  for (const name of ['batchSize', 'shuffle', 'validationSplit', 'exampleWeights'] as const) {
    if (options[name])
      throw hyperparameterError('fit', `a dataset with ${name}, not batches that come one by one`, options[name])
  }
  if (options.classWeights === 'balanced')
    throw hyperparameterError('fit', 'a dataset with classWeights, not batches that come one by one,', 'balanced')
  if (epochs > 1 && isPassing(batches)) {
    throw hyperparameterError(
      'fit',
      `batches that start anew in each of ${epochs} epochs, as a function gives them`,
      batches,
    )
  }
  const check = (where: string) => (data: Dataset, known?: Loss) => {
    const found = lossFor(where, learner.spec, data, known ?? loss)
    const others = data === validation ? metrics.others : []
    checkMeasurable(where, { ...metrics, others }, { data, loss: found, outputs: outputsOf(learner.spec) })
    return found
  }
  const known = validation && check('fit: validation')(validation)
  const { classWeights } = options
  return {
    course: new BatchCourse(learner, { batches, accumulate }, manner, check('fit'), { classWeights }, known),
    validation,
  }
}

/** What is learnt from, and what is judged by. */
function partsOf(
  { spec, seed }: Learner,
  data: Dataset,
  loss: Loss,
  { validation, validationSplit, ...options }: FitOptions,
): { data: Dataset; validation?: Dataset; weights?: Float64Array } {
  const weights = weightsOf('fit', data, options)
  if (validationSplit === undefined) {
    if (validation !== undefined) lossFor('fit: validation', spec, validation, loss)
    return { data, validation, weights }
  }
  if (validation !== undefined) throw hyperparameterError('fit', 'validation or validationSplit, not both', 'both')
  const part = { test: validationSplit, seed }
  const order = splitOrder('fit: validationSplit', data.examples, part)
  const { train, test } = data.split(part)
  return { data: train, validation: test, weights: weights && Float64Array.from(order.train, (i) => weights[i]) }
}

/** The names of the numbers that every epoch will tell. */
function toldBy({ accuracy, others }: Metrics, validation?: Dataset): string[] {
  const names = accuracy ? ['loss', 'accuracy'] : ['loss']
  const numbers = others.map(({ name }) => name).filter((name) => name !== confusionMatrix.name)
  return validation ? [...names, ...[...names, ...numbers].map(ofValidation)] : names
}

/** What may end the run before its epochs are done. */
function endsOf(
  { earlyStopping, target }: FitOptions,
  told: readonly string[],
): Pick<Plan, 'earlyStopping' | 'target'> {
  const stopping = () => earlyStoppingOf('fit: earlyStopping', earlyStopping!, told)
  return {
    earlyStopping: earlyStopping === undefined ? undefined : stopping(),
    target: target === undefined ? undefined : checkTarget('fit: target', target, told),
  }
}

/** Other metrics than accuracy need what they are of. */
function metricsOf({ metrics = [], validation, validationSplit }: FitOptions): Metrics {
  const checked = checkMetrics('fit', metrics)
  if (checked.others.length > 0 && validation === undefined && validationSplit === undefined) {
    throw hyperparameterError('fit', `validation with metric '${checked.others[0].name}'`, validation)
  }
  return checked
}

function loggersOf({ loggers = [], tensorboard }: FitOptions): readonly Logger[] {
  const checked = checkLoggers('fit', loggers)
  return tensorboard === undefined ? checked : [...checked, tensorBoard(tensorboard)]
}
