import { types } from 'node:util'
import { beside, isNamed, type NamedFeatures } from './beside.js'
import { Dataset, dataset } from './dataset.js'
import type { DatasetOptions } from './datasetOptions.js'
import { dataError, shapeError } from './errors.js'
import type { DenseFeatures, Features } from './features.js'
import { inputsOf, outputsOf } from './graph.js'
import type { Learner } from './learner.js'
import { anything, checkOptions } from './options.js'
import { isEntries, type SparseFeatures, sparseRows } from './sparse.js'

/** Raw arrays of one batch; without `normalize` the normalisation of the data learnt from before belongs to them. */
export type Batch = Pick<DatasetOptions, 'features' | 'labels' | 'targets' | 'normalize'>

const rules = { features: anything, labels: anything, targets: anything, normalize: anything }

/**
 * A batch with its labels or targets as a dataset of the model's sizes.
 *
 * @throws {RavineError} as `dataset`
 */
export function answered(where: string, { spec, normalize }: Learner, batch: Batch): Dataset {
  batch = checkOptions(where, batch, rules)
  const width = outputsOf(spec)
  // A single output can tell two classes.
  const two = width === 1 && Array.prototype.some.call(batch.labels ?? [], (label) => label !== 0)
  const answers = batch.labels === undefined ? { outputs: width } : { classes: two ? 2 : width }
  const inputs = isNamed(batch.features, spec.inputs) ? spec.inputs : inputsOf(spec)
  return dataset({ ...batch, ...answers, inputs, normalize: batch.normalize ?? normalize })
}

/**
 * Features by themselves, normalised as the data learnt from before; there may be none.
 *
 * @throws {RavineError} ERR_RAVINE_DATA, ERR_RAVINE_SHAPE, ERR_RAVINE_HYPERPARAMETER
 */
export function unanswered(
  where: string,
  { spec, normalize }: Learner,
  raw: DenseFeatures | SparseFeatures | NamedFeatures,
): Dataset {
  const inputs = inputsOf(spec)
  const given = isNamed(raw, spec.inputs) ? beside(where, raw, spec.inputs) : (raw as DenseFeatures | SparseFeatures)
  const features = isEntries(given) ? sparseRows(where, given, inputs) : wholeRows(where, given, inputs)
  return new Dataset({ features, inputs, outputs: outputsOf(spec), normalize })
}

function wholeRows(where: string, features: DenseFeatures, inputs: number): Features {
  if (!isFeatures(features)) {
    const expected = 'a dataset, a Uint8Array, a Float32Array, a Float64Array or an object of offsets and indices'
    throw dataError(where, expected, features)
  }
  if (features.length % inputs !== 0) {
    throw shapeError(where, `features of length examples · ${inputs}`, `length ${features.length}`)
  }
  return features
}

// By internal type, not by constructor: arrays of other realms (a vm context, a test runner's) are as good.
const isFeatures = (value: unknown) =>
  types.isUint8Array(value) || types.isFloat32Array(value) || types.isFloat64Array(value)
