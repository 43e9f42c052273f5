import type { StepReport } from './history.js'

/** Reports that are kept. */
const MOST = 2048

/** The losses between epochs, however many: where there are too many, each two that follow each other in an epoch become one, their mean. */
export class Trace {
  #reports: StepReport[] = []
  /** Reports that one of the kept ones is of. */
  #each = 1
  #pending: StepReport[] = []

  get reports(): readonly StepReport[] {
    return this.#reports
  }

  add(report: StepReport): void {
    if (this.#pending.length > 0 && this.#pending[0].epoch !== report.epoch) this.#keep()
    this.#pending.push(report)
    if (this.#pending.length === this.#each) this.#keep()
  }

  #keep(): void {
    this.#reports.push(meanOf(this.#pending))
    this.#pending = []
    if (this.#reports.length < MOST) return
    this.#reports = inPairs(this.#reports)
    this.#each *= 2
  }
}

function inPairs(reports: readonly StepReport[]): StepReport[] {
  const pairs: StepReport[] = []
  for (let i = 0; i < reports.length; ) {
    const alone = reports[i + 1]?.epoch !== reports[i].epoch
    const pair = reports.slice(i, i + (alone ? 1 : 2))
    pairs.push(meanOf(pair))
    i += pair.length
  }
  return pairs
}

/** Placed where the last of them is. */
const meanOf = (reports: readonly StepReport[]): StepReport => ({
  ...reports[reports.length - 1],
  loss: reports.reduce((sum, { loss }) => sum + loss, 0) / reports.length,
})
