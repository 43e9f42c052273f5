import { dataset, mnist } from 'ravine'
import { place, stop } from './place.js'

/** Bytes are taken as parts of 255, not centred: what is not ink stays zero. */
const normalize = { mean: 0, std: 1 }

const given = () => mnist({ directory: place || '.' }).catch(() => mnist())

/** MNIST as classical models have it: `train` and `test`. */
export async function handwriting() {
  const { train, test } = await given().catch(stop)
  const plain = ({ features, labels }) => dataset({ features, labels, inputs: 784, classes: 10, normalize })
  return { train: plain(train), test: plain(test) }
}
