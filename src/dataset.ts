import { types } from 'node:util'
import { checkPresent, viewOf } from './arrays.js'
import type { Fold } from './backend.js'
import { balanced, stratified } from './balance.js'
import { beside, isNamed, type NamedFeatures, sum, type Widths } from './beside.js'
import { dataError, hyperparameterError, shapeError } from './errors.js'
import { measuredOn } from './moments.js'
import { asFeatures, asTargets, isNdArray, type NdArray, widthOf } from './ndarray.js'
import { anything, checkOptions, checkValue, count, either, flag, fraction, type Rule, wholeNumber } from './options.js'
import type { Preparation } from './preparation.js'
import { Philox, purpose, shuffled } from './random.js'
import {
  array,
  exampleOf,
  gatheredRows,
  integers,
  isEntries,
  isSparse,
  like,
  numbers,
  type SparseFeatures,
  type SparseRows,
  slicedRows,
  sparseRows,
} from './sparse.js'
import type { FloatArray } from './spec.js'

/** A number for each input of each example: [examples, inputs], row-major. */
export type DenseFeatures = Uint8Array | FloatArray

/** What a dataset holds. */
export type Features = DenseFeatures | SparseRows

/** x = (u − mean) / std, where u is the feature itself, or byte / 255 for features of bytes; zeros that are not listed count as features. */
export interface Normalize {
  readonly mean: number
  /** > 0. */
  readonly std: number
}

export interface DatasetOptions<
  F extends DenseFeatures | SparseFeatures | NamedFeatures = DenseFeatures | SparseFeatures | NamedFeatures,
> {
  /**
   * [examples, inputs], row-major; kept, not copied. Bytes stay bytes. Or the entries that are not zero. Or, where there are several
   * inputs, the features of each by its name; these are copied.
   */
  readonly features: F
  /** [examples], whole numbers in [0, classes); copied. */
  readonly labels?: ArrayLike<number>
  /** [examples, outputs]; kept, not copied. */
  readonly targets?: FloatArray
  /** Numbers in an example; or those of each input, by its name. */
  readonly inputs: number | Widths
  /** The largest label + 1 by default. */
  readonly classes?: number
  /** 1 by default. */
  readonly outputs?: number
  /** Without it features are taken as they are, bytes as 0 … 255. */
  readonly normalize?: Normalize
}

/** Of arrays with their shapes, of which the first axis is examples: the others make `inputs` and `outputs`. */
export interface NdDatasetOptions extends Pick<DatasetOptions, 'classes' | 'normalize'> {
  /** Bytes stay bytes; whole numbers become f32 if they have up to 16 bits, else f64. */
  readonly features: NdArray
  readonly labels?: NdArray | ArrayLike<number>
  readonly targets?: NdArray | FloatArray
  readonly inputs?: number
  readonly outputs?: number
}

export interface SplitOptions {
  /** The part of the examples, in [0, 1), that goes to `test`. */
  readonly test: number
  readonly seed?: number
  /** Whether each class, of labels, goes into both parts in the same proportion; false by default. */
  readonly stratify?: boolean
}

type Fields<F extends Features> = Pick<
  Dataset<F>,
  'features' | 'labels' | 'targets' | 'inputs' | 'widths' | 'outputs' | 'classes' | 'normalize' | 'preparation'
>

const object: Rule = { expected: 'an object', test: (value) => value !== null && typeof value === 'object' }

const rules = {
  features: either(numbers, { expected: 'an object of offsets and indices', test: isEntries }),
  labels: integers,
  targets: array('a Float32Array or a Float64Array', types.isFloat32Array, types.isFloat64Array),
  inputs: either(count, {
    expected: 'an object of such by name',
    test: (value) => typeof value === 'object' && isEntries(value),
  }),
  classes: count,
  outputs: count,
  normalize: object,
}
/** Arrays with their shapes are looked at when they are plain. */
const ndRules = { ...rules, features: anything, labels: anything, targets: anything }
const finite: Rule = { expected: 'a finite number', test: Number.isFinite }
const spread: Rule = { expected: 'a finite number > 0', test: (value) => finite.test(value) && (value as number) > 0 }

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
  const options = checkOptions('dataset', flattened(checkOptions('dataset', given, ndRules)), rules)
  const { targets, normalize } = options
  checkValue('dataset', 'features', options.features, rules.features)
  checkValue('dataset', 'inputs', options.inputs, rules.inputs)
  const [features, inputs, widths] = checkedFeatures(options)
  const examples = examplesOf(features, inputs)
  const answers = targets === undefined ? labelled(options, examples) : targeted(options, examples, targets)
  return new Dataset({ features, inputs, widths, ...answers, normalize: normalize && normalized(normalize) })
}

/** Options with plain arrays in the place of those that have shapes. */
function flattened(given: DatasetOptions | NdDatasetOptions): DatasetOptions {
  const options: Record<string, unknown> = { ...given }
  const { features, labels, targets } = options
  if (isNdArray(features)) {
    options.features = asFeatures(features.data)
    options.inputs ??= widthOf(features)
  }
  if (isNdArray(labels)) options.labels = labels.data
  if (isNdArray(targets)) {
    options.targets = asTargets(targets.data)
    options.outputs ??= widthOf(targets)
  }
  return options as unknown as DatasetOptions
}

