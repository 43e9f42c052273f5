import type { Fold } from '../backend.js'
import type { Activation, FloatArray } from '../spec.js'
import { activate, activateBackward } from './activation.js'
import type { Arithmetic } from './fma.js'
import { column, type Numbers, product, row, rowMajor, sum, transposed } from './matmul.js'
import type { Pieces } from './pieces.js'

/** A dense layer with its parameters: `weight` [outputs, inputs], `bias` [outputs]. */
export interface Dense {
  readonly arithmetic: Arithmetic
  readonly inputs: number
  readonly outputs: number
  readonly activation: Activation
  readonly weight: FloatArray
  readonly bias: FloatArray | null
  /** Whether its input is features. */
  readonly first?: boolean
  /** The normalisation x = scale·p + offset of raw features p, in numbers of the element type; it belongs to this layer. */
  readonly fold?: Fold
}

/** The gradients of a dense layer: of its input [batch, inputs] where asked for, of its weight and of its bias. */
export interface DenseGradients {
  readonly gradInput: FloatArray | null
  readonly gradWeight: FloatArray
  readonly gradBias: FloatArray
}

/**
 * output[r][j] = activation(bias[j] + Σₖ input[r][k]·weight[j][k])
 *
 * Folded: fma(scale, Σₖ p[r][k]·weight[j][k], fma(offset, Σₖ weight[j][k], bias[j])) inside the activation. Of features: + 0, so that
 * a sum of nothing but zeros is +0, be the zero terms visited or not.
 */
export function* forward(layer: Dense, input: Numbers, output: FloatArray, batch: number): Pieces {
  const { arithmetic, inputs, outputs, weight, bias, fold, activation } = layer
  const start = fold ? null : bias
  yield* product(arithmetic, rowMajor(input, inputs), transposed(weight, inputs), start, output, batch, inputs, outputs)
  if (fold) yield* unfoldOutput(layer, fold, output, batch)
  if (layer.first) for (let i = 0; i < output.length; i++) output[i] += 0
  activate(arithmetic, output, output, activation)
}

/**
 * δ = gradOutput·activation′, by the activated output;
 * gradInput[r][k] = Σⱼ δ[r][j]·weight[j][k];  gradWeight[j][k] = Σᵣ input[r][k]·δ[r][j];  gradBias[j] = Σᵣ δ[r][j]
 *
 * Folded: gradWeight[j][k] = fma(scale, Σᵣ p[r][k]·δ[r][j], offset·gradBias[j]).
 */
export function* backward(
  layer: Dense,
  gradOutput: FloatArray,
  input: Numbers,
  output: FloatArray,
  { gradInput, gradWeight, gradBias }: DenseGradients,
  batch: number,
): Pieces {
  const { arithmetic, inputs, outputs, weight, fold, activation } = layer
  const delta = gradOutput.slice()
  activateBackward(arithmetic, gradOutput, output, delta, activation)
  const [rows, columns] = [rowMajor(delta, outputs), transposed(delta, outputs)]

  if (gradInput) yield* product(arithmetic, rows, rowMajor(weight, inputs), null, gradInput, batch, outputs, inputs)
  yield* product(arithmetic, columns, rowMajor(input, inputs), null, gradWeight, outputs, batch, inputs)
  for (let j = 0; j < outputs; j++) gradBias[j] = sum(arithmetic, column(rows, j), batch)
  if (fold) unfoldGradient(layer, fold, gradWeight, gradBias)
}

function* unfoldOutput(
  { arithmetic, inputs, outputs, weight, bias }: Dense,
  fold: Fold,
  output: FloatArray,
  batch: number,
): Pieces {
  const { fma } = arithmetic
  for (let j = 0; j < outputs; j++) {
    const start = fma(fold.offset, sum(arithmetic, row(rowMajor(weight, inputs), j), inputs), bias ? bias[j] : 0)
    for (let r = 0; r < batch; r++) output[r * outputs + j] = fma(fold.scale, output[r * outputs + j], start)
    yield
  }
}

function unfoldGradient(
  { arithmetic, inputs, outputs }: Dense,
  fold: Fold,
  gradWeight: FloatArray,
  gradBias: FloatArray,
) {
  const { fma, round } = arithmetic
  for (let j = 0; j < outputs; j++) {
    const start = round(fold.offset * gradBias[j])
    for (let i = j * inputs; i < (j + 1) * inputs; i++) gradWeight[i] = fma(fold.scale, gradWeight[i], start)
  }
}
