import { figure, percent } from './figure.js'
import { type Html, html } from './html.js'
import { table } from './table.js'

/** More classes would be a wall of numbers. */
const MOST_CLASSES = 20
/** Shades of a cell, besides none. */
const SHADES = 8
/** Pairs of classes that are told one by one. */
const PAIRS = 10

/** A matrix of counts, [class][said class], as a heat map; of many classes what was mistaken for what most often. */
export function confusion(matrix: readonly (readonly number[])[], names: readonly string[]): Html {
  if (matrix.length > MOST_CLASSES) return mixedUp(matrix, names)
  const columns = matrix.map((_, said) => matrix.map((row) => row[said]))
  const largest = Math.max(1, ...matrix.flatMap((row, i) => row.filter((_, j) => i !== j)))
  const cell = (count: number, i: number, j: number) => {
    // Mistakes are few beside what is right: shades are those of their own kind.
    const shade = Math.ceil(SHADES * (i === j ? part(count, sum(matrix[i])) : Math.sqrt(count / largest)))
    return html`<td class="${i === j ? 'right' : 'wrong'} s${count === 0 ? 0 : shade}">${figure(count)}</td>`
  }
  const caption = 'Confusion matrix: a row for what examples are, a column for what the model says'
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table class="confusion">
<caption>${caption}</caption>
<thead><tr><td></td>${names.map((name) => html`<th scope="col">${name}</th>`)}<th scope="col" class="rate">recall</th></tr></thead>
<tbody>${matrix.map(
    (row, i) =>
      html`<tr><th scope="row">${names[i]}</th>${row.map((count, j) => cell(count, i, j))}<td class="rate">${rate(row, i)}</td></tr>\n`,
  )}</tbody>
<tfoot><tr><th scope="row" class="rate">precision</th>${columns.map((column, j) => html`<td class="rate">${rate(column, j)}</td>`)}<td></td></tr></tfoot>
</table></div>`
}

function mixedUp(matrix: readonly (readonly number[])[], names: readonly string[]): Html {
  const pairs = matrix.flatMap((row, i) => row.flatMap((count, j) => (i === j || count === 0 ? [] : [{ i, j, count }])))
  pairs.sort((a, b) => b.count - a.count)
  const rows = pairs
    .slice(0, PAIRS)
    .map(({ i, j, count }) => [names[i], names[j], figure(count), percent(part(count, sum(matrix[i])))])
  return table(
    `Of ${names.length} classes, what is mistaken for what most often`,
    ['is', 'said', 'times', 'of its class'],
    rows,
  )
}

const rate = (counts: readonly number[], i: number) => (sum(counts) === 0 ? '–' : percent(part(counts[i], sum(counts))))

const part = (count: number, whole: number) => (whole === 0 ? 0 : count / whole)

const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)
