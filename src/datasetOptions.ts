import { types } from 'node:util'
import { beside, isNamed, type NamedFeatures, sum, type Widths } from './beside.js'
import { dataError, hyperparameterError, shapeError } from './errors.js'
import { type DenseFeatures, examplesOf, type Features } from './features.js'
import { asFeatures, asTargets, isNdArray, type NdArray, widthOf } from './ndarray.js'
import { type Normalize, normalized } from './normalize.js'
import { anything, checkOptions, checkValue, count, either } from './options.js'
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

/** What the options of a dataset may be, by their names. */
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
  normalize: { expected: 'an object', test: (value: unknown) => value !== null && typeof value === 'object' },
}
/** Arrays with their shapes are looked at when they are plain. */
const ndRules = { ...rules, features: anything, labels: anything, targets: anything }

/** What a dataset is made of: all that it is given, checked, with arrays as it keeps them. */
export function checkedFields(given: DatasetOptions | NdDatasetOptions) {
  const options = checkOptions('dataset', flattened(checkOptions('dataset', given, ndRules)), rules)
  const { targets, normalize } = options
  checkValue('dataset', 'features', options.features, rules.features)
  checkValue('dataset', 'inputs', options.inputs, rules.inputs)
  const [features, inputs, widths] = checkedFeatures(options)
  const examples = examplesOf(features, inputs)
  const answers = targets === undefined ? labelled(options, examples) : targeted(options, examples, targets)
  return { features, inputs, widths, ...answers, normalize: normalize && normalized(normalize) }
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

/** Features as a dataset keeps them, the numbers in an example and, of several inputs, the numbers of each; all of them checked. */
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

/** The targets, each checked. */
function targeted({ labels, classes, outputs = 1 }: DatasetOptions, examples: number, targets: FloatArray) {
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
