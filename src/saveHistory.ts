import { hyperparameterError } from './errors.js'
import type { HistoryEntry } from './history.js'
import { checkValue, type Rule, text } from './options.js'
import { writeWhole } from './wholefile.js'

type Entry = Readonly<Record<string, unknown>>

const entries: Rule = {
  expected: 'a history, an array of entries',
  test: (value) => Array.isArray(value) && value.every((entry) => Object(entry) === entry),
}

const formats: Readonly<Record<string, (history: readonly Entry[]) => string>> = { '.csv': csvOf, '.json': jsonOf }

/**
 * Writes what a fit came to into a file, whole or not at all: of the name's end, a table (`.csv`, RFC 4180: a row an epoch, a column for
 * whatever any of them tells, what is no number or text in JSON) or an array of the entries (`.json`).
 *
 * Rejects with ERR_RAVINE_HYPERPARAMETER for another name, ERR_RAVINE_FILE where it cannot be written.
 */
export async function saveHistory(path: string, history: readonly HistoryEntry[]): Promise<void> {
  checkValue('saveHistory', 'path', path, text)
  checkValue('saveHistory', 'history', history, entries)
  const format = Object.entries(formats).find(([end]) => path.toLowerCase().endsWith(end))
  if (!format) throw hyperparameterError('saveHistory', `path to end in ${Object.keys(formats).join(' or ')}`, path)
  const content = format[1](history as readonly object[] as readonly Entry[])
  await writeWhole('saveHistory', path, [new TextEncoder().encode(content)])
}

function csvOf(history: readonly Entry[]): string {
  const columns = [...new Set(history.flatMap((entry) => Object.keys(entry)))]
  const rows = history.map((entry) => columns.map((column) => entry[column]))
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function cell(value: unknown): string {
  const said = Object(value) === value ? JSON.stringify(value) : String(value ?? '')
  return /[",\r\n]/.test(said) ? `"${said.replaceAll('"', '""')}"` : said
}

/** An entry a line. */
function jsonOf(history: readonly Entry[]): string {
  return `[\n${history.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`
}
