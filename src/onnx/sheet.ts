import type { Encoded } from '../protobuf.js'
import { type Dtype, type FloatArray, zeros } from '../spec.js'
import { type Attributes, nodeProto, tensorProto } from './format.js'

/** Where the operators of a graph are written down, one after another; values are known by their names. */
export class Sheet {
  readonly dtype: Dtype
  readonly nodes: Encoded[] = []
  /** What those that come next belong to. */
  part = ''
  readonly #tensors = new Map<string, Encoded>()

  constructor(dtype: Dtype) {
    this.dtype = dtype
  }

  get initializers(): Encoded[] {
    return [...this.#tensors.values()]
  }

  /** The value that an operator gives. */
  apply(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.named(`${this.part}/${op}_${this.nodes.length}`, op, inputs, attributes)
  }

  /** Likewise, under a name of its own. */
  named(output: string, op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    this.nodes.push(nodeProto(op, inputs, output, attributes))
    return output
  }

  /** A number of the model's type. */
  number(value: number): string {
    return this.tensor(`number ${value}`, [], zeros(this.dtype, 1).fill(value))
  }

  /** Whole numbers. */
  integers(...values: number[]): string {
    return this.tensor(`integers ${values}`, [values.length], BigInt64Array.from(values, BigInt))
  }

  tensor(name: string, shape: readonly number[], data: FloatArray | BigInt64Array): string {
    this.#tensors.set(name, tensorProto(name, shape, data))
    return name
  }
}
