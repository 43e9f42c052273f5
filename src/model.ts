import type { Evaluation } from './backend.js'
import type { Batches } from './batches.js'
import type { NamedFeatures } from './beside.js'
import { checkpointFile } from './checkpoint.js'
import { Dataset } from './dataset.js'
import type { DenseFeatures } from './features.js'
import { Fit } from './fit.js'
import { outputsOf } from './graph.js'
import { isKeras, ofKeras } from './keras.js'
import type { Learner } from './learner.js'
import { checkFits, classifies, lossFor } from './loss.js'
import { checkMeasurable, checkMetrics, type Metric } from './metrics.js'
import { version } from './native.js'
import type { Normalize } from './normalize.js'
import { onnxFile } from './onnx.js'
import { checkOptimizer, type Optimizer } from './optimizer.js'
import { anything, checkOptions, checkValue, count, flag, type Rule, text } from './options.js'
import {
  type Gradients,
  gradientsOf,
  named,
  namedGradients,
  namedStates,
  type Parameter,
  type ParameterValues,
  replaced,
} from './parameters.js'
import type { FitOptions } from './plan.js'
import { type PredictSyncOptions, predictSync } from './predictSync.js'
import { type Preparation, standardOf } from './preparation.js'
import { answered, type Batch, unanswered } from './raw.js'
import { type Scores, scoresOf } from './scores.js'
import type { SparseFeatures } from './sparse.js'
import { type Dtype, type FloatArray, type GraphSpec, type Loss, type LossSpec, zeros } from './spec.js'
import { parametersIn, source } from './stored.js'
import { type WeightOptions, weightsOf } from './weights.js'
import { writeWhole } from './wholefile.js'

/** Of one batch at once. */
export interface BatchOptions extends WeightOptions {
  readonly loss?: Loss
  readonly threads?: number
}

export interface EvaluateOptions extends BatchOptions {
  /** What to tell besides the loss, and accuracy where there is one. */
  readonly metrics?: readonly Metric[]
}

export interface PredictOptions {
  readonly threads?: number
}

export interface LoadParametersOptions {
  /** Names of the Keras layers that have parameters, in the order of the model's, where they are not those that Keras gives by itself. */
  readonly layers?: readonly string[]
}

export interface ONNXOptions {
  /** Whether features will come as bytes, as u8; false by default: in the model's type. */
  readonly bytes?: boolean
}

export interface StepOptions extends BatchOptions {
  readonly optimizer: Optimizer
}

const names: Rule = {
  expected: 'an array of names',
  test: (value) => Array.isArray(value) && value.every(text.test),
}
const weights = { exampleWeights: anything, classWeights: anything }

const rules = {
  evaluate: { loss: anything, threads: count, ...weights, metrics: anything },
  gradients: { loss: anything, threads: count, ...weights },
  predict: { threads: count },
  predictSync: { out: anything, threads: count },
  toONNX: { bytes: flag },
  loadParameters: { layers: names },
  step: { loss: anything, threads: count, ...weights, optimizer: anything },
}

/**
 * A network that learns. Its methods throw, or reject with, ERR_RAVINE_DISPOSED after `dispose`, and ERR_RAVINE_HYPERPARAMETER while
 * another run is in hand; evaluations and predictions wait for each other instead.
 */
export class Model {
  readonly #learner: Learner

  constructor(learner: Learner) {
    this.#learner = learner
  }

  get spec(): GraphSpec {
    return this.#learner.spec
  }

  get seed(): number {
    return this.#learner.seed
  }

  /** Of the data learnt from: it applies to raw features. */
  get normalize(): Normalize | undefined {
    return this.#learner.normalize
  }

  get dtype(): Dtype {
    return this.spec.dtype
  }

  /**
   * How the columns of the data that were first learnt from became features and targets; whatever else the model learns, judges or
   * predicts is taken likewise. For `csv(path, { preparation })`.
   */
  get preparation(): Preparation | undefined {
    return this.#learner.preparation
  }

