import type { Backend, Engine } from '../src/backend.js'
import { type Dataset, dataset } from '../src/dataset.js'
import { graphOf, type NodeOptions } from '../src/graph.js'
import { initialise } from '../src/initialise.js'
import {
  activation,
  add,
  batchNorm,
  concat,
  dense,
  dot,
  dropout,
  embedding,
  flatten,
  layerNorm,
} from '../src/layers.js'
import { nativeEngine } from '../src/native.js'
import { Philox } from '../src/random.js'
import { referenceEngine } from '../src/reference/engine.js'
import type { BackendName } from '../src/sequential.js'
import { activations, type Dtype, type GraphSpec } from '../src/spec.js'

export const engines: Readonly<Record<BackendName, Backend>> = { native: nativeEngine, reference: referenceEngine }

/** A graph, and data that it can learn from, in batches of these sizes by turns. */
export interface Lesson {
  readonly spec: GraphSpec
  readonly data: Dataset
  readonly sizes?: readonly number[]
}

export const uniform = (random: Philox, length: number) => Float64Array.from({ length }, () => 2 * random.unit() - 1)

/** Examples of some numbers, then ids below `most`. */
export function examples(numbers: number, ids: number, outputs: number, count: number, most = 5, seed = 1): Dataset {
  const [random, inputs] = [new Philox(seed, 0), numbers + ids]
  const feature = (_: unknown, i: number) => (i % inputs < numbers ? 2 * random.unit() - 1 : random.below(most))
  const features = Float64Array.from({ length: count * inputs }, feature)
  return dataset({ features, targets: uniform(random, count * outputs), inputs, outputs })
}

export const lesson = (
  inputs: Record<string, number>,
  dtype: Dtype,
  nodes: Record<string, NodeOptions>,
  count = 13,
): Lesson => {
  const spec = graphOf(inputs, dtype, nodes)
  const { x = 0, ids = 0 } = inputs
  return { spec, data: examples(x, ids, spec.nodes[spec.nodes.length - 1].outputs, count) }
}

const x = { x: 5 }
const head = dense(2, 'tanh')

/** Each kind of node between others; sizes around a panel's. */
export const lessons: Readonly<Record<string, (dtype: Dtype) => Lesson>> = {
  ...Object.fromEntries(
    activations.map((name) => [
      `dense with ${name}`,
      (dtype: Dtype) => lesson(x, dtype, { a: [dense(37, name), 'x'], b: [dense(3, name), 'a'] }),
    ]),
  ),
  'activations by themselves': (dtype) =>
    lesson(x, dtype, {
      a: [dense(7), 'x'],
      b: [activation('gelu'), 'a'],
      c: [head, 'b'],
      d: [activation('relu'), 'c'],
    }),
  'layer norm': (dtype) => lesson(x, dtype, { a: [dense(35), 'x'], b: [layerNorm(), 'a'], c: [head, 'b'] }),
  'layer norm of features': (dtype) => lesson(x, dtype, { a: [layerNorm({ epsilon: 0.1 }), 'x'], b: [head, 'a'] }),
  'batch norm': (dtype) => lesson(x, dtype, { a: [dense(35), 'x'], b: [batchNorm(), 'a'], c: [head, 'b'] }),
  'batch norm at both ends': (dtype) =>
    lesson(x, dtype, { a: [batchNorm({ epsilon: 0.1, momentum: 0.5 }), 'x'], b: [head, 'a'], c: [batchNorm(), 'b'] }),
  dropout: (dtype) => lesson(x, dtype, { a: [dense(35, 'relu'), 'x'], b: [dropout(0.4), 'a'], c: [head, 'b'] }),
  'dropout of features': (dtype) => lesson(x, dtype, { a: [dropout(0.2), 'x'], b: [head, 'a'] }),
  embedding: (dtype) =>
    lesson({ ids: 3 }, dtype, { a: [embedding(5, 13), 'ids'], b: [flatten(), 'a'], c: [head, 'b'] }),
  'wide embedding': (dtype) => lesson({ ids: 2 }, dtype, { a: [embedding(5, 35), 'ids'], b: [head, 'a'] }),
  'embedding alone': (dtype) => lesson({ ids: 1 }, dtype, { a: [embedding(5, 3), 'ids'] }),
  residual: (dtype) =>
    lesson(x, dtype, {
      a: [dense(6, 'tanh'), 'x'],
      b: [dense(6, 'sigmoid'), 'a'],
      c: [add(), 'a', 'b', 'a'],
      d: [head, 'c'],
    }),
  concat: (dtype) =>
    lesson(x, dtype, {
      a: [dense(20, 'tanh'), 'x'],
      b: [dense(17, 'gelu'), 'x'],
      c: [concat(), 'x', 'a', 'b', 'a'],
      d: [head, 'c'],
    }),
  'dot of a value with itself': (dtype) =>
    lesson(x, dtype, {
      a: [dense(6, 'tanh'), 'x'],
      b: [dense(6), 'x'],
      c: [dot(), 'a', 'a'],
      d: [dot(), 'a', 'b'],
      e: [add(), 'c', 'd'],
    }),
  'two towers': (dtype) =>
    lesson({ x: 4, ids: 1 }, dtype, {
      u: [embedding(5, 8), 'ids'],
      v: [dense(8, 'relu'), 'x'],
      score: [dot(), 'u', 'v'],
    }),
  'all at once': (dtype) =>
    lesson({ x: 4, ids: 2 }, dtype, {
      e: [embedding(5, 9), 'ids'],
      n: [layerNorm(), 'e'],
      h: [dense(18, 'silu'), 'x'],
      s: [add(), 'n', 'h'],
      k: [dropout(0.3), 's'],
      j: [concat(), 'k', 'x', 'e'],
      m: [batchNorm(), 'j'],
      o: [dense(3), 'm'],
    }),
}
export const engineOf = (backend: BackendName, { spec }: Lesson, seed = 3): Engine =>
  engines[backend](spec, initialise(spec, seed), seed)
export const engineData = (data: Dataset) => ({ ...data, examples: data.examples, fold: data.fold() })
