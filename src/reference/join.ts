import type { FloatArray } from '../spec.js'
import { alike, type Call, type Operation } from './call.js'
import type { Numbers } from './matmul.js'

/** Width of a value that a node reads. */
const widthOf = ({ batch }: Call, values: Numbers) => values.length / batch

/** All that is read, beside each other. */
export const concat: Operation = {
  forward(call) {
    const { batch, inputs, output, node } = call
    let first = 0
    for (const input of inputs) {
      const width = widthOf(call, input)
      for (let r = 0; r < batch; r++) {
        output.set(input.subarray(r * width, (r + 1) * width), r * node.outputs + first)
      }
      first += width
    }
  },

  backward(call, gradOutput) {
    let first = 0
    const columns = (input: Numbers) => {
      const [width, from] = [widthOf(call, input), first]
      first += width
      const gradient = alike(gradOutput, input.length)
      for (let r = 0; r < call.batch; r++) {
        const start = r * call.node.outputs + from
        gradient.set(gradOutput.subarray(start, start + width), r * width)
      }
      return gradient
    }
    return { inputs: call.inputs.map(columns), parameters: [] }
  },
}

/** The sum of all that is read, from the first to the last. */
export const add: Operation = {
  forward({ arithmetic: { round }, inputs: [first, ...others], output }) {
    output.set(first)
    for (const other of others) {
      for (let i = 0; i < output.length; i++) output[i] = round(output[i] + other[i])
    }
  },

  backward: ({ inputs }, gradOutput) => ({ inputs: inputs.map(() => gradOutput), parameters: [] }),
}

/** Σ a·b over the columns: one chain in f64, rounded at its end; the gradient of a is gradOutput·b. */
export const dot: Operation = {
  forward({ node: { inputs: width }, batch, inputs: [a, b], output }) {
    for (let r = 0; r < batch; r++) {
      let sum = 0
      for (let i = r * width; i < (r + 1) * width; i++) sum += a[i] * b[i]
      output[r] = sum
    }
  },

  backward({ node: { inputs: width }, arithmetic: { round }, inputs: [a, b] }, gradOutput) {
    const times = (other: Numbers): FloatArray => {
      const gradient = alike(gradOutput, other.length)
      for (let i = 0; i < gradient.length; i++) gradient[i] = round(gradOutput[Math.floor(i / width)] * other[i])
      return gradient
    }
    return { inputs: [times(b), times(a)], parameters: [] }
  },
}
