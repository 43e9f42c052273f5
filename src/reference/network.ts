import type { Fold, UpdateRule } from '../backend.js'
import { type EngineNode, feedsOneDense, lowered } from '../lowered.js'
import { byInput, type FloatArray, type GraphSpec, parametersOf, sizeOf, zeros } from '../spec.js'
import { activate, activateBackward } from './activation.js'
import { batchNorm, moveStatistics } from './batchNorm.js'
import { alike, type Call, type Draw, type Gradients, type Operation } from './call.js'
import { backward, type Dense, forward } from './dense.js'
import { dropout } from './dropout.js'
import { embedding } from './embedding.js'
import { type Arithmetic, arithmetic } from './fma.js'
import { add, concat, dot } from './join.js'
import { layerNorm } from './layerNorm.js'
import type { Numbers } from './matmul.js'
import type { Pieces } from './pieces.js'
import { MEMORY, update } from './rule.js'

const activation: Operation = {
  forward({ arithmetic, node, inputs: [x], output }) {
    output.set(x)
    activate(arithmetic, output, output, node.activation!)
  },
  backward({ arithmetic, node, inputs: [x], output }, gradOutput) {
    const [gradInput, kept] = [alike(gradOutput), byInput.has(node.activation!) ? (x as FloatArray) : output]
    activateBackward(arithmetic, gradOutput, kept, gradInput, node.activation!)
    return { inputs: [gradInput], parameters: [] }
  },
}

const operations: Readonly<Record<Exclude<EngineNode['op'], 'dense'>, Operation>> = {
  activation,
  dropout,
  layerNorm,
  batchNorm,
  embedding,
  concat,
  add,
  dot,
}

/** A batch on its way through the nodes. */
export interface Pass {
  readonly calls: readonly Call[]
  /** Of the last node. */
  readonly output: FloatArray
}

/** The features of a batch, as they came, and what belongs to them. */
export interface Features {
  readonly features: Numbers
  readonly batch: number
  readonly fold?: Fold
}

/** The layers of a graph with their parameters and the optimizer's states of them, which they own. */
export class Network {
  readonly arithmetic: Arithmetic
  readonly parameters: readonly FloatArray[]
  /** Each like the parameters. */
  states: readonly (readonly FloatArray[])[]
  /** What a tuner remembers. */
  readonly memory = new Float64Array(MEMORY)
  readonly #spec: GraphSpec
  readonly #nodes: readonly EngineNode[]
  /** The number of each node's first parameter. */
  readonly #first: readonly number[]
  /** Whether one dense layer alone reads the features. */
  readonly #alone: boolean

