/** Values on a grid, row by row, [rows][columns]; cells lie between them. */
export interface Grid {
  readonly columns: number
  readonly rows: number
  readonly values: Float64Array
}

/** A piece of a contour line in units of cells. */
export type Segment = readonly [x0: number, y0: number, x1: number, y1: number]

/** value(column, row) on a grid. */
export function gridOf(columns: number, rows: number, value: (column: number, row: number) => number): Grid {
  const values = Float64Array.from({ length: columns * rows }, (_, i) => value(i % columns, Math.floor(i / columns)))
  return { columns, rows, values }
}

/**
 * `count` heights between a function's least value and its greatest, evenly spaced in the logarithm of the height over the least:
 * `decades` powers of ten below the greatest and up to it.
 */
export function levelsOf(least: number, greatest: number, count: number, decades: number): number[] {
  const exponents = Array.from({ length: count }, (_, i) => decades * ((i + 1) / (count + 1) - 1))
  return exponents.map((exponent) => least + (greatest - least) * 10 ** exponent)
}

/** The lines where a grid is at a level, by marching squares; of a cell with two ways its middle decides. */
export function contour({ columns, rows, values }: Grid, level: number): Segment[] {
  const segments: Segment[] = []
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const first = row * columns + column
      const below = first + columns
      const high = values[first] > level
      // Most cells are quiet: they cost no more than this.
      if (values[first + 1] > level === high && values[below] > level === high && values[below + 1] > level === high)
        continue
      const corners = [values[first], values[first + 1], values[below + 1], values[below]]
      segments.push(...crossed(corners, level, column, row))
    }
  }
  return segments
}

/** The pieces in one cell; `corners` clockwise from its first. */
function crossed(corners: readonly number[], level: number, column: number, row: number): Segment[] {
  const share = (a: number, b: number) => (level - a) / (b - a)
  const [a, b, c, d] = corners
  const sides = [
    [a, b, column + share(a, b), row],
    [b, c, column + 1, row + share(b, c)],
    [d, c, column + share(d, c), row + 1],
    [a, d, column, row + share(a, d)],
  ]
  const points = sides.filter(([from, to]) => from > level !== to > level).map(([, , x, y]) => [x, y])
  if (points.length === 2) return [join(points[0], points[1])]
  const [top, right, bottom, left] = points
  // The corners a and c are together where the middle is on their side.
  const together = (a + b + c + d) / 4 > level === a > level
  return together ? [join(top, right), join(bottom, left)] : [join(top, left), join(right, bottom)]
}

const join = ([x0, y0]: readonly number[], [x1, y1]: readonly number[]): Segment => [x0, y0, x1, y1]
