import { type Dataset, dataset } from '../src/dataset.js'
import type { DenseFeatures } from '../src/features.js'
import { chain } from '../src/graph.js'
import { initialise } from '../src/initialise.js'
import { dense } from '../src/layers.js'
import { linear, linearBackward, meanSquaredError, momentumStep, softmaxCrossEntropy } from '../src/native.js'
import { Philox, purpose, shuffled } from '../src/random.js'
import { isEntries, type SparseFeatures } from '../src/sparse.js'
import { type DenseNode, type FloatArray, type GraphSpec, parametersOf, zeros } from '../src/spec.js'
import type { Trace } from './bits.js'
import { densely } from './entries.js'
import { BATCH, EPOCHS, examplesOf, type Network, SEED } from './golden/networks.js'

/** A layer and its parameters. */
interface Place {
  readonly node: DenseNode
  readonly weight: FloatArray
  readonly bias: FloatArray | null
}

/** The operands of `dense` for each layer of a network that has no others. */
export function denseLayers({ layers = [['none']] }: Network): Parameters<typeof dense>[] | undefined {
  return layers.every(([first]) => typeof first === 'number') ? (layers as Parameters<typeof dense>[]) : undefined
}

/**
 * Trains a network of dense layers, as `trained` does by `fit`, by primitives: nothing is fused, each gradient is written before the
 * update reads it.
 */
export function byHand(network: Network): Trace {
  const [inputs, layers] = [network.inputs as number, denseLayers(network)!]
  const { dtype = 'f32', optimizer } = network
  const spec = chain(
    inputs,
    dtype,
    layers.map((layer) => dense(...layer)),
  )
  const parameters = initialise(spec, SEED)
  const velocities = parameters.map(({ length }) => zeros(dtype, length))
  const places = placesOf(spec, parameters)
  let step = 0
  const { features, ...answers } = examplesOf(network)
  const entries = features as DenseFeatures | SparseFeatures
  const data = dataset({ ...answers, features: isEntries(entries) ? densely(entries, inputs) : entries })
  for (const batch of batches(data)) {
    step += 1
    for (const [i, gradient] of gradientsOf(places, batch).entries()) {
      momentumStep(parameters[i], gradient, velocities[i], { ...optimizer, step })
    }
  }
  return traceOf(spec, parameters, velocities)
}

/** Each layer's parameters, in the order of `parametersOf`. */
function placesOf({ nodes }: GraphSpec, parameters: readonly FloatArray[]): Place[] {
  let next = 0
  return (nodes as DenseNode[]).map((node) => ({
    node,
    weight: parameters[next++],
    bias: node.bias ? parameters[next++] : null,
  }))
}

function traceOf(spec: GraphSpec, parameters: readonly FloatArray[], velocities: readonly FloatArray[]): Trace {
  const trace = new Map<string, FloatArray>()
  const names = parametersOf(spec).map(({ name }) => name)
  for (const [i, name] of names.entries()) trace.set(name, parameters[i])
  for (const [i, name] of names.entries()) trace.set(`velocity of ${name}`, velocities[i])
  return trace
}

/** All batches of all epochs, in the order that `fit` draws. */
function* batches(data: Dataset): Generator<Dataset> {
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = shuffled(data.examples, new Philox(SEED, purpose.shuffle, epoch))
    for (let from = 0; from < order.length; from += BATCH) yield gathered(data, order.subarray(from, from + BATCH))
  }
}

function gathered({ features, labels, targets, inputs, outputs }: Dataset, order: Uint32Array): Dataset {
  const rows = <A extends FloatArray | Uint32Array>(values: A, width: number): A => {
    const copy = values.slice(0, order.length * width) as A
    order.forEach((from, to) => {
      copy.set(values.subarray(from * width, (from + 1) * width), to * width)
    })
    return copy
  }
  const answers = labels ? { labels: rows(labels, 1), classes: outputs } : { targets: rows(targets!, outputs), outputs }
  return dataset({ features: rows(features as FloatArray, inputs), inputs, ...answers })
}

/** Of every parameter, in the order of `parametersOf`. */
function gradientsOf(places: readonly Place[], batch: Dataset): FloatArray[] {
  const values = [batch.features as FloatArray]
  for (const [i, { node, weight, bias }] of places.entries()) {
    values.push(linear(values[i], weight, bias, sizesOf(node, batch)))
  }
  let gradOutput = lossGradient(values[places.length], batch)
  const gradients: FloatArray[] = []
  for (const [i, { node, weight, bias }] of [...places.entries()].reverse()) {
    const found = linearBackward(gradOutput, values[i], weight, values[i + 1], sizesOf(node, batch))
    gradients.unshift(found.gradWeight, ...(bias ? [found.gradBias] : []))
    gradOutput = found.gradInput
  }
  return gradients
}

const sizesOf = ({ inputs, outputs, activation }: DenseNode, { examples }: Dataset) => ({
  batch: examples,
  inputs,
  outputs,
  activation,
})

function lossGradient(output: FloatArray, { labels, targets, examples, outputs }: Dataset): FloatArray {
  return labels
    ? softmaxCrossEntropy(output, labels, { batch: examples, classes: outputs }).gradLogits
    : meanSquaredError(output, targets!, { batch: examples, outputs }).gradOutputs
}
