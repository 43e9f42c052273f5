import type { FloatArray } from '../spec.js'
import { alike, type Call, type Operation } from './call.js'
import { columnSums, scaleGradients } from './layerNorm.js'
import type { Numbers } from './matmul.js'

/**
 * output = normal·w + b, normal = (x − mean)·inverse, inverse = 1/√(variance + ε), mean = Σx/n and variance = Σ(x − mean)²/n of each column
 * of the batch in f64, a chain each, or running ones where nothing is learnt; normal, the product and what is kept are rounded.
 *
 * gradInput = (w·inverse)·((g − Σg/n) − normal·Σ(g·normal)/n) in f64.
 */
export const batchNorm: Operation = {
  forward(call) {
    const { node, arithmetic, batch, output, parameters, inputs, draw } = call
    const [{ inputs: width, epsilon = 0 }, { round }, [weight, bias, ...running]] = [node, arithmetic, parameters]
    const [means, variances] = draw ? moments(inputs[0], width, batch) : running.map((row) => Float64Array.from(row))
    const scales = variances.map((variance) => 1 / Math.sqrt(variance + epsilon))
    const normal = alike(output)
    for (let i = 0; i < output.length; i++) {
      const j = i % width
      normal[i] = (inputs[0][i] - means[j]) * scales[j]
      output[i] = round(normal[i] * weight[j]) + bias[j]
    }
    const unbiased = batch / (Math.max(batch, 2) - 1)
    call.kept = [normal, ...[means, variances.map((variance) => variance * unbiased), scales].map(rounded(output))]
  },

  backward({ node, batch, parameters: [weight], kept: [normal, , , inverse] }, gradOutput) {
    const [{ inputs: width }, gradInput] = [node, alike(gradOutput)]
    const [along, sums] = columnSums(gradOutput, normal, width).map((sums) => sums.map((sum) => sum / batch))
    for (let i = 0; i < gradInput.length; i++) {
      const j = i % width
      gradInput[i] = weight[j] * inverse[j] * (gradOutput[i] - sums[j] - normal[i] * along[j])
    }
    return { inputs: [gradInput], parameters: scaleGradients(gradOutput, normal, width) }
  },
}

/** running ← (1 − momentum)·running + momentum·batch, of mean and unbiased variance. */
export function moveStatistics({ node, arithmetic: { round }, parameters, kept: [, ...statistics] }: Call): void {
  const [old, young] = [1 - (node.momentum ?? 0), node.momentum ?? 0].map(round)
  for (const [i, running] of parameters.slice(2).entries()) {
    for (const [j, value] of running.entries()) running[j] = round(old * value) + round(young * statistics[i][j])
  }
}

/** (mean, variance) of the columns. */
function moments(x: Numbers, width: number, batch: number): [Float64Array, Float64Array] {
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)]
  for (let i = 0; i < x.length; i++) sums[i % width] += x[i]
  const means = sums.map((sum) => sum / batch)
  for (let i = 0; i < x.length; i++) {
    const difference = x[i] - means[i % width]
    squares[i % width] += difference * difference
  }
  return [means, squares.map((sum) => sum / batch)]
}

const rounded = (like: FloatArray) => (values: Float64Array) => {
  const row = alike(like, values.length)
  row.set(values)
  return row
}
