import { resolve } from 'node:path'
import { dense, digits, mnist, sequential, sgd } from 'ravine'

/** The network that ravine is measured by. */
export const name = '784-512-256-10'

/** Floating-point operations of an example's step: 2 for each weight forward and for its gradient, and for the gradients of the inputs of all layers but the first. */
export const operations = 2 * (2 * (784 * 512 + 512 * 256 + 256 * 10) + 512 * 256 + 256 * 10)

export const lesson = { optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }), loss: 'crossEntropy', batchSize: 64 }

export const network = (backend = 'native') =>
  sequential({ inputs: 784, seed: 1, backend }, [dense(512, 'relu'), dense(256, 'relu'), dense(10)])

const places = [process.env.RAVINE_DATA, resolve(import.meta.dirname, '../../shared/data')].filter(Boolean)

/** MNIST where it is on this machine, else generated digits. */
export async function examples() {
  for (const directory of places) {
    const found = await mnist({ directory }).catch(() => undefined)
    if (found) return { name: 'MNIST', ...found }
  }
  return { name: 'digits', ...digits() }
}
