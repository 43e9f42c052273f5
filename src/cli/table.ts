import { figure } from '../progress.js'

/** Cells by the names of their columns. */
export type Row = Readonly<Record<string, string>>

/** Rows as columns that line up: the first are words and stand to the left, the others numbers. */
export function table(rows: readonly Row[], words = 1): string {
  const lines = [Object.keys(rows[0]), ...rows.map((row) => Object.values(row))]
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const padded = (cell: string, column: number) =>
    column < words ? cell.padEnd(widths[column]) : cell.padStart(widths[column])
  return lines.map((line) => line.map(padded).join('  ').trimEnd()).join('\n')
}

const units: readonly [size: number, unit: string][] = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
]

/** 0.000615 → '615 µs'. */
export function duration(seconds: number): string {
  const [size, unit] = units.find(([size]) => seconds >= size) ?? units[units.length - 1]
  return `${figure(seconds / size)} ${unit}`
}

/** 0.2238 → '22.4 %'. */
export const share = (part: number) => `${(100 * part).toFixed(1)} %`
