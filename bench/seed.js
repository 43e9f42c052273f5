import { resolve } from 'node:path'
import { dense, digits, mnist, sequential, sgd } from 'ravine'
import { uniform } from './numbers.js'

/** The network that ravine is measured by. */
export const seed = [784, 512, 256, 10]

export const nameOf = (widths) => widths.join('-')
export const name = nameOf(seed)

/** Floating-point operations of an example's step: 2 for each weight forward and for its gradient, and for the gradients of the inputs of all layers but the first. */
export function operationsOf(widths) {
  const weights = widths.slice(1).map((outputs, i) => widths[i] * outputs)
  return 2 * weights.reduce((sum, count, layer) => sum + (layer === 0 ? 2 : 3) * count, 0)
}
export const operations = operationsOf(seed)

export const lesson = { optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }), loss: 'crossEntropy', batchSize: 64 }

export function network({ widths = seed, backend = 'native' } = {}) {
  const [inputs, ...outputs] = widths
  const layers = outputs.map((size, i) => dense(size, i < outputs.length - 1 ? 'relu' : 'linear'))
  return sequential({ inputs, seed: 1, backend }, layers)
}

const places = [process.env.RAVINE_DATA, resolve(import.meta.dirname, '../../shared/data')].filter(Boolean)

/** MNIST where it is on this machine, and in which directory. */
export async function found() {
  for (const directory of places) {
    const sets = await mnist({ directory }).catch(() => undefined)
    if (sets) return { name: 'MNIST', directory, ...sets }
  }
}

/** MNIST, or else generated digits. */
export const examples = async () => (await found()) ?? { name: 'digits', ...digits() }

/** So many examples of which nothing is to be skipped and nothing to be learnt: features of variance 1, any labels. */
export const noise = (examples) => ({
  features: uniform(examples * seed[0], 5).map((value) => value * Math.sqrt(12)),
  labels: Uint8Array.from(uniform(examples, 6), (value) => Math.floor((value + 0.5) * seed.at(-1))),
})
