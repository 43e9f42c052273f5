import { type Philox, shuffled } from './random.js'

/** How often each of the numbers 0 … classes − 1 occurs. */
export function countsOf(labels: Uint32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes)
  for (const label of labels) counts[label]++
  return counts
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
