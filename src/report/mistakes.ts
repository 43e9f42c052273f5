import { classesOf } from '../metrics/classes.js'
import type { Answered, Judged, MetricSpec } from '../metrics.js'
import { exp64, log64 } from '../reference/math.js'
import type { FloatArray, LossSpec } from '../spec.js'

/** How a model answered one example. */
export interface Answer {
  readonly example: number
  readonly actual: number
  readonly said: number
  /** Of what it said, and of what is right; of losses that know no probabilities there are none. */
  readonly certainty?: number
  readonly chance?: number
  /** How far its outputs are from right: −ln chance, or by how much they are on the wrong side. */
  readonly distance: number
}

/** The examples that a model answers worst, the worst first, at most so many. */
export const mistakes = (most: number): MetricSpec => ({
  name: 'mistakes',
  start(judged) {
    const { single, classes, actual } = classesOf('mistakes', judged)
    const answer = single ? ofOne(judged) : ofSeveral(judged)
    const worst: Answer[] = []
    let first = 0
    return {
      add(answered) {
        for (let r = 0; r < answered.examples; r++) {
          const outputs = single ? answered.outputs.subarray(r, r + 1) : rowOf(answered, r, classes)
          keep(worst, { example: first + r, ...answer(outputs, actual(answered, r)) }, most)
        }
        first += answered.examples
      },
      value: () => worst,
    }
  },
})

type Judge = (outputs: FloatArray, actual: number) => Omit<Answer, 'example'>

const rowOf = ({ outputs }: Answered, r: number, classes: number) => outputs.subarray(r * classes, (r + 1) * classes)

const hasChances = ({ type }: LossSpec) =>
  type === 'crossEntropy' || type === 'kullbackLeibler' || type === 'binaryCrossEntropy'

/** By one output, of which the sign tells. */
function ofOne({ loss }: Judged): Judge {
  return ([z], actual) => {
    const said = Number(z > 0)
    const margin = actual === 1 ? z : -z
    if (!hasChances(loss)) return { actual, said, distance: -margin }
    const chance = 1 / (1 + exp64(-margin))
    return { actual, said, certainty: Math.max(chance, 1 - chance), chance, distance: -margin }
  }
}

/** By softmax of the outputs, or by how far the largest of the others is above that of the class. */
function ofSeveral({ loss }: Judged): Judge {
  return (outputs, actual) => {
    const [first, second] = largestTwo(outputs)
    const top = outputs[first]
    if (!hasChances(loss)) {
      return { actual, said: first, distance: outputs[first === actual ? second : first] - outputs[actual] }
    }
    let sum = 0
    for (const z of outputs) sum += exp64(z - top)
    const distance = log64(sum) + top - outputs[actual]
    return { actual, said: first, certainty: 1 / sum, chance: exp64(-distance), distance }
  }
}

function largestTwo(outputs: FloatArray): [number, number] {
  let [first, second] = [0, -1]
  for (let j = 1; j < outputs.length; j++) {
    if (outputs[j] > outputs[first]) [first, second] = [j, first]
    else if (second < 0 || outputs[j] > outputs[second]) second = j
  }
  return [first, second]
}

/** Puts an answer in its place; of equals the first stays before. */
function keep(worst: Answer[], answer: Answer, most: number): void {
  if (worst.length === most && !(answer.distance > worst[most - 1].distance)) return
  let place = worst.length
  while (place > 0 && answer.distance > worst[place - 1].distance) place--
  worst.splice(place, 0, answer)
  if (worst.length > most) worst.pop()
}
