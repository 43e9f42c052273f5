/** The element types of a model. */
export type Dtype = 'f32' | 'f64'

/** Array of a model's element type. */
export type FloatArray = Float32Array | Float64Array

export const activations = [
  'linear',
  'relu',
  'sigmoid',
  'tanh',
  'leakyRelu',
  'gelu',
  'geluTanh',
  'silu',
  'elu',
  'softplus',
] as const
export type Activation = (typeof activations)[number]

/** The activations whose derivative is taken by their input: their output does not tell it, since they are not monotone. */
export const byInput: ReadonlySet<Activation> = new Set(['gelu', 'geluTanh', 'silu'])

/** How a weight starts; 'uniform' is PyTorch's way for weight and bias, with the others a bias starts at zero. */
export const initialisers = [
  'uniform',
  'heNormal',
  'heUniform',
  'glorotNormal',
  'glorotUniform',
  'lecunNormal',
  'orthogonal',
  'zeros',
] as const
export type Initialiser = (typeof initialisers)[number]

export const losses = [
  'crossEntropy',
  'meanSquaredError',
  'meanAbsoluteError',
  'huber',
  'logCosh',
  'binaryCrossEntropy',
  'hinge',
  'squaredHinge',
  'multiclassHinge',
  'poisson',
  'kullbackLeibler',
] as const
export type LossName = (typeof losses)[number]

/** d²/2 where |d| ≤ delta, delta·(|d| − delta/2) beyond, with d = output − target. */
export interface Huber {
  readonly type: 'huber'
  readonly delta: number
}

/** −Σ t·log softmax(logits) with t = (1 − labelSmoothing)·target + labelSmoothing/outputs. */
export interface CrossEntropy {
  readonly type: 'crossEntropy'
  readonly labelSmoothing: number
}

/** A loss as plain data, with nothing left to a default. */
export type LossSpec = Huber | CrossEntropy | { readonly type: Exclude<LossName, 'huber' | 'crossEntropy'> }

/** A loss by its name, with its default numbers, or as plain data. */
export type Loss = LossName | LossSpec

/** The plain data of a loss. */
export function lossSpec(loss: Loss): LossSpec {
  if (typeof loss !== 'string') return loss
  if (loss === 'huber') return { type: loss, delta: 1 }
  return loss === 'crossEntropy' ? { type: loss, labelSmoothing: 0 } : { type: loss }
}

interface NodeOf<Op extends string> {
  readonly op: Op
  readonly name: string
  /** The inputs and nodes that it reads. */
  readonly from: readonly string[]
  /** Numbers of an example that it reads; of what it adds or multiplies, those of each. */
  readonly inputs: number
  readonly outputs: number
}

/** activation(x·Wᵀ + b): its weight is `name.weight` [outputs, inputs], its bias `name.bias` [outputs]. */
export interface DenseNode extends NodeOf<'dense'> {
  readonly activation: Activation
  readonly bias: boolean
  readonly init: Initialiser
}

/** activation(x), elementwise. */
export interface ActivationNode extends NodeOf<'activation'> {
  readonly activation: Activation
}

export interface DropoutNode extends NodeOf<'dropout'> {
  readonly rate: number
}

/** Its weight and bias are `name.weight` and `name.bias` [inputs]. */
export interface LayerNormNode extends NodeOf<'layerNorm'> {
  readonly epsilon: number
}

/** Likewise, and `name.running_mean` and `name.running_var` [inputs]. */
export interface BatchNormNode extends NodeOf<'batchNorm'> {
  readonly epsilon: number
  readonly momentum: number
}

/** Its table is `name.weight` [count, width]. */
export interface EmbeddingNode extends NodeOf<'embedding'> {
  readonly count: number
  readonly width: number
  readonly mode?: 'lazy'
}

export type Node =
  | DenseNode
  | ActivationNode
  | DropoutNode
  | LayerNormNode
  | BatchNormNode
  | EmbeddingNode
  | NodeOf<'flatten'>
  | NodeOf<'concat'>
  | NodeOf<'add'>
  | NodeOf<'dot'>

/** A network as plain data: nodes in an order in which each stands after those that it reads. */
export interface GraphSpec {
  readonly dtype: Dtype
  readonly inputs: Readonly<Record<string, number>>
  readonly nodes: readonly Node[]
  readonly output: string
}

/** One parameter of a graph, in the order of the nodes: a weight, then its bias, then statistics. */
export interface ParameterSpec {
  readonly name: string
  readonly shape: readonly number[]
  /** Numbers that one of its outputs is made of. */
  readonly inputs: number
  readonly init?: Initialiser | 'ones' | 'normal'
  /** A running mean or variance: no gradient moves it. */
  readonly statistic?: boolean
  /** Rows that are looked up by their numbers: an embedding's. */
  readonly table?: boolean
  /** Those without a gradient stay as they are, and so do their states. */
  readonly lazy?: boolean
}

/** The parameters of a graph by PyTorch's names. */
export const parametersOf = ({ nodes }: Pick<GraphSpec, 'nodes'>): ParameterSpec[] => nodes.flatMap(parametersOfNode)

/** Numbers of all parameters, statistics too. */
export const parameterCount = (spec: Pick<GraphSpec, 'nodes'>): number =>
  parametersOf(spec).reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** Those that have gradients and states of an optimizer. */
export const learnable = (spec: GraphSpec): ParameterSpec[] => parametersOf(spec).filter(({ statistic }) => !statistic)

function parametersOfNode(node: Node): ParameterSpec[] {
  const { name, inputs, outputs } = node
  const vector = (kind: string, init: ParameterSpec['init']) => ({
    name: `${name}.${kind}`,
    shape: [outputs],
    inputs,
    init,
  })
  switch (node.op) {
    case 'dense': {
      const weight = { name: `${name}.weight`, shape: [outputs, inputs], inputs, init: node.init }
      return node.bias ? [weight, vector('bias', node.init === 'uniform' ? 'uniform' : 'zeros')] : [weight]
    }
    case 'layerNorm':
      return [vector('weight', 'ones'), vector('bias', 'zeros')]
    case 'batchNorm':
      return [
        vector('weight', 'ones'),
        vector('bias', 'zeros'),
        { ...vector('running_mean', 'zeros'), statistic: true },
        { ...vector('running_var', 'ones'), statistic: true },
      ]
    case 'embedding':
      return [tableOf(node)]
    default:
      return []
  }
}

function tableOf({ name, count, width, mode }: EmbeddingNode): ParameterSpec {
  return {
    name: `${name}.weight`,
    shape: [count, width],
    inputs: count,
    init: 'normal',
    table: true,
    lazy: mode === 'lazy',
  }
}

/** The number of elements of a shape. */
export const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1)

/** Bytes of an element. */
export const elementSize = (dtype: Dtype): number => (dtype === 'f32' ? 4 : 8)

/** A new array of zeros of the element type. */
export const zeros = (dtype: Dtype, length: number): FloatArray =>
  dtype === 'f32' ? new Float32Array(length) : new Float64Array(length)
