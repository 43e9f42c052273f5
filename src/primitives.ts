import type { Labels } from './arrays.js'
import type { CatchUpOptions, MomentumSparseOptions } from './momentumSparse.js'
import type { MomentumOptions } from './optimizers/sgd.js'
import type { Activation, FloatArray } from './spec.js'

export interface MatmulOptions<T extends FloatArray = FloatArray> {
  readonly m: number
  readonly k: number
  readonly n: number
  /** A is stored as [k, m]. */
  readonly transposeA?: boolean
  /** B is stored as [n, k]. */
  readonly transposeB?: boolean
  /** [m, n], written and returned instead of a new array; its old numbers are not read. */
  readonly out?: T
}

export interface LinearOptions {
  readonly batch: number
  readonly inputs: number
  readonly outputs: number
  /** 'linear' by default. */
  readonly activation?: Activation
}

export interface ActivationOptions {
  readonly activation: Activation
}

export interface ActivationGradientOptions<T extends FloatArray = FloatArray> extends ActivationOptions {
  /** What `activate` was given; needed for 'gelu', 'geluTanh' and 'silu', whose output does not tell their derivative. */
  readonly input?: T
}

export interface Cpu {
  readonly instructionSet: string
  readonly threads: number
  readonly peakGflops?: number
}

/**
 * The operations that training is made of, synchronous, on row-major arrays: Float32Array, or Float64Array for the whole call.
 * Everything is checked before anything is written; after a refusal the arrays are as they were.
 *
 * @throws {RavineError} ERR_RAVINE_SHAPE, ERR_RAVINE_DATA, ERR_RAVINE_ALIAS, ERR_RAVINE_HYPERPARAMETER
 */
export interface Primitives {
  /** C = op(A)·op(B), [m, n] = [m, k]·[k, n]; sizes may be 0. */
  matmul<T extends FloatArray>(a: T, b: T, options: MatmulOptions<T>): T

  /** activation(input·weightᵀ + bias): `input` [batch, inputs], `weight` [outputs, inputs], `bias` [outputs] → [batch, outputs] */
  linear<T extends FloatArray>(input: T, weight: T, bias: T | null, options: LinearOptions): T

  /**
   * The gradients of `linear`; `gradOutput` is that of `output`, the result of `linear` after its activation, which is one whose
   * derivative its output tells: not 'gelu', 'geluTanh' or 'silu', which are to be taken by `activate` after a linear `linear`.
   */
  linearBackward<T extends FloatArray>(
    gradOutput: T,
    input: T,
    weight: T,
    output: T,
    options: LinearOptions,
  ): { gradInput: T; gradWeight: T; gradBias: T }

  /** activation(x), elementwise. */
  activate<T extends FloatArray>(x: T, options: ActivationOptions): T

  /** gradOutput·activation′, elementwise, by `output`, the result of `activate`, or by its `input`. */
  activateBackward<T extends FloatArray>(gradOutput: T, output: T, options: ActivationGradientOptions<T>): T

  /** Mean over the batch of −log softmax(logits)[label]; `gradLogits` [batch, classes], `correct` counts the rows whose largest logit is the label's. */
  softmaxCrossEntropy<T extends FloatArray>(
    logits: T,
    labels: Labels,
    options: { readonly batch: number; readonly classes: number },
  ): { loss: number; gradLogits: T; correct: number }

  /** Mean of (outputs − targets)² over the batch and its outputs; `gradOutputs` [batch, outputs]. */
  meanSquaredError<T extends FloatArray>(
    outputs: T,
    targets: T,
    options: { readonly batch: number; readonly outputs: number },
  ): { loss: number; gradOutputs: T }

  /** One step of momentum: updates `parameter` and `velocity` (zeros before the first step) in place, and nothing else. The rules stand at `sgd`. */
  momentumStep<T extends FloatArray>(parameter: T, gradient: T, velocity: T, options: MomentumOptions): void

  /**
   * One step of momentum of the rows of `parameter` and `velocity` [count, width] that are listed in `rows` [n], in any order, by
   * `gradientRows` [n, width]; the gradients of a row that is listed more than once are summed first, in that order.
   *
   * With mode 'lazy', TensorFlow's, rows that are not listed neither decay nor move. With 'exact' they do as under `momentumStep`
   * with zeros for a gradient, but only once they are listed: a row that was current at step s is brought to step t − 1 by one
   * linear map of it and its velocity (v ← μ^Δv, θ ← θ − η(μ + … + μ^Δ)v, with decays likewise), equal to rounding, and then
   * makes step t. `lastTouched` remembers s. Before rows are read, `momentumCatchUp` brings them up to date. A number among the
   * options is that of all the steps that were missed: one that changes is given as a schedule or a function of the step (each of the
   * missed steps is then looked at, and rows that have missed more than 4,194,304 are refused), or all rows catch up before it changes.
   */
  momentumStepSparse<T extends FloatArray>(
    parameter: T,
    rows: ArrayLike<number>,
    gradientRows: T,
    velocity: T,
    options: MomentumSparseOptions,
  ): void

  /** Brings rows that 'exact' sparse steps have left behind to where `momentumStep` would have them after `step` steps. */
  momentumCatchUp<T extends FloatArray>(parameter: T, velocity: T, options: CatchUpOptions): void

  /** What computes. */
  cpu(): Cpu
}

/** What a backend offers: the same operations, into arrays that are given, of arguments that have been checked. `activation` is its place in `activations`. */
export interface RawPrimitives {
  matmul(
    a: FloatArray,
    b: FloatArray,
    out: FloatArray,
    m: number,
    k: number,
    n: number,
    transposeA: boolean,
    transposeB: boolean,
  ): void
  linear(
    input: FloatArray,
    weight: FloatArray,
    bias: FloatArray | null,
    output: FloatArray,
    batch: number,
    inputs: number,
    outputs: number,
    activation: number,
  ): void
  linearBackward(
    gradOutput: FloatArray,
    input: FloatArray,
    weight: FloatArray,
    output: FloatArray,
    gradInput: FloatArray,
    gradWeight: FloatArray,
    gradBias: FloatArray,
    batch: number,
    inputs: number,
    outputs: number,
    activation: number,
  ): void
  activate(x: FloatArray, y: FloatArray, activation: number): void
  /** By what is kept of the activation: its output or, of those in `byInput`, its input. */
  activateBackward(gradOutput: FloatArray, kept: FloatArray, gradInput: FloatArray, activation: number): void
  softmaxCrossEntropy(
    logits: FloatArray,
    labels: Uint32Array,
    gradLogits: FloatArray,
    batch: number,
    classes: number,
  ): { loss: number; correct: number }
  meanSquaredError(
    predictions: FloatArray,
    targets: FloatArray,
    gradOutputs: FloatArray,
    batch: number,
    outputs: number,
  ): number
  momentumStep(
    parameter: FloatArray,
    gradient: FloatArray,
    velocity: FloatArray,
    coefficients: Float64Array,
    nesterov: boolean,
  ): void
  momentumStepSparse(
    parameter: FloatArray,
    rows: Uint32Array,
    gradientRows: FloatArray,
    velocity: FloatArray,
    width: number,
    coefficients: Float64Array,
    nesterov: boolean,
  ): void
  momentumCatchUp(
    parameter: FloatArray,
    velocity: FloatArray,
    rows: Uint32Array,
    places: Uint32Array,
    drifts: Float64Array,
    width: number,
  ): void
  cpu(): Cpu
}
