import { type Philox, shuffled } from './random.js'

/** How often each of the numbers 0 … classes − 1 occurs. */
export function countsOf(labels: Uint32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes)
  for (const label of labels) counts[label]++
  return counts
}

/** What a split takes into each part, in order. */
interface Drawn {
  readonly train: Uint32Array
  readonly test: Uint32Array
}

/**
 * A split into parts of the same sizes in which each class has its share: that of the test part is rounded down, and the classes that
 * lose most by it have one more. The order is kept.
 */
export function stratified(labels: Uint32Array, { train, test }: Drawn): Drawn {
  const shares = sharesOf(labels, test.length / labels.length, test.length)
  const drawn: { train: number[]; test: number[] } = { train: [], test: [] }
  for (const part of [test, train]) {
    for (const example of part) drawn[shares[labels[example]]-- > 0 ? 'test' : 'train'].push(example)
  }
  return { train: Uint32Array.from(drawn.train), test: Uint32Array.from(drawn.test) }
}

function sharesOf(labels: Uint32Array, share: number, total: number): Float64Array {
  const counts = countsOf(labels, Math.max(...new Set(labels)) + 1)
  const shares = counts.map((count) => Math.floor(count * share))
  const lost = (label: number) => counts[label] * share - shares[label]
  const order = Array.from(counts.keys()).sort((a, b) => lost(b) - lost(a) || a - b)
  const short = total - shares.reduce((sum, count) => sum + count, 0)
  for (const label of order.slice(0, short)) shares[label]++
  return shares
}

/** An order in which each class occurs as often as the largest: its examples again and again, of which the last time only some. */
export function balanced(labels: Uint32Array, random: Philox): Uint32Array {
  const ofClass = new Map<number, number[]>()
  for (const example of shuffled(labels.length, random)) {
    const examples = ofClass.get(labels[example])
    if (examples) examples.push(example)
    else ofClass.set(labels[example], [example])
  }
  const classes = [...ofClass.values()]
  const most = classes.reduce((most, { length }) => Math.max(most, length), 0)
  const order = shuffled(classes.length * most, random)
  return order.map((place) => {
    const examples = classes[Math.floor(place / most)]
    return examples[(place % most) % examples.length]
  })
}
