/** Names that stand in the last column of a table of people. */
export const kinds = ['near', 'inland', 'by the sea', 'on an island']

/** Rows of ten columns: of six digits each, or as tables of people have them, one of names among them. */
export const tables = {
  numbers: (i) => Array.from({ length: 10 }, (_, j) => digits(10 * i + j)).join(','),
  'numbers and names': (i) =>
    `${(Number(digits(i)) - 122).toFixed(2)},${i % 52}.0,${(i * 7919) % 20_000}.0,${digits(i + 1)},${(i * 31) % 999},1,0.5,${i},${(i * 13) % 77},${kinds[i % 4]}`,
}

export const header = Array.from({ length: 10 }, (_, j) => `c${j}`).join(',')

export const lines = (row, rows) => Array.from({ length: rows }, (_, i) => row(i)).join('\n')

const digits = (i) => (((i * 7919) % 1_000_003) / 1_000_003).toFixed(6)
