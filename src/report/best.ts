import type { HistoryEntry } from '../history.js'
import { falls, ofValidation } from '../monitor.js'
import { metricsOf } from './curves.js'

/** The number that says most of how good a fit is, under which name epochs tell it, and where it was best. */
export interface Best {
  readonly name: string
  readonly entry: HistoryEntry
  readonly value: number
}

/** By validation before training, by the first metric before the loss; of equals the first epoch. */
export function bestOf(history: readonly HistoryEntry[]): Best {
  const names = [...metricsOf(history), 'loss'].flatMap((name) => [ofValidation(name), name])
  const told = (name: string) => history.some((entry) => Number.isFinite(entry[name as 'loss']))
  const validated = history.some((entry) => entry.validationLoss !== undefined)
  const name = names.find((name) => told(name) && (!validated || name.startsWith('validation'))) ?? 'loss'
  const value = (entry: HistoryEntry) => Number(entry[name as 'loss'])
  const better = (a: number, b: number) => (falls(name) ? a < b : a > b) || Number.isNaN(b)
  const entry = history.reduce((best, entry) => (better(value(entry), value(best)) ? entry : best))
  return { name, entry, value: value(entry) }
}
