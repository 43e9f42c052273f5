import { available } from './addon.js'
import type { Backend } from './backend.js'
import { hyperparameterError } from './errors.js'
import { chain, graphOf, type NodeOptions } from './graph.js'
import { initialise } from './initialise.js'
import type { Layer } from './layers.js'
import { Learner } from './learner.js'
import { Model } from './model.js'
import { nativeEngine } from './native.js'
import { anything, checkOptions, checkValue, count, oneOf, wholeNumber } from './options.js'
import { referenceEngine } from './reference/engine.js'
import type { Dtype, GraphSpec } from './spec.js'

export type BackendName = 'native' | 'reference'

export interface ModelOptions {
  /** Of the initial parameters and of every shuffle; 0 by default. */
  readonly seed?: number
  /** 'f32' by default. */
  readonly dtype?: Dtype
  /** The addon, or plain JavaScript with the same results to the bit; by default the addon, or where none loads plain JavaScript, with a warning. */
  readonly backend?: BackendName
  /** Of every run of this model that names no other number; else the engine chooses, at most RAVINE_THREADS. */
  readonly threads?: number
}

export interface SequentialOptions extends ModelOptions {
  /** Numbers in an example. */
  readonly inputs: number
}

export interface GraphOptions extends ModelOptions {
  /** Numbers of each input in an example, by its name. */
  readonly inputs: Readonly<Record<string, number>>
}

const rules = {
  inputs: anything,
  seed: wholeNumber,
  dtype: oneOf('f32', 'f64'),
  backend: oneOf('native', 'reference'),
  threads: count,
}

/**
 * A network in which each layer reads the one before it.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER; ERR_RAVINE_NATIVE where backend: 'native' is asked for and no addon loads;
 * ERR_RAVINE_SHAPE where a parameter is too large for memory
 */
export function sequential(options: SequentialOptions, layers: readonly Layer[]): Model {
  options = checkOptions('sequential', options, rules)
  checkEnvironment()
  checkValue('sequential', 'inputs', options.inputs, count)
  return modelOf(chain(options.inputs, options.dtype ?? 'f32', layers), options)
}

/**
 * A network of named inputs and nodes: each node is [layer, ...names of what it reads], which stand before it, and the last is the output.
 *
 *     graph({ inputs: { user: 1, film: 1 } }, {
 *       u: [embedding(943, 16), 'user'],
 *       f: [embedding(1682, 16), 'film'],
 *       rating: [dot(), 'u', 'f'],
 *     })
 *
 * Parameters are named by their nodes: `u.weight`. Features come by the names of the inputs, or beside each other in their order.
 *
 * @throws {RavineError} as `sequential`; ERR_RAVINE_SHAPE, too, where widths do not go together
 */
export function graph(options: GraphOptions, nodes: Readonly<Record<string, NodeOptions>>): Model {
  options = checkOptions('graph', options, rules)
  checkEnvironment()
  return modelOf(graphOf(options.inputs, options.dtype ?? 'f32', nodes), options)
}

/** A model of a graph, its parameters drawn. */
export function modelOf(spec: GraphSpec, { seed = 0, backend, threads = 0 }: ModelOptions): Model {
  return new Model(new Learner(spec, seed, threads, backendOf(backend)(spec, initialise(spec, seed), seed)))
}

/** The one that is named; else the addon, or the reference where none loads. */
export function backendOf(name?: BackendName): Backend {
  const chosen = name ?? (available() ? 'native' : 'reference')
  return chosen === 'native' ? nativeEngine : referenceEngine
}

/** The addon would pass over a RAVINE_THREADS that says nothing. */
export function checkEnvironment(): void {
  const given = process.env.RAVINE_THREADS
  if (given && !count.test(Number(given))) throw hyperparameterError('RAVINE_THREADS', count.expected, given)
}
