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

export const losses = ['crossEntropy', 'meanSquaredError'] as const
export type Loss = (typeof losses)[number]

/** activation(x·Wᵀ + b): one node of the graph. Its weight is `name.weight` [outputs, inputs], its bias `name.bias` [outputs]. */
export interface DenseNode {
  readonly op: 'dense'
  readonly name: string
  readonly from: readonly [string]
  readonly inputs: number
  readonly outputs: number
  readonly activation: Activation
  readonly bias: boolean
  readonly init: Initialiser
}

export type Node = DenseNode

/** A network as plain data: nodes in an order in which each stands after those that it reads. */
export interface GraphSpec {
  readonly dtype: Dtype
  readonly inputs: Readonly<Record<string, number>>
  readonly nodes: readonly Node[]
  readonly output: string
}

/** One parameter of a graph, in the order of the nodes: a weight, then its bias. */
export interface ParameterSpec {
  readonly name: string
  readonly shape: readonly number[]
  /** Numbers that one of its outputs is made of. */
  readonly inputs: number
  readonly init: Initialiser
}

/** The parameters of a graph by PyTorch's names. */
export function parametersOf(spec: GraphSpec): ParameterSpec[] {
  return spec.nodes.flatMap(({ name, inputs, outputs, bias, init }) => [
    { name: `${name}.weight`, shape: [outputs, inputs], inputs, init },
    ...(bias ? [{ name: `${name}.bias`, shape: [outputs], inputs, init: biasOf(init) }] : []),
  ])
}

const biasOf = (init: Initialiser): Initialiser => (init === 'uniform' ? init : 'zeros')

/** The number of elements of a shape. */
export const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1)

/** A new array of zeros of the element type. */
export const zeros = (dtype: Dtype, length: number): FloatArray =>
  dtype === 'f32' ? new Float32Array(length) : new Float64Array(length)
