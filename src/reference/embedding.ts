import { alike, type Operation } from './call.js'

/** output[r][k·width + j] = table[ids[r][k]][j]; the gradient of a row of the table is a chain of additions over all (r, k) that name it. */
export const embedding: Operation = {
  forward({ node, inputs: [ids], parameters: [table], output }) {
    const width = node.outputs / node.inputs
    for (const [i, id] of ids.entries()) output.set(table.subarray(id * width, (id + 1) * width), i * width)
  },

  backward({ node, arithmetic: { round }, inputs: [ids], parameters: [table] }, gradOutput) {
    const [width, gradient] = [node.outputs / node.inputs, alike(table)]
    for (const [i, id] of ids.entries()) {
      for (let j = 0; j < width; j++) {
        gradient[id * width + j] = round(gradient[id * width + j] + gradOutput[i * width + j])
      }
    }
    return { inputs: [null], parameters: [gradient] }
  },
}
