import type { Features, Kept } from './features.js'
import type { Preparation, TargetColumn } from './preparation.js'
import { isSparse } from './sparse.js'

/** Of each input. */
interface Moments {
  readonly means: Float64Array
  readonly stds: Float64Array
}

/**
 * A preparation whose mean = x₀ + Σ(x − x₀)/n, x₀ the first, and std = √(Σ(x − mean)²/n), 1 where all are the same, are those of given
 * examples alone: of what is learnt from, so that nothing of what is to judge it goes into it.
 */
export function measuredOn(
  preparation: Preparation,
  { features, targets, inputs }: Kept & { readonly inputs: number },
): Preparation {
  const { means, stds } = momentsOf(features, inputs)
  let input = 0
  const columns = preparation.columns.map((column) => {
    const first = input
    input += column.kind === 'number' ? 1 : column.values.length
    return column.kind === 'number' ? Object.freeze({ ...column, mean: means[first], std: stds[first] }) : column
  })
  const target = preparation.target && answered(preparation.target, targets)
  return Object.freeze({ ...preparation, columns: Object.freeze(columns), ...(target && { target }) })
}

function answered(target: TargetColumn, targets: Kept['targets']): TargetColumn {
  if ('values' in target || !targets) return target
  const { means, stds } = momentsOf(targets, 1)
  return Object.freeze({ ...target, mean: means[0], std: stds[0] })
}

function momentsOf(features: Features, width: number): Moments {
  const [starts, sums, counts, squares] = [0, 1, 2, 3].map(() => new Float64Array(width))
  forEach(features, width, (input, x) => {
    if (counts[input]++ === 0) starts[input] = x
    sums[input] += x - starts[input]
  })
  const means = starts.map((start, input) => start + sums[input] / counts[input])
  forEach(features, width, (input, x) => {
    squares[input] += (x - means[input]) * (x - means[input])
  })
  return { means, stds: squares.map((square, input) => Math.sqrt(square / counts[input]) || 1) }
}

/** All that are there: of columns of numbers every example has an entry. */
function forEach(features: Features, width: number, visit: (input: number, x: number) => void): void {
  if (isSparse(features)) {
    for (const [i, input] of features.indices.entries()) visit(input, features.values?.[i] ?? 1)
  } else {
    for (let i = 0; i < features.length; i++) visit(i % width, features[i])
  }
}
