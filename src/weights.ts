import { countsOf } from './balance.js'
import type { Dataset } from './dataset.js'
import { dataError, hyperparameterError, shapeError } from './errors.js'
import type { FloatArray } from './spec.js'

/**
 * A weight for each class: in their order, or by their numbers, where the others have 1. Or 'balanced', scikit-learn's
 * examples / (classes · examples of the class) of the data at hand, of the classes that there are.
 */
export type ClassWeights = readonly number[] | FloatArray | Readonly<Record<number, number>> | 'balanced'

/**
 * What losses are multiplied by before their mean is taken: Σ weightᵢ·lossᵢ / examples, by the number of examples and not by the sum of
 * their weights, by which PyTorch divides with the `weight` of a loss. Both kinds multiply.
 */
export interface WeightOptions {
  /** [examples]; may be negative. */
  readonly exampleWeights?: readonly number[] | FloatArray
  /** Of data with labels. */
  readonly classWeights?: ClassWeights
}

/**
 * The weight of each example, a copy; none where nothing is weighed.
 *
 * @throws {RavineError} ERR_RAVINE_SHAPE, ERR_RAVINE_DATA for weights that are not finite, ERR_RAVINE_HYPERPARAMETER
 */
export function weightsOf(
  where: string,
  data: Dataset,
  { exampleWeights, classWeights }: WeightOptions,
): Float64Array | undefined {
  const weights = exampleWeights === undefined ? undefined : examplesWeights(where, data, exampleWeights)
  if (classWeights === undefined) return weights
  const ofClass = classesWeights(where, data, classWeights)
  return Float64Array.from(data.labels!, (label, i) => ofClass[label] * (weights ? weights[i] : 1))
}

function examplesWeights(where: string, { examples }: Dataset, given: readonly number[] | FloatArray): Float64Array {
  if (!isList(given)) throw dataError(where, 'exampleWeights to be an array of numbers', given)
  if (given.length !== examples) {
    throw shapeError(where, `exampleWeights [examples] of length ${examples}`, `length ${given.length}`)
  }
  return checked(where, 'exampleWeights', given)
}

function classesWeights(where: string, { labels, classes = 0 }: Dataset, given: ClassWeights): Float64Array {
  if (!labels) throw hyperparameterError(where, 'a dataset of labels with classWeights', 'targets')
  if (given === 'balanced') return balancing(labels, classes)
  if (isList(given)) {
    if (given.length !== classes) {
      throw shapeError(where, `classWeights [classes] of length ${classes}`, `length ${given.length}`)
    }
    return checked(where, 'classWeights', given)
  }
  if (given === null || typeof given !== 'object') {
    throw hyperparameterError(where, "classWeights to be an array, an object or 'balanced'", given)
  }
  const all = new Array<number>(classes).fill(1)
  for (const [name, weight] of Object.entries(given)) {
    if (!(Number(name) < classes && String(Number(name)) === name && Object.hasOwn(all, name))) {
      throw hyperparameterError(where, `classWeights of classes below ${classes}`, name)
    }
    all[Number(name)] = weight
  }
  return checked(where, 'classWeights', all)
}

/** examples / (classes · examples of the class); a class without examples weighs nothing, and does not count. */
function balancing(labels: Uint32Array, classes: number): Float64Array {
  const counts = countsOf(labels, classes)
  const present = counts.filter((count) => count > 0).length
  return counts.map((count) => (count > 0 ? labels.length / (present * count) : 0))
}

const isList = (given: unknown): given is readonly number[] | FloatArray =>
  Array.isArray(given) || ArrayBuffer.isView(given)

function checked(where: string, name: string, given: readonly number[] | FloatArray): Float64Array {
  for (let i = 0; i < given.length; i++) {
    if (!Number.isFinite(given[i])) throw dataError(where, `${name}[${i}] to be a finite number`, given[i])
  }
  return Float64Array.from(given)
}
