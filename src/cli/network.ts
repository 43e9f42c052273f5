import type { Dataset } from '../dataset.js'
import { dense, dropout } from '../layers.js'
import type { Model } from '../model.js'
import { sequential } from '../sequential.js'
import type { Settings } from './options.js'

/** A chain of dense layers between what a dataset gives and what it asks for. */
export function networkOf({ inputs, outputs }: Dataset, settings: Settings): Model {
  const { layers, activation, dropout: rate, seed, threads, backend } = settings
  const hidden = layers.map((width) => dense(width, activation))
  const dropped = rate > 0 ? hidden.flatMap((layer) => [layer, dropout(rate)]) : hidden
  return sequential({ inputs, seed, threads, backend }, [...dropped, dense(outputs)])
}

/** 784-512-256-10 */
export function sizesOf({ spec }: Model): string {
  const dense = spec.nodes.filter(({ op }) => op === 'dense')
  return [dense[0]?.inputs, ...dense.map(({ outputs }) => outputs)].join('-')
}
