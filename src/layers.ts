import { isDeepStrictEqual } from 'node:util'
import { hyperparameterError } from './errors.js'
import { checkOptions, checkValue, count, flag, oneOf } from './options.js'
import {
  type Activation,
  activations,
  byInput,
  type Dtype,
  type GraphSpec,
  type Initialiser,
  initialisers,
  type Node,
} from './spec.js'

/** A dense layer as plain frozen data: activation(x·Wᵀ + b). */
export interface Dense {
  readonly type: 'dense'
  readonly outputs: number
  readonly activation: Activation
  readonly bias: boolean
  readonly init: Initialiser
}

export type Layer = Dense

export interface DenseOptions {
  /** Whether a bias is added; true by default. */
  readonly bias?: boolean
  /**
   * How the weight starts: 'uniform', U(±1/√inputs), as PyTorch starts weight and bias, by default; with the others the bias starts at
   * zero. heNormal N(0, 2/inputs), heUniform U(±√(6/inputs)), glorotNormal N(0, 2/(inputs + outputs)), glorotUniform
   * U(±√(6/(inputs + outputs))), lecunNormal N(0, 1/inputs), orthogonal (rows or columns orthonormal), zeros. N by variance.
   */
  readonly init?: Initialiser
}

/** What a chain reads: the name of its one input. */
const FEATURES = 'features'

/**
 * y = activation(x·Wᵀ + b): x [batch, inputs], W [outputs, inputs], b [outputs], y [batch, outputs].
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function dense(outputs: number, activation: Activation = 'linear', options: DenseOptions = {}): Dense {
  checkValue('dense', 'outputs', outputs, count)
  checkValue('dense', 'activation', activation, oneOf(...activations))
  if (byInput.has(activation))
    throw hyperparameterError('dense', 'an activation whose output tells its derivative', activation)
  checkOptions('dense', options, { bias: flag, init: oneOf(...initialisers) })
  const { bias = true, init = 'uniform' } = options
  return Object.freeze({ type: 'dense', outputs, activation, bias, init })
}

/**
 * The graph in which each layer reads the one before it. Nodes are named by PyTorch's places in a `Sequential`, where an activation
 * other than linear takes a place of its own: dense(512, 'relu'), dense(10) are '0' and '2'.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function chain(inputs: number, dtype: Dtype, layers: readonly Layer[]): GraphSpec {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw hyperparameterError('sequential', 'an array of at least one layer', layers)
  }
  const nodes: Node[] = []
  let place = 0
  for (const layer of layers.map(checkLayer)) {
    nodes.push(nodeOf(layer, String(place), inputs, nodes.at(-1)))
    place += layer.activation === 'linear' ? 1 : 2
  }
  return Object.freeze({
    dtype,
    inputs: Object.freeze({ [FEATURES]: inputs }),
    nodes: Object.freeze(nodes),
    output: nodes[nodes.length - 1].name,
  })
}

/**
 * A chain made again of its graph, as JSON gives it.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER where it is not what `chain` makes
 */
export function rechained(stated: GraphSpec): GraphSpec {
  const { dtype, inputs, nodes } = Object(stated) as GraphSpec
  checkValue('spec', 'dtype', dtype, oneOf('f32', 'f64'))
  checkValue('spec', 'inputs', Object(inputs)[FEATURES], count)
  if (!Array.isArray(nodes)) throw hyperparameterError('spec', 'nodes', nodes)
  const spec = chain(inputs[FEATURES], dtype, nodes.map(layerOf))
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(spec)), stated)) return spec
  throw hyperparameterError('spec', 'a chain of layers', stated)
}

/** The numbers of one example that a graph of one input reads. */
export const inputsOf = (spec: GraphSpec) => Object.values(spec.inputs)[0]

/** The numbers that a graph gives for one example. */
export const outputsOf = (spec: GraphSpec) => spec.nodes.find(({ name }) => name === spec.output)?.outputs ?? 0

function nodeOf({ outputs, activation, bias, init }: Dense, name: string, inputs: number, before?: Node): Node {
  const from = Object.freeze([before?.name ?? FEATURES] as const)
  return Object.freeze({ op: 'dense', name, from, inputs: before?.outputs ?? inputs, outputs, activation, bias, init })
}

function layerOf(node: unknown): Layer {
  const { op: type, name, from, inputs, ...options } = Object(node)
  return { type, ...options }
}

/** A layer made by `dense(…)`, or equal plain data: checked again, since anything may have been written into it. */
function checkLayer(value: unknown, index: number): Dense {
  const { type, outputs, activation, ...options } = Object(value) as Dense
  if (type !== 'dense') {
    throw hyperparameterError('sequential', `layer ${index} to be dense(…)`, type ?? value)
  }
  return dense(outputs, activation, options)
}