  /**
   * Trains on batches as they come, or on a dataset, which the model copies when it first uses it: large features over some turns of the event loop, so that
   * what is written to its arrays before the first report may be learnt from or not, and what is written later is not. Velocities, step numbers and the stream of shuffles go on from the fit
   * before; with another optimizer or form of momentum its states start anew and steps from 1.
   *
   * Rejects with ERR_RAVINE_DIVERGED when a loss is not finite, ERR_RAVINE_ABORTED by `signal`, and what a callback throws; the model
   * is then as the last finished step left it.
   */
  fit(data: Dataset | Batches, options: FitOptions): Fit {
    return new Fit(this.#learner, data, options)
  }

  /**
   * The mean loss over a dataset and, of labels, the accuracy; the dataset's own normalisation applies, and the model's preparation: of
   * standardized targets the loss is that of their z-scores, metrics are in their own units. The dataset is copied as by
   * `fit`: its arrays are to be left as they are until the first answer.
   */
  async evaluate(data: Dataset, options: EvaluateOptions = {}): Promise<Scores> {
    const learner = this.#learner
    learner.unheld('evaluate')
    options = checkOptions('evaluate', options, rules.evaluate)
    const loss = lossFor('evaluate', this.spec, data, options.loss)
    const asked = checkMetrics('evaluate', options.metrics ?? [])
    checkMeasurable('evaluate', asked, { data, loss, outputs: outputsOf(this.spec) })
    const metrics = { ...asked, accuracy: classifies(loss) }
    const weights = weightsOf('evaluate', data, options)
    return scoresOf(learner, data, loss, metrics, options.threads ?? learner.threads, weights)
  }

  /**
   * → [examples, outputs], in the units of the targets. To raw features, [examples, inputs] or those that are not zero, the normalisation
   * and the preparation of the data learnt from apply.
   */
  async predict(
    features: DenseFeatures | SparseFeatures | NamedFeatures | Dataset,
    options: PredictOptions = {},
  ): Promise<FloatArray> {
    const learner = this.#learner
    learner.unheld('predict')
    options = checkOptions('predict', options, rules.predict)
    const data = features instanceof Dataset ? features : unanswered('predict', learner, features)
    checkFits('predict', this.spec, data)
    if (data.examples === 0) return zeros(this.dtype, 0)
    return learner.predict(data, options.threads ?? learner.threads)
  }

  /**
   * What `predict` would resolve with, to the bit, but at once: for one example or a few, which take microseconds. With `out` no new memory
   * is taken after the first call. As `parameters`, it is refused while a run of this model is in hand, and answers between two
   * epochs of a fit; to answer all the time, serve from a second model, loaded from what the first one saves.
   *
   * @throws {RavineError} ERR_RAVINE_SHAPE, ERR_RAVINE_DATA, ERR_RAVINE_HYPERPARAMETER; ERR_RAVINE_ALIAS where `out` shares memory with the
   * features; nothing is written then
   */
  predictSync(features: DenseFeatures | NamedFeatures | Dataset, options: PredictSyncOptions = {}): FloatArray {
    const learner = this.#learner
    learner.idle('predictSync')
    options = checkOptions('predictSync', options, rules.predictSync)
    const data = features instanceof Dataset ? features : unanswered('predictSync', learner, features)
    checkFits('predictSync', this.spec, data)
    return predictSync(learner, data, options)
  }

  /**
   * One update on one batch, at once; the loss is that of before it.
   *
   * @throws {RavineError} ERR_RAVINE_DIVERGED when the loss is not finite; nothing has changed then
   */
  step(batch: Batch | Dataset, options: StepOptions): Scores {
    const learner = this.#learner
    learner.free('step')
    options = checkOptions('step', options, rules.step)
    const data = batch instanceof Dataset ? batch : answered('step', learner, batch)
    const loss = lossFor('step', this.spec, data, options.loss)
    const optimizer = checkOptimizer('step', options.optimizer)
    const weights = weightsOf('step', data, options)
    return scores(loss, data, learner.step(data, loss, optimizer, options.threads ?? learner.threads, weights))
  }

  /**
   * The gradients of the mean loss of one batch by the parameters' names, '0.weight' [outputs, inputs], …, at once; nothing changes.
   *
   * @throws {RavineError} ERR_RAVINE_DIVERGED when the loss is not finite
   */
  gradients(batch: Batch | Dataset, options: BatchOptions = {}): Record<string, FloatArray> {
    const learner = this.#learner
    learner.idle('gradients')
    options = checkOptions('gradients', options, rules.gradients)
    const data = batch instanceof Dataset ? batch : answered('gradients', learner, batch)
    const loss = lossFor('gradients', this.spec, data, options.loss)
    const weights = weightsOf('gradients', data, options)
    return namedGradients(this.spec, learner.gradients(data, loss, options.threads ?? learner.threads, weights))
  }

  /**
   * One update by gradients, one for each parameter, at once: after `gradients` of a batch the same as its `step`, to the bit.
   *
   * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER for unknown or missing names, ERR_RAVINE_SHAPE, ERR_RAVINE_DATA for arrays of another
   * type; nothing has changed then
   */
  apply(gradients: Gradients | ReadonlyMap<string, FloatArray>, optimizer: Optimizer): void {
    const learner = this.#learner
    learner.free('apply')
    const given = gradientsOf('apply', this.spec, gradients)
    learner.apply(given, checkOptimizer('apply', optimizer))
  }

  /** Copies by PyTorch's names: '0.weight' [outputs, inputs], '0.bias' [outputs], … */
  parameters(): Map<string, Parameter> {
    return named(this.spec, this.#learner.idle('parameters').parameters())
  }

  /**
   * Replaces all or some of the parameters; velocities stay.
   *
   * @throws {RavineError} ERR_RAVINE_SHAPE, ERR_RAVINE_HYPERPARAMETER for unknown names; nothing has changed then
   */
  setParameters(values: ParameterValues): void {
    const engine = this.#learner.free('setParameters')
    engine.setParameters(replaced('setParameters', this.spec, engine.parameters(), values))
  }

  /**
   * The optimizer's states of the parameters by their names, 'velocity' of `sgd`, 'firstMoment' and 'secondMoment' of `adam`, …: copies,
   * each under the names of its parameters.
   */
  state(): Map<string, Map<string, Parameter>> {
    const states = [...this.#learner.states('state')]
    return new Map(states.map(([name, arrays]) => [name, namedStates(this.spec, arrays)]))
  }

  /** The first of these, a velocity of all optimizers that have one: copies, under the names of their parameters. */
  velocities(): Map<string, Parameter> {
    return namedStates(this.spec, this.#learner.idle('velocities').states()[0])
  }

  /**
   * Replaces all or some of the velocities.
   *
   * @throws {RavineError} as `setParameters`
   */
  setVelocities(values: ParameterValues): void {
    const engine = this.#learner.free('setVelocities')
    const [velocities, ...others] = engine.states()
    engine.setStates([replaced('setVelocities', this.spec, velocities, values), ...others])
  }

  /**
   * Writes all that the model is into a safetensors file, for `load` or `loadParameters`: parameters by PyTorch's names, the optimizer's states,
   * steps, epochs, seed and graph. Whole or not at all; while a fit is at work, after the epoch in hand.
   *
   * Rejects with ERR_RAVINE_FILE where it cannot be written; a file of before is as it was then.
   */
  async save(path: string): Promise<void> {
    checkValue('save', 'path', path, text)
    const { spec, seed } = this
    const snapshot = await this.#learner.snapshot('save')
    await writeWhole('save', path, checkpointFile({ spec, seed, snapshot }))
  }

  /**
   * Replaces the parameters by those of a safetensors file that has all of them by PyTorch's names, in any type of float: a
   * `state_dict`, or what `save` wrote; or by Keras' paths, `{ v.path: v.numpy() for v in model.weights }`, whose kernels are turned here.
   * Velocities stay.
   *
   * Rejects with ERR_RAVINE_FILE where the file is another model's, or none; nothing has changed then.
   */
  async loadParameters(path: string, options: LoadParametersOptions = {}): Promise<void> {
    checkValue('loadParameters', 'path', path, text)
    options = checkOptions('loadParameters', options, rules.loadParameters)
    this.#learner.free('loadParameters')
    const file = await source('loadParameters', path)
    const keras = isKeras(file) || options.layers !== undefined
    this.setParameters(parametersIn(keras ? ofKeras(file, this.spec, options.layers) : file, this.spec))
  }

  /**
   * The model as an ONNX file (opset 17) that predicts as `predict` does, raw features and their normalisation included: its inputs,
   * [batch, width], are called as the graph's ('features' of a chain), its output as the last node ('output').
   *
   * @throws {RavineError} ERR_RAVINE_SHAPE where it would be larger than 2 GB
   */
  toONNX(options: ONNXOptions = {}): Uint8Array {
    options = checkOptions('toONNX', options, rules.toONNX)
    const [learner, { bytes = false }] = [this.#learner, options]
    const parameters = learner.idle('toONNX').parameters()
    const fold = unanswered('toONNX', learner, bytes ? new Uint8Array(0) : zeros(this.dtype, 0)).fold()
    return onnxFile({ spec: this.spec, parameters, fold, standard: standardOf(this.preparation), bytes, version })
  }

  /** Frees the memory of the engine; a fit in hand stops after its step and rejects with ERR_RAVINE_DISPOSED. */
  dispose(): void {
    this.#learner.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** The graph, for `fromJSON`: layers and sizes, without numbers. */
  toJSON(): GraphSpec {
    return this.spec
  }
}

const scores = (judged: LossSpec, { examples }: Dataset, { loss, correct }: Evaluation): Scores =>
  classifies(judged) ? { loss, accuracy: correct / examples } : { loss }
