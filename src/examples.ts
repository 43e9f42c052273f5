import { types } from 'node:util'
import { checkPresent } from './arrays.js'
import { beside, isNamed, sum, type Widths } from './beside.js'
import type { Dataset, DatasetOptions, DenseFeatures, Features, NdDatasetOptions } from './dataset.js'
import { dataError, hyperparameterError, shapeError } from './errors.js'
import { asFeatures, asTargets, isNdArray, widthOf } from './ndarray.js'
import { anything, count, either } from './options.js'
import {
  array,
  exampleOf,
  integers,
  isEntries,
  isSparse,
  numbers,
  type SparseFeatures,
  type SparseRows,
  sparseRows,
} from './sparse.js'
import type { FloatArray } from './spec.js'

/** What the options of a dataset may be, by their names. */
export const rules = {
  features: either(numbers, { expected: 'an object of offsets and indices', test: isEntries }),
  labels: integers,
  targets: array('a Float32Array or a Float64Array', types.isFloat32Array, types.isFloat64Array),
  inputs: either(count, {
    expected: 'an object of such by name',
    test: (value) => typeof value === 'object' && isEntries(value),
  }),
  classes: count,
  outputs: count,
  normalize: { expected: 'an object', test: (value: unknown) => value !== null && typeof value === 'object' },
}
/** Arrays with their shapes are looked at when they are plain. */
export const ndRules = { ...rules, features: anything, labels: anything, targets: anything }

/** Options with plain arrays in the place of those that have shapes. */
export function flattened(given: DatasetOptions | NdDatasetOptions): DatasetOptions {
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

/** Features as a dataset keeps them, the numbers in an example and, of several inputs, the numbers of each; all of them checked. */
export function checkedFeatures({ features: given, inputs }: DatasetOptions): [Features, number, Widths?] {
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

/** Rows of features, of which the last may be short. */
export function examplesOf(features: Features, inputs: number): number {
  return isSparse(features) ? features.offsets.length - 1 : features.length / inputs
}

/** The numbers of features; of entries without values there are none. */
export const numbersOf = (features: Features) => (isSparse(features) ? features.values : features)

/** The labels as a copy, each checked. */
export function labelled({ labels, classes, outputs }: DatasetOptions, examples: number) {
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

/** The targets, each checked. */
export function targeted({ labels, classes, outputs = 1 }: DatasetOptions, examples: number, targets: FloatArray) {
  if (labels !== undefined) throw dataError('dataset', 'labels or targets, not both', labels)
  if (classes !== undefined)
    throw hyperparameterError('dataset', 'classes with labels only, outputs with targets', classes)
  checkLength('targets', targets, examples * outputs, `[examples, ${outputs}]`)
  checkFinite('targets', targets, outputs)
  return { targets, outputs }
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
