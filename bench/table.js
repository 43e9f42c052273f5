import { median } from './measure.js'

/** Prints rows of named cells as a Markdown table whose columns line up. */
export function table(title, rows) {
  const lines = [Object.keys(rows[0]), ...rows.map((row) => Object.values(row).map(String))]
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const print = (cells) => console.log(`| ${cells.join(' | ')} |`)
  const padded = (line) =>
    line.map((cell, column) => (column < 2 ? cell.padEnd : cell.padStart).call(cell, widths[column]))
  console.log(`\n### ${title}\n`)
  print(padded(lines[0]))
  print(widths.map((width, column) => (column < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)))
  for (const line of lines.slice(1)) print(padded(line))
}

/** Median time, rate and share of the peak of so many operations. */
export const speed = (entry, operations) => ({
  time: duration(median(entry, ({ seconds }) => seconds)),
  'GFLOP/s': round(median(entry, ({ seconds }) => operations / seconds) / 1e9),
  'of peak': percent(median(entry, ({ seconds, peak }) => operations / seconds / 1e9 / peak)),
})

/** A number of threads, or that the engine chooses it. */
export const threadsOf = ({ threads }) => threads ?? 'auto'

const units = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
]

export function duration(seconds) {
  const [size, unit] = units.find(([size]) => seconds >= size) ?? units[3]
  return `${round(seconds / size)} ${unit}`
}

/** Three digits, and whole numbers whole. */
export const round = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

export const percent = (share, digits = share < 0.1 ? 1 : 0) => `${(share * 100).toFixed(digits)} %`

/** An error, of which 0 says that all bits are right; – where nothing was computed. */
export function exact(error) {
  if (error === undefined) return '–'
  return error === 0 ? '0' : error.toExponential(1)
}
