import { hyperparameterError } from './errors.js'
import { remadeGraph } from './graph.js'
import type { Model } from './model.js'
import { checkOptions, count, oneOf, wholeNumber } from './options.js'
import { checkEnvironment, type ModelOptions, modelOf } from './sequential.js'
import type { GraphSpec } from './spec.js'

/** What a graph does not say; its dtype it does. */
export type FromJSONOptions = Pick<ModelOptions, 'seed' | 'backend' | 'threads'>

const rules = { seed: wholeNumber, backend: oneOf('native', 'reference'), threads: count }

/**
 * A new model of the graph that `toJSON` gave, as text (`JSON.stringify(model)`) or as plain data: its parameters are drawn anew.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER for what is not such a graph, or unknown options; ERR_RAVINE_SHAPE where widths do not go
 * together
 */
export function fromJSON(json: string | GraphSpec, options: FromJSONOptions = {}): Model {
  options = checkOptions('fromJSON', options, rules)
  checkEnvironment()
  return modelOf(remadeGraph(plain(json)), options)
}

function plain(json: string | GraphSpec): GraphSpec {
  try {
    return JSON.parse(typeof json === 'string' ? json : JSON.stringify(json))
  } catch {
    throw hyperparameterError('fromJSON', 'the graph of a model in JSON', json)
  }
}
