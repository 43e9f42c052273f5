import type { EngineData, Fold } from '../backend.js'
import type { Dtype, FloatArray } from '../spec.js'
import type { Numbers } from './matmul.js'

/** Examples in one order: all of a dataset, or those of one batch. */
export interface Batch {
  readonly size: number
  readonly features: Numbers
  readonly labels: Uint32Array
  readonly targets: FloatArray
}

/** A copy of a dataset; floats become the element type of the model, bytes stay bytes. Answers that were not given are empty. */
export class Examples implements Batch {
  readonly size: number
  readonly features: Numbers
  readonly labels: Uint32Array
  readonly targets: FloatArray
  readonly fold?: Fold

  constructor({ features, examples, labels, targets, fold }: EngineData, dtype: Dtype) {
    const Floats = dtype === 'f32' ? Float32Array : Float64Array
    this.size = examples
    this.features = features instanceof Uint8Array ? new Uint8Array(features) : new Floats(features)
    this.labels = new Uint32Array(labels ?? [])
    this.targets = new Floats(targets ?? [])
    this.fold = fold
  }

  /** The examples of the numbers in `order`. */
  gather(order: Uint32Array): Batch {
    return {
      size: order.length,
      features: this.#rows(this.features, order),
      labels: this.#rows(this.labels, order),
      targets: this.#rows(this.targets, order),
    }
  }

  /** Examples in batches of up to `batchSize`, in the order of their numbers in `order`. */
  *batches(batchSize: number, order: Uint32Array): Generator<Batch> {
    for (let from = 0; from < this.size; from += batchSize) yield this.gather(order.subarray(from, from + batchSize))
  }

  #rows<T extends Numbers | Uint32Array>(data: T, order: Uint32Array): T {
    const width = data.length / this.size
    const rows = data.slice(0, order.length * width) as T
    for (const [i, example] of order.entries()) {
      rows.set(data.subarray(example * width, (example + 1) * width), i * width)
    }
    return rows
  }
}

/** 0 … n−1 */
export const inOrder = (n: number) => Uint32Array.from({ length: n }, (_, i) => i)
