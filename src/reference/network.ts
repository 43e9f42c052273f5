import type { Fold, UpdateRule } from '../backend.js'
import { type FloatArray, type GraphSpec, parametersOf, sizeOf, zeros } from '../spec.js'
import { backward, type Dense, forward } from './dense.js'
import { type Arithmetic, arithmetic } from './fma.js'
import type { Numbers } from './matmul.js'
import type { Pieces } from './pieces.js'
import { update } from './rule.js'

/** The layers of a graph with their parameters and the optimizer's states of them, which they own. */
export class Network {
  readonly arithmetic: Arithmetic
  readonly parameters: readonly FloatArray[]
  /** Each like the parameters. */
  states: readonly (readonly FloatArray[])[]
  readonly #spec: GraphSpec

  constructor(spec: GraphSpec, initial: readonly FloatArray[]) {
    this.#spec = spec
    this.arithmetic = arithmetic(spec.dtype)
    this.parameters = initial.map((parameter) => parameter.slice())
    this.states = [this.like()]
  }

  /** Zeros like the parameters. */
  like(): FloatArray[] {
    return parametersOf(this.#spec).map(({ shape }) => this.zeros(sizeOf(shape)))
  }

  /** Numbers that the network gives for each example. */
  get width(): number {
    return this.#spec.nodes[this.#spec.nodes.length - 1].outputs
  }

  zeros(length: number): FloatArray {
    return zeros(this.#spec.dtype, length)
  }

  /** The output of every layer in turn: [batch, outputs]. */
  *forward(features: Numbers, batch: number, fold?: Fold): Pieces<FloatArray[]> {
    const outputs: FloatArray[] = []
    for (const layer of this.#layers(fold)) {
      const output = this.zeros(batch * layer.outputs)
      yield* forward(layer, outputs.at(-1) ?? features, output, batch)
      outputs.push(output)
    }
    return outputs
  }

  /** The gradients of all parameters, in their order, by the outputs of the forward pass and the gradient of the last. */
  *backward(
    features: Numbers,
    outputs: readonly FloatArray[],
    gradOutput: FloatArray,
    batch: number,
    fold?: Fold,
  ): Pieces<FloatArray[]> {
    const gradients: FloatArray[] = []
    let gradient = gradOutput
    for (const [i, layer] of [...this.#layers(fold).entries()].reverse()) {
      const gradInput = i > 0 ? this.zeros(batch * layer.inputs) : null
      const gradWeight = this.zeros(layer.weight.length)
      const gradBias = this.zeros(layer.outputs)
      yield* backward(
        layer,
        gradient,
        outputs[i - 1] ?? features,
        outputs[i],
        { gradInput, gradWeight, gradBias },
        batch,
      )
      gradients.unshift(...(layer.bias ? [gradWeight, gradBias] : [gradWeight]))
      gradient = gradInput ?? gradient
    }
    return gradients
  }

  /** One update of every parameter, at a step of the update, from 0. */
  update(gradients: readonly FloatArray[], rule: UpdateRule, step: number): void {
    update(this.arithmetic, rule, step, this.parameters, this.states, gradients)
  }

  #layers(fold?: Fold): Dense[] {
    const rest = [...this.parameters]
    return this.#spec.nodes.map((node, i) => ({
      arithmetic: this.arithmetic,
      inputs: node.inputs,
      outputs: node.outputs,
      activation: node.activation,
      weight: rest.shift()!,
      bias: node.bias ? rest.shift()! : null,
      first: i === 0,
      fold: i === 0 ? this.#rounded(fold) : undefined,
    }))
  }

  #rounded(fold?: Fold): Fold | undefined {
    const { round } = this.arithmetic
    return fold && { scale: round(fold.scale), offset: round(fold.offset) }
  }
}
