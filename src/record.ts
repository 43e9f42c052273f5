import type { Part } from './course.js'
import type { HistoryEntry } from './history.js'
import { checkOptions, checkValue, count, type Rule } from './options.js'

/** What a fit is and how far it has come, as its checkpoint says it. */
export interface FitRecord {
  /** What has to be the same for another fit to go on from there. */
  readonly lesson: Readonly<Record<string, unknown>>
  /** Of the epochs that are done. */
  readonly history: readonly HistoryEntry[]
  /** What there is of the epoch after them, where the fit was stopped in its midst. */
  readonly begun?: Part
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
  checkOptions('fit', stated, { lesson: object, history: list, begun: object })
  const { lesson, history, begun } = stated as FitRecord
  checkValue('fit', 'lesson', lesson, object)
  checkValue('fit', 'history', history, list)
  for (const [i, entry] of history.entries()) checkEntry(`history[${i}]`, entry, i + 1)
  if (begun) checkPart(begun)
  return { lesson, history, begun }
}

function checkPart(begun: Part): void {
  const rules = { steps: count, loss: finite, correct: finite, examples: count, seconds: finite }
  checkOptions('fit: begun', begun, rules)
  for (const [key, rule] of Object.entries(rules)) checkValue('fit', `${key} of begun`, begun[key as keyof Part], rule)
}

function checkEntry(name: string, entry: HistoryEntry, epoch: number): void {
  checkValue('fit', name, entry, object)
  checkValue('fit', `epoch of ${name}`, entry.epoch, { expected: `${epoch}`, test: (value) => value === epoch })
  for (const key of ['steps', 'loss', 'seconds'] as const) checkValue('fit', `${key} of ${name}`, entry[key], finite)
}
