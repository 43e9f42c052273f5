import type { Begun, StepEvent, TrainResult } from '../backend.js'

/** A loss summed over some examples. */
export interface Tally {
  readonly lossSum: number
  readonly correct: number
}

const nothing: Begun = { steps: 0, loss: 0, correct: 0 }

/** What a training job has come to so far. */
export class TrainRecord {
  steps = 0
  readonly #logEvery: number
  readonly #onEvent: (event: StepEvent) => void
  readonly #losses: number[] = []
  readonly #correct: number[] = []
  readonly #seconds: number[] = []
  /** Of the epoch in hand. */
  #begun: Begun
  /** When it began, or went on. */
  #start = performance.now()
  /** Steps of the first epoch that are none of the job's. */
  readonly #before: number
  #event = { lossSum: 0, examples: 0 }

  constructor(logEvery: number, onEvent: (event: StepEvent) => void, begun: Begun = nothing) {
    this.#begun = begun
    this.#before = begun.steps
    this.#logEvery = logEvery
    this.#onEvent = onEvent
  }

  addStep(epoch: number, examples: number, { lossSum, correct }: Tally): void {
    this.steps++
    const { steps, loss, correct: right } = this.#begun
    this.#begun = { steps: steps + 1, loss: loss + lossSum, correct: right + correct }
    this.#event.lossSum += lossSum
    this.#event.examples += examples
    if (this.#logEvery > 0 && this.#place % this.#logEvery === 0) this.#report(epoch)
  }

  endEpoch(examples: number): void {
    const now = performance.now()
    this.#losses.push(this.#begun.loss / examples)
    this.#correct.push(this.#begun.correct)
    this.#seconds.push((now - this.#start) / 1000)
    this.#begun = nothing
    this.#start = now
  }

  result(outcome: TrainResult['outcome']): TrainResult {
    return {
      outcome,
      steps: this.steps,
      begun: this.#begun.steps > 0 ? this.#begun : undefined,
      losses: Float64Array.from(this.#losses),
      correct: Float64Array.from(this.#correct),
      seconds: Float64Array.from(this.#seconds),
      profile: [],
    }
  }

  get #place(): number {
    return this.#before + this.steps
  }

  #report(epoch: number): void {
    const { lossSum, examples } = this.#event
    this.#event = { lossSum: 0, examples: 0 }
    this.#onEvent({ epoch, step: this.#place, loss: lossSum / examples })
  }
}
