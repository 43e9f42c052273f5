import type { FloatArray } from '../spec.js'
import { alike, type Operation } from './call.js'
import { sum16 } from './loss.js'

const exactly = (x: number) => x

/** Σ of some numbers in f64. */
const total = (values: Float64Array) => sum16(values, exactly)

/**
 * output = normal·w + b, normal = (x − mean)·inverse, inverse = 1/√(variance + ε), mean = Σx/n and variance = Σ(x − mean)²/n of each row in
 * f64; normal, the product and inverse are rounded.
 *
 * gradInput = inverse·((h − Σh/n) − normal·Σ(h·normal)/n) with h = gradOutput·w, in f64 but for h.
 */
export const layerNorm: Operation = {
  forward(call) {
    const { node, arithmetic, batch, output, parameters } = call
    const [{ inputs: width, epsilon = 0 }, { round }, [weight, bias]] = [node, arithmetic, parameters]
    const [normal, inverse] = [alike(output), alike(output, batch)]
    for (let r = 0; r < batch; r++) {
      const x = Float64Array.from(call.inputs[0].subarray(r * width, (r + 1) * width))
      const mean = total(x) / width
      const scale = 1 / Math.sqrt(total(x.map((x) => (x - mean) * (x - mean))) / width + epsilon)
      inverse[r] = scale
      for (let j = 0; j < width; j++) {
        const i = r * width + j
        normal[i] = (x[j] - mean) * scale
        output[i] = round(normal[i] * weight[j]) + bias[j]
      }
    }
    call.kept = [normal, inverse]
  },

  backward({ node, arithmetic, batch, parameters: [weight], kept: [normal, inverse] }, gradOutput) {
    const [{ inputs: width }, { round }, gradInput] = [node, arithmetic, alike(gradOutput)]
    for (let r = 0; r < batch; r++) {
      const row = (values: FloatArray) => Float64Array.from(values.subarray(r * width, (r + 1) * width))
      const [h, n] = [row(gradOutput).map((g, j) => round(g * weight[j])), row(normal)]
      const mean = total(h) / width
      const along = total(h.map((h, j) => h * n[j])) / width
      for (let j = 0; j < width; j++) gradInput[r * width + j] = inverse[r] * (h[j] - mean - n[j] * along)
    }
    return { inputs: [gradInput], parameters: scaleGradients(gradOutput, normal, width) }
  },
}

/** [Σ g·normal, Σ g] over the rows, each column a chain in f64 that is rounded at its end. */
export function scaleGradients(gradOutput: FloatArray, normal: FloatArray, width: number): [FloatArray, FloatArray] {
  return columnSums(gradOutput, normal, width).map((sums) => {
    const rounded = alike(gradOutput, width)
    rounded.set(sums)
    return rounded
  }) as [FloatArray, FloatArray]
}

/** The same as they are. */
export function columnSums(gradOutput: FloatArray, normal: FloatArray, width: number): [Float64Array, Float64Array] {
  const [along, sums] = [new Float64Array(width), new Float64Array(width)]
  for (let i = 0; i < gradOutput.length; i++) {
    along[i % width] += gradOutput[i] * normal[i]
    sums[i % width] += gradOutput[i]
  }
  return [along, sums]
}
