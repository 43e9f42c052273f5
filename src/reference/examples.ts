import { types } from 'node:util'
import type { EngineData, Fold } from '../backend.js'
import { isSparse, type SparseRows } from '../sparse.js'
import type { Dtype, FloatArray } from '../spec.js'
import type { Numbers } from './matmul.js'

/** Examples in one order: those of one batch. */
export interface Batch {
  readonly size: number
  readonly features: Numbers
  readonly labels: Uint32Array
  readonly targets: FloatArray
  readonly weights?: Float64Array
}

/** A copy of a dataset; floats become the element type of the model, bytes stay bytes. Answers that were not given are empty. */
export class Examples {
  readonly size: number
  readonly fold?: Fold
  readonly #inputs: number
  readonly #features: Numbers | SparseRows
  readonly #labels: Uint32Array
  readonly #targets: FloatArray

  constructor({ features, examples, labels, targets, fold }: EngineData, inputs: number, dtype: Dtype) {
    const Floats = dtype === 'f32' ? Float32Array : Float64Array
    const numbers = (values: Numbers) => (types.isUint8Array(values) ? new Uint8Array(values) : new Floats(values))
    this.size = examples
    this.fold = fold
    this.#inputs = inputs
    this.#features = isSparse(features) ? copied(features, numbers) : numbers(features)
    this.#labels = new Uint32Array(labels ?? [])
    this.#targets = new Floats(targets ?? [])
  }

  /** The examples of the numbers in `order`, where all of them have weights with theirs. */
  gather(order: Uint32Array, weights?: Float64Array): Batch {
    return {
      size: order.length,
      features: isSparse(this.#features) ? this.#dense(this.#features, order) : this.#rows(this.#features, order),
      labels: this.#rows(this.#labels, order),
      targets: this.#rows(this.#targets, order),
      weights: weights && Float64Array.from(order, (example) => weights[example]),
    }
  }

  /** Examples in batches of up to `batchSize`, in the order of their numbers in `order`. */
  *batches(batchSize: number, order: Uint32Array, weights?: Float64Array): Generator<Batch> {
    for (let from = 0; from < order.length; from += batchSize) {
      yield this.gather(order.subarray(from, from + batchSize), weights)
    }
  }

  #rows<T extends Numbers | Uint32Array>(data: T, order: Uint32Array): T {
    const width = data.length / this.size
    const rows = data.slice(0, order.length * width) as T
    for (const [i, example] of order.entries()) {
      rows.set(data.subarray(example * width, (example + 1) * width), i * width)
    }
    return rows
  }

  /** Entries among their zeros. */
  #dense({ offsets, indices, values }: SparseRows, order: Uint32Array): Numbers {
    const length = order.length * this.#inputs
    const rows = values && !types.isUint8Array(values) ? new Float64Array(length) : new Uint8Array(length)
    for (const [i, example] of order.entries()) {
      for (let entry = offsets[example]; entry < offsets[example + 1]; entry++) {
        rows[i * this.#inputs + indices[entry]] = values ? values[entry] : 1
      }
    }
    return rows
  }
}

const copied = ({ offsets, indices, values }: SparseRows, numbers: (values: Numbers) => Numbers): SparseRows => ({
  offsets: offsets.slice(),
  indices: indices.slice(),
  values: values && numbers(values),
})

/** 0 … n−1 */
export const inOrder = (n: number) => Uint32Array.from({ length: n }, (_, i) => i)
