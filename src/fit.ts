import type { Batches } from './batches.js'
import type { Dataset } from './dataset.js'
import { type FitHistory, History, type HistoryEntry } from './history.js'
import type { Learner } from './learner.js'
import { type FitOptions, planOf } from './plan.js'
import { Run } from './run.js'

/**
 * A fit under way. Await it for the history, an entry an epoch; or iterate it for the entries as they come: leaving the loop stops the
 * run after the step in hand, and the model is free when the loop has been left. Awaited after the loop, it still gives the history.
 */
export class Fit extends Promise<FitHistory> implements AsyncIterable<HistoryEntry> {
  readonly #history: History
  readonly #leaving: AbortController

  /** What `then` makes of a fit is a promise like any other. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  constructor(learner: Learner, data: Dataset | Batches, options: FitOptions) {
    const [history, leaving] = [new History(), new AbortController()]
    const finished = start(learner, data, options, history, leaving.signal)
    super((resolve) => resolve(finished.finally(() => history.end())))
    this.#history = history
    this.#leaving = leaving
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<HistoryEntry, void, undefined> {
    // A failure comes out here: whoever iterates need not catch it a second time.
    const settled = this.catch(() => undefined)
    try {
      yield* this.#history.follow()
      await this
    } finally {
      this.#leaving.abort()
      await settled
    }
  }
}

/** Holds the model before it returns, so that a second fit is refused from then on. */
async function start(
  learner: Learner,
  data: Dataset | Batches,
  options: FitOptions,
  history: History,
  left: AbortSignal,
): Promise<FitHistory> {
  learner.hold('fit')
  try {
    return await new Run(learner, planOf(learner, data, options), history, left).finish()
  } finally {
    learner.release()
  }
}
