import type { MetricSpec } from '../metrics.js'

/** Of one output: pairs of a target and what was said of it, evenly chosen, and said − target of all examples. */
export interface Residuals {
  readonly targets: readonly number[]
  readonly said: readonly number[]
  readonly residuals: Float64Array
}

/** What outputs are off by, of each at most so many pairs. */
export const residuals = (most: number): MetricSpec => ({
  name: 'residuals',
  start({ data: { examples, outputs } }) {
    const every = Math.ceil(examples / most)
    const each = Array.from({ length: outputs }, () => ({
      targets: [] as number[],
      said: [] as number[],
      residuals: new Float64Array(examples),
    }))
    let first = 0
    return {
      add(answered) {
        answered.outputs.forEach((said, i) => {
          const [example, output] = [first + Math.floor(i / outputs), each[i % outputs]]
          const target = answered.targets![i]
          output.residuals[example] = said - target
          if (example % every !== 0) return
          output.targets.push(target)
          output.said.push(said)
        })
        first += answered.examples
      },
      value: () => each satisfies Residuals[],
    }
  },
})
