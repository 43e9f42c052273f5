import { describe, hyperparameterError } from './errors.js'
import type { HistoryEntry } from './history.js'
import { checkOptions, checkValue, type Rule, text } from './options.js'
import type { NamedRun } from './report/compare.js'
import type { Page } from './report/page.js'
import { checkPlace, writeWhole } from './wholefile.js'

export type { NamedRun } from './report/compare.js'

export interface CompareOptions {
  readonly title?: string
  /** What a person types to have the same again. */
  readonly command?: string
}

export interface ReportOptions extends CompareOptions {
  /** What the classes are called, in their order; by default as the table has them that they come from, or their numbers. */
  readonly classes?: readonly string[]
}

const texts: Rule = {
  expected: 'an array of strings',
  test: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
}
const rules = { title: text, command: text }

/**
 * Puts runs side by side in an HTML file that needs nothing else: their losses and metrics over steps and over seconds, and a table of what
 * they came to. Histories are those of `fit`, or of JSON. Whole or not at all.
 *
 * Rejects with ERR_RAVINE_HYPERPARAMETER for what are no runs, and with ERR_RAVINE_FILE where the file cannot be written; a file of before is as
 * it was then.
 */
export async function report(path: string, runs: readonly NamedRun[], options: CompareOptions = {}): Promise<void> {
  options = checkOptions('report', options, rules)
  checkRuns(runs)
  await write(path, async () => (await import('./report/compare.js')).compare(runs, options))
}

/** `history.report`. */
export async function reportOf(
  history: readonly HistoryEntry[],
  path: string,
  options: ReportOptions = {},
): Promise<void> {
  options = checkOptions('report', options, { ...rules, classes: texts })
  checkHistory('the history', history)
  await write(path, async () => (await import('./report/single.js')).single(history, options))
}

/** Whoever made a page for minutes wants to hear before it that there is no place for it. */
async function write(path: string, page: () => Promise<Page>): Promise<void> {
  checkValue('report', 'path', path, text)
  await checkPlace('report', path)
  // Programs that write no report open none of its parts.
  const { written } = await import('./report/page.js')
  await writeWhole('report', path, [Buffer.from(await written(await page()))])
}

function checkRuns(runs: readonly NamedRun[]): void {
  if (!Array.isArray(runs) || runs.length === 0) {
    throw hyperparameterError('report', 'an array of one run or more, each { name, history },', runs)
  }
  for (const [i, run] of runs.entries()) {
    checkOptions(`report: runs[${i}]`, run, { name: text, history: { expected: 'an array', test: Array.isArray } })
    checkValue('report', `name of runs[${i}]`, run.name, text)
    checkHistory(`history of runs[${i}]`, run.history)
  }
}

function checkHistory(name: string, history: readonly HistoryEntry[]): void {
  if (!Array.isArray(history) || history.length === 0) {
    throw hyperparameterError('report', `${name} to have an epoch or more`, describe(history))
  }
  for (const [i, entry] of history.entries()) {
    for (const key of ['epoch', 'steps', 'loss', 'seconds'] as const) {
      if (typeof entry?.[key] === 'number') continue
      throw hyperparameterError('report', `${key} of epoch ${i + 1} in ${name} to be a number`, entry?.[key])
    }
  }
}
