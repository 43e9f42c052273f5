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

/** Likewise its threes, class 0, and its eights, class 1. */
export async function threesAndEights() {
  const { train, test } = await given().catch(stop)
  return { train: chosen(train, [3, 8]), test: chosen(test, [3, 8]) }
}

function chosen({ features, labels }, digits) {
  const rows = [...labels.keys()].filter((row) => digits.includes(labels[row]))
  const pixels = new Uint8Array(rows.length * 784)
  for (const [at, row] of rows.entries()) pixels.set(features.subarray(row * 784, (row + 1) * 784), at * 784)
  const classes = rows.map((row) => digits.indexOf(labels[row]))
  return dataset({ features: pixels, labels: classes, inputs: 784, classes: digits.length, normalize })
}
