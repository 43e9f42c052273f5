import type { HistoryEntry } from '../history.js'
import { ofTraining } from '../monitor.js'
import { duration, score, words } from './figure.js'
import { type Html, html } from './html.js'
import { table } from './table.js'

/** Rows of a table; of more epochs so many are chosen evenly. */
const MOST = 100

/** What each epoch came to, number by number. */
export function epochs(history: readonly HistoryEntry[]): Html {
  const names = [...new Set(history.flatMap((entry) => Object.keys(entry)))].filter((name) => isNumber(history, name))
  const every = Math.ceil(history.length / MOST)
  const chosen = history.filter((_, i) => (history.length - 1 - i) % every === 0)
  const rows = chosen.map((entry) => names.map((name) => cell(name, entry[name as 'loss'])))
  const caption = every === 1 ? 'What each epoch came to' : `What every ${every} epochs came to`
  return html`<details><summary>The numbers, epoch by epoch</summary>${table(caption, names.map(words), rows)}</details>`
}

const isNumber = (history: readonly HistoryEntry[], name: string) =>
  history.some((entry) => typeof entry[name as 'loss'] === 'number')

function cell(name: string, value: unknown): string {
  if (typeof value !== 'number') return ''
  return name === 'seconds' ? duration(value) : score(ofTraining(name), value)
}
