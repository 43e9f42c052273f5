import { types } from 'node:util'
import { viewOf } from './arrays.js'
import type { Fold } from './backend.js'
import { balanced } from './balance.js'
import type { NamedFeatures, Widths } from './beside.js'
import { checkedFields, type DatasetOptions, type NdDatasetOptions } from './datasetOptions.js'
import { hyperparameterError } from './errors.js'
import { checkArraysOf, type DenseFeatures, examplesOf, type Features, numbersOf } from './features.js'
import { measuredOn } from './moments.js'
import type { Normalize } from './normalize.js'
import { checkOptions, checkValue, count, flag, fraction, wholeNumber } from './options.js'
import type { Preparation } from './preparation.js'
import { Philox, purpose, shuffled } from './random.js'
import { gatheredRows, isSparse, like, type SparseFeatures, type SparseRows, slicedRows } from './sparse.js'
import type { FloatArray } from './spec.js'
import { type SplitOptions, splitOrder, stratified } from './split.js'

type Fields<F extends Features> = Pick<
  Dataset<F>,
  'features' | 'labels' | 'targets' | 'inputs' | 'widths' | 'outputs' | 'classes' | 'normalize' | 'preparation'
>

/** Examples to learn from, or to be judged by: features with labels or targets. Made by {@link dataset}; its parts are views or of its type. */
export class Dataset<F extends Features = Features> {
  /** [examples, inputs], row-major, or the entries that are not zero, frozen. */
  readonly features: F
  /** [examples], in [0, classes); there are labels or targets, never both. */
  readonly labels?: Uint32Array
  /** [examples, outputs], row-major. */
  readonly targets?: FloatArray
  readonly examples: number
  readonly inputs: number
  /** Where there are several inputs by name, the numbers of each, in order. */
  readonly widths?: Widths
  /** Numbers that a model gives for an example: the classes of labels, the columns of targets. */
  readonly outputs: number
  readonly classes?: number
  readonly normalize?: Normalize
  /** How the columns of a file became features and targets; a model that learns from them takes it over. */
  readonly preparation?: Preparation

  constructor({ features, labels, targets, inputs, widths, outputs, classes, normalize, preparation }: Fields<F>) {
    this.features = features
    this.labels = labels
    this.targets = targets
    this.examples = examplesOf(features, inputs)
    this.inputs = inputs
    this.widths = widths
    this.outputs = outputs
    this.classes = classes
    this.normalize = normalize
    this.preparation = preparation
  }

  /**
   * The examples in an order drawn from the seed, cut in two: round(test · examples) of them are `test`, the others `train`. Copies. Means
   * and deviations by which columns are standardized become those of `train`, in both.
   *
   * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER; ERR_RAVINE_DATA where a part would be empty
   */
  split(options: SplitOptions): { train: Dataset<F>; test: Dataset<F> } {
    options = checkOptions('split', options, { test: fraction, seed: wholeNumber, stratify: flag })
    checkValue('split', 'test', options.test, fraction)
    const drawn = splitOrder('split', this.examples, options)
    const { train, test } = options.stratify ? stratified(labelsOf('split: stratify', this), drawn) : drawn
    return this.#prepared(this.#gather(train), this.#gather(test))
  }

  /** The examples in an order drawn from the seed. A copy. */
  shuffle(seed = 0): Dataset<F> {
    checkValue('shuffle', 'seed', seed, wholeNumber)
    return this.#gather(shuffled(this.examples, new Philox(seed, purpose.order)))
  }

  /**
   * As many examples of each class as the largest has, in an order drawn from the seed: all of a class as often as they go into that
   * number, and some once more. A copy; weights that do the same are `fit`'s `classWeights: 'balanced'`.
   *
   * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER where there are no labels
   */
  balance(seed = 0): Dataset<F> {
    checkValue('balance', 'seed', seed, wholeNumber)
    return this.#gather(balanced(labelsOf('balance', this), new Philox(seed, purpose.order)))
  }

  /** The first n examples, or all where there are fewer. A view. */
  take(n: number): Dataset<F> {
    checkValue('take', 'n', n, count)
    return this.#slice(0, n)
  }

  /** The examples in order, `size` at a time (the last may have fewer). Views. */
  batches(size: number): Iterable<Dataset<F>> {
    checkValue('batches', 'size', size, count)
    return { [Symbol.iterator]: () => this.#batches(size) }
  }

  /** x = scale·p + offset of the raw features p, or undefined where they are taken as they are. */
  fold(): Fold | undefined {
    if (!this.normalize) return undefined
    const { mean, std } = this.normalize
    const unit = types.isUint8Array(numbersOf(this.features)) ? 255 : 1
    return { scale: 1 / (unit * std), offset: -mean / std }
  }

  #prepared(train: Dataset<F>, test: Dataset<F>): { train: Dataset<F>; test: Dataset<F> } {
    if (!this.preparation) return { train, test }
    const preparation = measuredOn(this.preparation, train)
    return { train: new Dataset({ ...train, preparation }), test: new Dataset({ ...test, preparation }) }
  }

  *#batches(size: number): Iterator<Dataset<F>> {
    for (let first = 0; first < this.examples; first += size) yield this.#slice(first, first + size)
  }

  #slice(first: number, end: number): Dataset<F> {
    return this.#map(
      (values, width) => viewOf(values, first * width, end * width),
      (rows) => slicedRows(rows, first, Math.min(end, this.examples)),
    )
  }

  #gather(order: Uint32Array): Dataset<F> {
    return this.#map(
      (values, width) => gather(values, width, order),
      (rows) => gatheredRows(rows, order),
    )
  }

  #map(
    rows: <A extends DenseFeatures | Uint32Array>(values: A, width: number) => A,
    entries: (features: SparseRows) => SparseRows,
  ): Dataset<F> {
    const { labels, targets, inputs, outputs } = this
    const features: Features = this.features
    checkArraysOf('dataset', this)
    return new Dataset({
      ...this,
      features: (isSparse(features) ? entries(features) : rows(features, inputs)) as F,
      labels: labels && rows(labels, 1),
      targets: targets && rows(targets, outputs),
    })
  }
}

/**
 * Checks features with labels (classes) or targets (real outputs) and binds them. Features and targets are kept, not copied: a model
 * copies them when it first uses the dataset (see `fit`), and sees nothing of what is written to them later.
 *
 * @throws {RavineError} ERR_RAVINE_SHAPE where lengths disagree; ERR_RAVINE_DATA for no examples, labels outside the classes, numbers
 * that are not finite; ERR_RAVINE_HYPERPARAMETER for options that are unknown or out of range
 */
export function dataset<F extends DenseFeatures>(options: DatasetOptions<F>): Dataset<F>
export function dataset(options: DatasetOptions<SparseFeatures>): Dataset<SparseRows>
export function dataset(options: DatasetOptions<NamedFeatures>): Dataset<DenseFeatures>
export function dataset(options: NdDatasetOptions): Dataset<DenseFeatures>
export function dataset(options: DatasetOptions): Dataset
export function dataset(given: DatasetOptions | NdDatasetOptions): Dataset {
  return new Dataset(checkedFields(given))
}

function labelsOf(where: string, { labels }: Dataset): Uint32Array {
  if (labels) return labels
  throw hyperparameterError(where, 'a dataset of labels', 'targets')
}

function gather<A extends DenseFeatures | Uint32Array>(values: A, width: number, order: Uint32Array): A {
  const rows = like(values, order.length * width)
  order.forEach((from, to) => {
    rows.set(values.subarray(from * width, (from + 1) * width), to * width)
  })
  return rows
}
