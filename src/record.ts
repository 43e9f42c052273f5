import type { HistoryEntry } from './history.js'
import { checkOptions, checkValue, type Rule } from './options.js'

/** What a fit is and how far it has come, as its checkpoint says it. */
export interface FitRecord {
  /** What has to be the same for another fit to go on from there. */
  readonly lesson: Readonly<Record<string, unknown>>
  /** Of the epochs that are done. */
  readonly history: readonly HistoryEntry[]
}

const object: Rule = { expected: 'an object', test: (value) => Object(value) === value && !Array.isArray(value) }
const list: Rule = { expected: 'an array', test: Array.isArray }
const finite: Rule = { expected: 'a finite number', test: Number.isFinite }

/**
 * Checks the record in a file.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkedRecord(stated: unknown): FitRecord {
  checkOptions('fit', stated, { lesson: object, history: list })
  const { lesson, history } = stated as FitRecord
  checkValue('fit', 'lesson', lesson, object)
  checkValue('fit', 'history', history, list)
  for (const [i, entry] of history.entries()) checkEntry(`history[${i}]`, entry, i + 1)
  return { lesson, history }
}

function checkEntry(name: string, entry: HistoryEntry, epoch: number): void {
  checkValue('fit', name, entry, object)
  checkValue('fit', `epoch of ${name}`, entry.epoch, { expected: `${epoch}`, test: (value) => value === epoch })
  for (const key of ['steps', 'loss', 'seconds'] as const) checkValue('fit', `${key} of ${name}`, entry[key], finite)
}
