import { types } from 'node:util'
import { allocate, checkApart, checkArrays } from './arrays.js'
import type { Dataset } from './dataset.js'
import { dataError } from './errors.js'
import type { DenseFeatures } from './features.js'
import { outputsOf } from './graph.js'
import type { Learner } from './learner.js'
import { isSparse } from './sparse.js'
import { type Dtype, type FloatArray, zeros } from './spec.js'

export interface PredictSyncOptions {
  /** [examples, outputs] of the model's type, written and returned instead of a new array. */
  readonly out?: FloatArray
  /** 1 by default: to wake others takes longer than a few examples do. */
  readonly threads?: number
}

/** The outputs for features that fit, at once. */
export function predictSync(learner: Learner, data: Dataset, { out, threads = 1 }: PredictSyncOptions): FloatArray {
  const { examples, features } = data
  const { dtype } = learner.spec
  if (isSparse(features)) {
    throw dataError('predictSync', 'features in a typed array, zeros and all (predict takes entries)', 'entries')
  }
  const shape = [examples, outputsOf(learner.spec)]
  if (out !== undefined) checkOut(dtype, out, shape, features)
  const answers = out ?? allocate('predictSync', 'outputs', zeros(dtype, 0), shape)
  if (examples > 0) learner.predictSync(data, answers, threads)
  return answers
}

function checkOut(dtype: Dtype, out: FloatArray, shape: readonly number[], features: DenseFeatures): void {
  checkArrays('predictSync', { out: [out, shape] })
  if (types.isFloat32Array(out) !== (dtype === 'f32')) {
    throw dataError('predictSync', `out to be a ${dtype === 'f32' ? 'Float32Array' : 'Float64Array'}`, out)
  }
  checkApart('predictSync', 'out', out, { features })
}
