import type { Dataset } from './dataset.js'
import { outputsOf } from './graph.js'
import type { Learner } from './learner.js'
import { type Measured, type Metrics, measured } from './metrics.js'
import type { LossSpec } from './spec.js'

/** What a model is worth on a dataset. */
export interface Scores extends Measured {
  /** Mean over the examples. */
  readonly loss: number
  /**
   * Part of the examples that were answered rightly: whose largest output is that of their class, or by losses of yes and no whose outputs
   * are on the right side of 0. Of losses of classes.
   */
  readonly accuracy?: number
}

/** The loss, accuracy where it is asked for, and metrics of all examples. Weights are of the loss alone. */
export async function scoresOf(
  learner: Learner,
  data: Dataset,
  loss: LossSpec,
  { accuracy, others }: Metrics,
  threads: number,
  weights?: Float64Array,
): Promise<Scores> {
  const found = await learner.evaluate(data, loss, threads, weights)
  const judged = { data, loss, outputs: outputsOf(learner.spec) }
  const more = await measured(others, judged, (some) => learner.predict(data, threads, some))
  return { loss: found.loss, ...(accuracy && { accuracy: found.correct / data.examples }), ...more }
}
