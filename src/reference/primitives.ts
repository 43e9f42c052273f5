import { types } from 'node:util'
import { checked } from '../checked.js'
import type { Primitives } from '../primitives.js'
import { activations, type FloatArray } from '../spec.js'
import { activate, activateBackward } from './activation.js'
import { backward, type Dense, forward } from './dense.js'
import { arithmetic } from './fma.js'
import { meanSquaredError, softmaxCrossEntropy } from './loss.js'
import { product, rowMajor, transposed } from './matmul.js'
import { momentumStep } from './momentum.js'
import { momentumCatchUp, momentumStepSparse } from './momentumSparse.js'
import { finish } from './pieces.js'

const arithmeticOf = (array: FloatArray) => arithmetic(types.isFloat32Array(array) ? 'f32' : 'f64')

function layer(
  weight: FloatArray,
  bias: FloatArray | null,
  inputs: number,
  outputs: number,
  activation: number,
): Dense {
  return { arithmetic: arithmeticOf(weight), inputs, outputs, activation: activations[activation], weight, bias }
}

/** The primitives in plain JavaScript. */
export const primitives: Primitives = checked({
  matmul(a, b, out, m, k, n, transposeA, transposeB) {
    const left = transposeA ? transposed(a, m) : rowMajor(a, k)
    const right = transposeB ? transposed(b, k) : rowMajor(b, n)
    finish(product(arithmeticOf(a), left, right, null, out, m, k, n))
  },
  linear(input, weight, bias, output, batch, inputs, outputs, activation) {
    finish(forward(layer(weight, bias, inputs, outputs, activation), input, output, batch))
  },
  linearBackward(
    gradOutput,
    input,
    weight,
    output,
    gradInput,
    gradWeight,
    gradBias,
    batch,
    inputs,
    outputs,
    activation,
  ) {
    const gradients = { gradInput, gradWeight, gradBias }
    finish(backward(layer(weight, null, inputs, outputs, activation), gradOutput, input, output, gradients, batch))
  },
  activate(x, y, activation) {
    activate(arithmeticOf(x), x, y, activations[activation])
  },
  activateBackward(gradOutput, kept, gradInput, activation) {
    activateBackward(arithmeticOf(kept), gradOutput, kept, gradInput, activations[activation])
  },
  softmaxCrossEntropy(logits, labels, gradLogits, batch, classes) {
    const { lossSum, correct } = softmaxCrossEntropy(arithmeticOf(logits), logits, labels, gradLogits, batch, classes)
    return { loss: lossSum / batch, correct }
  },
  meanSquaredError(predictions, targets, gradOutputs, batch, outputs) {
    const arithmetic = arithmeticOf(predictions)
    return meanSquaredError(arithmetic, predictions, targets, gradOutputs, batch, outputs).lossSum / batch
  },
  momentumStep(parameter, gradient, velocity, coefficients, nesterov) {
    momentumStep(arithmeticOf(parameter), parameter, gradient, velocity, coefficients, nesterov)
  },
  momentumStepSparse(parameter, ...operands) {
    momentumStepSparse(arithmeticOf(parameter), parameter, ...operands)
  },
  momentumCatchUp(parameter, ...operands) {
    momentumCatchUp(arithmeticOf(parameter), parameter, ...operands)
  },
  cpu: () => ({ instructionSet: 'javascript', threads: 1 }),
})
