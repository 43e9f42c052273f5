import { hyperparameterError } from '../errors.js'
import type { Judged, MetricSpec } from '../metrics.js'
import type { FloatArray } from '../spec.js'

/** Mean over examples and outputs of |y − t|. */
export const meanAbsoluteError = mean('meanAbsoluteError', Math.abs)

/** Mean over examples and outputs of (y − t)². */
export const meanSquaredError = mean('meanSquaredError', (difference) => difference * difference)

/**
 * 1 − Σ(y − t)² / Σ(t − t̄)², the mean over the outputs. An output whose targets are all the same has 1 if it is always right, else 0.
 */
export const rSquared: MetricSpec = {
  name: 'rSquared',
  start(judged) {
    const targets = targetsOf('rSquared', judged)
    const width = judged.outputs
    const residuals = new Float64Array(width)
    return {
      add: ({ outputs, targets }) =>
        outputs.forEach((y, i) => {
          residuals[i % width] += (y - targets![i]) ** 2
        }),
      value() {
        const totals = spreads(targets, width)
        const parts = residuals.map((residual, j) => explained(residual, totals[j]))
        return parts.reduce((sum, part) => sum + part, 0) / width
      },
    }
  },
}

function explained(residual: number, total: number): number {
  if (total > 0) return 1 - residual / total
  return residual === 0 ? 1 : 0
}

/** Σ(t − t̄)² of each output, in two passes. */
function spreads(targets: FloatArray, width: number): Float64Array {
  const [means, totals] = [new Float64Array(width), new Float64Array(width)]
  const examples = targets.length / width
  for (let i = 0; i < targets.length; i++) means[i % width] += targets[i] / examples
  for (let i = 0; i < targets.length; i++) totals[i % width] += (targets[i] - means[i % width]) ** 2
  return totals
}

function mean(name: string, of: (difference: number) => number): MetricSpec {
  return {
    name,
    start(judged) {
      targetsOf(name, judged)
      let [sum, count] = [0, 0]
      return {
        add({ outputs, targets }) {
          for (let i = 0; i < outputs.length; i++) sum += of(outputs[i] - targets![i])
          count += outputs.length
        },
        value: () => sum / count,
      }
    },
  }
}

function targetsOf(name: string, { data }: Judged): FloatArray {
  if (!data.targets) throw hyperparameterError('metrics', `a dataset of targets with ${name}`, 'labels')
  return data.targets
}
