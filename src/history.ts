import type { ProfileRow } from './profile.js'
import type { ReportOptions } from './report.js'

/** What a fit came to: an array like any other, an entry an epoch. */
export interface FitHistory extends Array<HistoryEntry> {
  /** Where the time went, in the order of the phases; with `profile: true`. JSON and copies of the array go without it. */
  readonly profile?: readonly ProfileRow[]
  /**
   * Writes a page for people into an HTML file, whole or not at all, that needs nothing else: curves, how the model answers the data for
   * validation and where it is wrong, its parameters, the machine, and how to repeat the run. The model is asked when the report is
   * made; losses between epochs are in it every `logEvery` steps. JSON and copies of the array go
   * without it.
   *
   * Rejects with ERR_RAVINE_FILE where the file cannot be written; a file of before is as it was then.
   */
  readonly report: (path: string, options?: ReportOptions) => Promise<void>
}

/** What one epoch came to. */
export interface HistoryEntry {
  /** From 1, in this fit. */
  readonly epoch: number
  /** Since the start of this fit. */
  readonly steps: number
  /** Mean over the examples as they were met, each before the update that it took part in. */
  readonly loss: number
  /** Part of the examples that were answered rightly, likewise. With `metrics: ['accuracy']`. */
  readonly accuracy?: number
  /** Of the last update of the epoch, where they are scheduled. */
  readonly learningRate?: number
  readonly momentum?: number
  /** After the epoch, on `validation`. */
  readonly validationLoss?: number
  readonly validationAccuracy?: number
  readonly validationPrecision?: number
  readonly validationRecall?: number
  readonly validationF1?: number
  /** [class][said class] */
  readonly validationConfusionMatrix?: readonly (readonly number[])[]
  readonly validationAuc?: number
  readonly validationMeanAbsoluteError?: number
  readonly validationMeanSquaredError?: number
  readonly validationRSquared?: number
  /** `topK`, and metrics of one's own. */
  readonly [own: `validation${string}`]: unknown
  /** Of training, without validation and callbacks. */
  readonly seconds: number
}

/** How an epoch goes on. */
export interface StepReport {
  /** From 1, in this fit. */
  readonly epoch: number
  /** From 1, in this epoch. */
  readonly step: number
  /** Of an epoch; not known of batches that come one by one. */
  readonly steps?: number
  /** Mean over the examples since the report before. */
  readonly loss: number
}

/** Whoever is told of a fit. It waits for what `onEpoch` returns. */
export interface Listener {
  onStep?(report: StepReport): unknown
  onEpoch?(entry: HistoryEntry): unknown
  onEnd?(): unknown
}

/** Entries as they come: kept in an array, and iterated by as many as want to, from the first on. */
export class History {
  readonly entries: HistoryEntry[] = []
  /** Whether someone has asked for entries one by one. */
  followed = false
  #ended = false
  #waiting: (() => void)[] = []

  add(entry: HistoryEntry): void {
    this.entries.push(entry)
    this.#tell()
  }

  end(): void {
    this.#ended = true
    this.#tell()
  }

  async *follow(): AsyncGenerator<HistoryEntry, void, undefined> {
    this.followed = true
    for (let given = 0; ; await this.#change()) {
      while (given < this.entries.length) yield this.entries[given++]
      if (this.#ended) return
    }
  }

  #tell(): void {
    if (this.#waiting.length > 0) for (const wake of this.#waiting.splice(0)) wake()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