  constructor(spec: GraphSpec, initial: readonly FloatArray[]) {
    this.#spec = spec
    this.arithmetic = arithmetic(spec.dtype)
    this.parameters = initial.map((parameter) => parameter.slice())
    this.states = [this.like()]
    this.#nodes = lowered(spec)
    this.#first = firsts(this.#nodes)
    this.#alone = feedsOneDense(spec, this.#nodes)
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

  /** Node after node; `draw` where the network learns. */
  *forward(given: Features, draw?: Draw): Pieces<Pass> {
    const values: Numbers[] = this.#inputs(given)
    const calls: Call[] = []
    for (const [number, node] of this.#nodes.entries()) {
      const output = this.zeros(given.batch * node.outputs)
      const inputs = node.reads.map((read) => values[read])
      const parameters = this.#parametersOf(number)
      const rest = { arithmetic: this.arithmetic, node, number, batch: given.batch, parameters, inputs, output, draw }
      const call: Call = { ...rest, kept: [] }
      if (node.op === 'dense') yield* forward(this.#dense(call, given.fold), inputs[0], output, given.batch)
      else operations[node.op].forward(call)
      yield
      calls.push(call)
      values.push(output)
    }
    return { calls, output: calls[calls.length - 1].output }
  }

  /** The gradients of all parameters, in their order, by the pass forward and the gradient of its output. */
  *backward({ calls }: Pass, gradOutput: FloatArray, { fold }: Features): Pieces<FloatArray[]> {
    const inputs = Object.keys(this.#spec.inputs).length
    const gradients = this.like()
    const totals: (FloatArray | undefined)[] = []
    totals[inputs + calls.length - 1] = gradOutput
    for (const call of [...calls].reverse()) {
      const gradient = totals[inputs + call.number]
      if (!gradient) continue
      const found =
        call.node.op === 'dense'
          ? yield* this.#denseGradients(call, gradient, fold)
          : operations[call.node.op].backward(call, gradient)
      yield
      for (const [i, read] of call.node.reads.entries()) {
        const part = found.inputs[i]
        if (part && this.#needs(read)) totals[read] = this.#sum(totals[read], part)
      }
      for (const [i, values] of found.parameters.entries()) gradients[this.#first[call.number] + i].set(values)
    }
    return gradients
  }

  /** What a pass of an update does to running statistics. */
  settle({ calls }: Pass): void {
    for (const call of calls) if (call.node.op === 'batchNorm') moveStatistics(call)
  }

  /** One update of every parameter, at a step of the update, from 0. */
  update(gradients: readonly FloatArray[], rule: UpdateRule, step: number, loss?: number): void {
    const { arithmetic, parameters, states, memory } = this
    update({ arithmetic, specs: parametersOf(this.#spec), parameters, states, memory }, rule, step, gradients, loss)
  }

  /** The values of the graph's inputs: features as they came where one dense layer reads them, else normalised. */
  #inputs({ features, batch, fold }: Features): Numbers[] {
    if (this.#alone) return [features]
    const [widths, total] = [Object.values(this.#spec.inputs), features.length / batch]
    let first = 0
    return widths.map((width) => {
      const from = first
      first += width
      return this.#normalised(
        fold,
        this.zeros(batch * width),
        (i) => features[Math.floor(i / width) * total + from + (i % width)],
      )
    })
  }

  /** x = scale·p + offset; both zeros are one. */
  #normalised(given: Fold | undefined, values: FloatArray, raw: (i: number) => number): FloatArray {
    const fold = this.#rounded(given)
    for (let i = 0; i < values.length; i++) {
      values[i] = fold ? this.arithmetic.fma(fold.scale, raw(i), fold.offset) + 0 : raw(i)
    }
    return values
  }

  #sum(total: FloatArray | undefined, part: FloatArray): FloatArray {
    return total ? (total.map((x, i) => this.arithmetic.round(x + part[i])) as FloatArray) : part
  }

  /** Whether a value depends on parameters. */
  #needs(value: number): boolean {
    const number = value - Object.keys(this.#spec.inputs).length
    return (
      number >= 0 &&
      (this.#parametersOf(number).length > 0 || this.#nodes[number].reads.some((read) => this.#needs(read)))
    )
  }

  #parametersOf(number: number): readonly FloatArray[] {
    return this.parameters.slice(this.#first[number], this.#first[number + 1])
  }

  #dense({ node, number, parameters: [weight, bias] }: Call, fold?: Fold): Dense {
    const { inputs, outputs, activation = 'linear' } = node
    const first = this.#alone && this.#nodes[number].reads[0] === 0
    const own = first ? this.#rounded(fold) : undefined
    return { arithmetic: this.arithmetic, inputs, outputs, activation, weight, bias: bias ?? null, first, fold: own }
  }

  *#denseGradients(call: Call, gradOutput: FloatArray, fold?: Fold): Pieces<Gradients> {
    const layer = this.#dense(call, fold)
    const gradInput = this.#needs(call.node.reads[0]) ? this.zeros(call.batch * layer.inputs) : null
    const [gradWeight, gradBias] = [this.zeros(layer.weight.length), this.zeros(layer.outputs)]
    const found = { gradInput, gradWeight, gradBias }
    yield* backward(layer, gradOutput, call.inputs[0], call.output, found, call.batch)
    return { inputs: [gradInput], parameters: layer.bias ? [gradWeight, gradBias] : [gradWeight] }
  }

  #rounded(fold?: Fold): Fold | undefined {
    const { round } = this.arithmetic
    return fold && { scale: round(fold.scale), offset: round(fold.offset) }
  }
}

/** The number of each node's first parameter, and behind the last. */
function firsts(nodes: readonly EngineNode[]): number[] {
  const first = [0]
  for (const [i, node] of nodes.entries()) first.push(first[i] + parametersIn(node))
  return first
}

/** How many parameters a node has. */
function parametersIn({ op, bias }: EngineNode): number {
  if (op === 'dense') return bias ? 2 : 1
  return { layerNorm: 2, batchNorm: 4, embedding: 1 }[op as string] ?? 0
}