function checkedFeatures({ features: given, inputs }: DatasetOptions): [Features, number, Widths?] {
  if (typeof inputs === 'number') return [checked(given as DenseFeatures | SparseFeatures, inputs), inputs]
  if (!isNamed(given, inputs))
    throw dataError('dataset', `features of ${Object.keys(inputs).join(', ')} by name`, given)
  const widths = Object.freeze({ ...inputs })
  return [checked(beside('dataset', given, widths), sum(widths)), sum(widths), widths]
}

function checked(given: DenseFeatures | SparseFeatures, inputs: number): Features {
  const features = isEntries(given) ? sparseRows('dataset', given, inputs) : given
  if (examplesOf(features, inputs) === 0) throw dataError('dataset', 'at least one example', given)
  if (isSparse(features)) checkFiniteEntries(features)
  else checkDense(features, inputs)
  return features
}

function checkDense(features: DenseFeatures, inputs: number): void {
  if (features.length % inputs !== 0) {
    throw shapeError('dataset', `features of length examples · ${inputs}`, `length ${features.length}`)
  }
  if (!types.isUint8Array(features)) checkFinite('features', features, inputs)
}

function checkFiniteEntries(features: SparseRows): void {
  const bad = features.values?.findIndex((value: number) => !Number.isFinite(value)) ?? -1
  if (bad === -1) return
  const example = exampleOf(features, bad)
  const place = `values[${bad}] (example ${example}, entry ${bad - features.offsets[example]})`
  throw dataError('dataset', `${place} to be a finite number`, features.values?.[bad])
}

/**
 * Checks that nothing of a dataset has been transferred since it was made.
 *
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export function checkArraysOf(where: string, { features, targets }: Pick<Dataset, 'features' | 'targets'>): void {
  const numbers = numbersOf(features)
  if (numbers) checkPresent(where, 'features', numbers)
  if (targets) checkPresent(where, 'targets', targets)
}

function labelsOf(where: string, { labels }: Dataset): Uint32Array {
  if (labels) return labels
  throw hyperparameterError(where, 'a dataset of labels', 'targets')
}

/** Rows of features, of which the last may be short. */
function examplesOf(features: Features, inputs: number): number {
  return isSparse(features) ? features.offsets.length - 1 : features.length / inputs
}

/** The numbers of features; of entries without values there are none. */
const numbersOf = (features: Features) => (isSparse(features) ? features.values : features)

/** The labels as a copy, each checked. */
function labelled({ labels, classes, outputs }: DatasetOptions, examples: number) {
  if (labels === undefined) throw dataError('dataset', 'labels or targets', undefined)
  if (outputs !== undefined)
    throw hyperparameterError('dataset', 'outputs with targets only, classes with labels', outputs)
  checkLength('labels', labels, examples, '[examples]')
  const copy = Uint32Array.from(labels)
  const known = classes ?? copy.reduce((largest, label) => Math.max(largest, label), 0) + 1
  const bad = copy.findIndex((label, i) => label !== labels[i] || !(label < known))
  if (bad !== -1) throw dataError('dataset', `labels[${bad}] to be a whole number in [0, ${known})`, labels[bad])
  return { labels: copy, classes: known, outputs: known }
}

function targeted({ labels, classes, outputs = 1 }: DatasetOptions, examples: number, targets: FloatArray) {
  if (labels !== undefined) throw dataError('dataset', 'labels or targets, not both', labels)
  if (classes !== undefined)
    throw hyperparameterError('dataset', 'classes with labels only, outputs with targets', classes)
  checkLength('targets', targets, examples * outputs, `[examples, ${outputs}]`)
  checkFinite('targets', targets, outputs)
  return { targets, outputs }
}

/**
 * Checks a normalisation, and freezes it.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function normalized(normalize: Normalize): Normalize {
  normalize = checkOptions('dataset: normalize', normalize, { mean: finite, std: spread })
  checkValue('dataset: normalize', 'mean', normalize.mean, finite)
  checkValue('dataset: normalize', 'std', normalize.std, spread)
  return Object.freeze({ mean: normalize.mean, std: normalize.std })
}

function checkLength(name: string, values: ArrayLike<number>, length: number, shape: string): void {
  if (values.length !== length) {
    throw shapeError('dataset', `${name} ${shape} of length ${length}`, `length ${values.length}`)
  }
}

function checkFinite(name: string, values: FloatArray, width: number): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      const row = Math.floor(i / width)
      throw dataError('dataset', `${name}[${i}] (example ${row}, column ${i % width}) to be a finite number`, values[i])
    }
  }
}

/** The numbers of the examples that a split takes into each part. */
export function splitOrder(where: string, examples: number, { test, seed = 0 }: SplitOptions) {
  const cut = firstOfTest(where, examples, test)
  const order = shuffled(examples, new Philox(seed, purpose.split))
  return { train: order.subarray(0, cut), test: order.subarray(cut) }
}

/** Where the test part begins when round(test · examples) examples at the end are it. */
export function firstOfTest(where: string, examples: number, test: number): number {
  const first = examples - Math.round(test * examples)
  if (first > 0 && first < examples) return first
  throw dataError(where, `test to leave an example in each part of ${examples}`, test)
}

function gather<A extends DenseFeatures | Uint32Array>(values: A, width: number, order: Uint32Array): A {
  const rows = like(values, order.length * width)
  order.forEach((from, to) => {
    rows.set(values.subarray(from * width, (from + 1) * width), to * width)
  })
  return rows
}
