import { hyperparameterError } from './errors.js'
import { checkOptions, checkValue, count, flag, fraction, number, oneOf, positive } from './options.js'
import { type Activation, activations, type Initialiser, initialisers } from './spec.js'

/** A dense layer as plain frozen data: activation(x·Wᵀ + b). */
export interface Dense {
  readonly type: 'dense'
  readonly outputs: number
  readonly activation: Activation
  readonly bias: boolean
  readonly init: Initialiser
}

export interface ActivationLayer {
  readonly type: 'activation'
  readonly activation: Activation
}

export interface Dropout {
  readonly type: 'dropout'
  readonly rate: number
}

export interface LayerNorm {
  readonly type: 'layerNorm'
  readonly epsilon: number
}

export interface BatchNorm {
  readonly type: 'batchNorm'
  readonly epsilon: number
  readonly momentum: number
}

export interface Embedding {
  readonly type: 'embedding'
  readonly count: number
  readonly width: number
  /** Absent where it is 'exact'. */
  readonly mode?: 'lazy'
}

/** What has no settings: of one value flatten, of two dot, of two or more concat and add. */
export interface Join<Type extends string> {
  readonly type: Type
}

export type Layer =
  | Dense
  | ActivationLayer
  | Dropout
  | LayerNorm
  | BatchNorm
  | Embedding
  | Join<'flatten'>
  | Join<'concat'>
  | Join<'add'>
  | Join<'dot'>

export interface EmbeddingOptions {
  /**
   * 'exact', the default: every row goes the optimizer's way with every update, decays and moves on by its velocity. 'lazy', as
   * TensorFlow's sparse momentum: rows whose gradient is zero throughout, above all those that no example of the batch names, stay as
   * they are, and so does what the optimizer keeps of them.
   */
  readonly mode?: 'exact' | 'lazy'
}

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

export interface LayerNormOptions {
  /** Added to the variance; 1e-5 by default. */
  readonly epsilon?: number
}

export interface BatchNormOptions extends LayerNormOptions {
  /** The part of a batch's statistics in the running ones, in [0, 1]; 0.1 by default, as in PyTorch. */
  readonly momentum?: number
}

const part = number('a number in [0, 1]', (x) => x >= 0 && x <= 1)

/**
 * y = activation(x·Wᵀ + b): x [batch, inputs], W [outputs, inputs], b [outputs], y [batch, outputs].
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function dense(outputs: number, activation: Activation = 'linear', options: DenseOptions = {}): Dense {
  checkValue('dense', 'outputs', outputs, count)
  checkValue('dense', 'activation', activation, oneOf(...activations))
  options = checkOptions('dense', options, { bias: flag, init: oneOf(...initialisers) })
  const { bias = true, init = 'uniform' } = options
  return Object.freeze({ type: 'dense', outputs, activation, bias, init })
}

/**
 * y = activation(x), elementwise.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function activation(name: Activation): ActivationLayer {
  checkValue('activation', 'name', name, oneOf(...activations))
  return Object.freeze({ type: 'activation', activation: name })
}

/**
 * y = x/(1 − rate) or, with the probability `rate`, 0, drawn anew for every number and update; y = x where nothing is learnt.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function dropout(rate: number): Dropout {
  checkValue('dropout', 'rate', rate, fraction)
  return Object.freeze({ type: 'dropout', rate })
}

/**
 * y = (x − mean)/√(variance + epsilon)·w + b, by mean and variance of each example, as PyTorch's `LayerNorm`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function layerNorm(options: LayerNormOptions = {}): LayerNorm {
  options = checkOptions('layerNorm', options, { epsilon: positive })
  return Object.freeze({ type: 'layerNorm', epsilon: options.epsilon ?? 1e-5 })
}

/**
 * y = (x − mean)/√(variance + epsilon)·w + b, by mean and variance of each column of the batch or, where nothing is learnt, by running
 * ones, as PyTorch's `BatchNorm1d`: running ← (1 − momentum)·running + momentum·batch with each update of `fit` and `step`, the variance
 * of the batch by n − 1 there, and by n where there is one example. With `accumulate` the batch is that of the whole update, not each of
 * its parts.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function batchNorm(options: BatchNormOptions = {}): BatchNorm {
  options = checkOptions('batchNorm', options, { epsilon: positive, momentum: part })
  const { epsilon = 1e-5, momentum = 0.1 } = options
  return Object.freeze({ type: 'batchNorm', epsilon, momentum })
}

/**
 * The rows of a table [count, width] that the features name, whole numbers in [0, count): of n of them n·width numbers. The table
 * starts at N(0, 1), as PyTorch's.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function embedding(count_: number, width: number, options: EmbeddingOptions = {}): Embedding {
  checkValue('embedding', 'count', count_, count)
  checkValue('embedding', 'width', width, count)
  options = checkOptions('embedding', options, { mode: oneOf('exact', 'lazy') })
  const table = { type: 'embedding', count: count_, width } as const
  return Object.freeze(options.mode === 'lazy' ? { ...table, mode: 'lazy' } : table)
}

/** y = x: rows are flat here; it has a place in PyTorch's `Sequential`. */
export const flatten = (): Join<'flatten'> => Object.freeze({ type: 'flatten' })

/** All that it reads, beside each other. */
export const concat = (): Join<'concat'> => Object.freeze({ type: 'concat' })

/** The sum of all that it reads, of one width. */
export const add = (): Join<'add'> => Object.freeze({ type: 'add' })

/** Σ a·b of the two values that it reads, of one width: one number. */
export const dot = (): Join<'dot'> => Object.freeze({ type: 'dot' })

type Maker = (layer: never) => Layer

const makers: Readonly<Record<Layer['type'], Maker>> = {
  dense: ({ outputs, activation, ...options }: Dense) => dense(outputs, activation, options),
  activation: ({ activation: name, ...others }: ActivationLayer) => nothingElse('activation', others, activation(name)),
  dropout: ({ rate, ...others }: Dropout) => nothingElse('dropout', others, dropout(rate)),
  layerNorm: (options: LayerNorm) => layerNorm(options),
  batchNorm: (options: BatchNorm) => batchNorm(options),
  embedding: ({ count, width, ...options }: Embedding) => embedding(count, width, options),
  flatten: (others: object) => nothingElse('flatten', others, flatten()),
  concat: (others: object) => nothingElse('concat', others, concat()),
  add: (others: object) => nothingElse('add', others, add()),
  dot: (others: object) => nothingElse('dot', others, dot()),
}

function nothingElse<L extends Layer>(where: string, others: object, layer: L): L {
  checkOptions(where, others, {})
  return layer
}

/**
 * A layer made by one of the makers, or equal plain data: made again, since anything may have been written into it.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function remade(where: string, what: string, value: unknown): Layer {
  const { type, ...settings } = Object(value) as Layer
  if (typeof type === 'string' && Object.hasOwn(makers, type)) return makers[type](settings as never)
  throw hyperparameterError(where, `${what} to be dense(…) or another layer`, type ?? value)
}
