import { philox, purpose } from '../random.js'
import { alike, type Call, type Operation } from './call.js'

/**
 * output = input·mask, mask = 1/(1 − rate) or, with the probability `rate`, 0; the input itself where nothing is learnt.
 *
 * What is kept is drawn for each column of each row of the update, by Philox from (seed, dropout, node, number of the update): the word of
 * ⌊column / 4⌋ in the stream that a row of as many blocks is given.
 */
export const dropout: Operation = {
  forward(call) {
    const { arithmetic, inputs, output, draw } = call
    if (!draw) return output.set(inputs[0])
    const mask = maskOf(call)
    for (let i = 0; i < output.length; i++) output[i] = arithmetic.round(inputs[0][i] * mask[i])
    call.kept = [mask]
  },

  backward({ arithmetic: { round }, kept: [mask] }, gradOutput) {
    return { inputs: [gradOutput.map((g, i) => round(g * mask[i])) as typeof gradOutput], parameters: [] }
  },
}

function maskOf({ arithmetic: { round }, node, number, batch, output, draw }: Call) {
  const { seed, number: update, firstRow } = draw!
  const [width, rate, words] = [node.inputs, node.rate ?? 0, new Uint32Array(4)]
  const [scale, limit, blocks] = [round(1 / (1 - rate)), Math.floor(rate * 2 ** 32), Math.ceil(width / 4)]
  const [low, high] = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]
  const mask = alike(output)
  for (let r = 0; r < batch; r++) {
    for (let j = 0; j < width; j++) {
      const block = (firstRow + r) * blocks + Math.floor(j / 4)
      if (j % 4 === 0) philox(words, block, number, purpose.dropout, low, high, update)
      mask[r * width + j] = words[j % 4] >= limit ? scale : 0
    }
  }
  return mask
}
