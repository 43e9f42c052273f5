import type { StepEvent, TrainResult } from '../backend.js'

/** A loss summed over some examples. */
export interface Tally {
  readonly lossSum: number
  readonly correct: number
}

/** What a training job has come to so far. */
export class TrainRecord {
  steps = 0
  readonly #logEvery: number
  readonly #onEvent: (event: StepEvent) => void
  readonly #losses: number[] = []
  readonly #correct: number[] = []
  readonly #seconds: number[] = []
  #epoch = { lossSum: 0, correct: 0, start: performance.now() }
  #event = { lossSum: 0, examples: 0 }

  constructor(logEvery: number, onEvent: (event: StepEvent) => void) {
    this.#logEvery = logEvery
    this.#onEvent = onEvent
  }

  addStep(epoch: number, examples: number, { lossSum, correct }: Tally): void {
    this.steps++
    this.#epoch.lossSum += lossSum
    this.#epoch.correct += correct
    this.#event.lossSum += lossSum
    this.#event.examples += examples
    if (this.#logEvery > 0 && this.steps % this.#logEvery === 0) this.#report(epoch)
  }

  endEpoch(examples: number): void {
    this.#losses.push(this.#epoch.lossSum / examples)
    this.#correct.push(this.#epoch.correct)
    this.#seconds.push((performance.now() - this.#epoch.start) / 1000)
    this.#epoch = { lossSum: 0, correct: 0, start: performance.now() }
  }

  result(outcome: TrainResult['outcome']): TrainResult {
    return {
      outcome,
      steps: this.steps,
      losses: Float64Array.from(this.#losses),
      correct: Float64Array.from(this.#correct),
      seconds: Float64Array.from(this.#seconds),
      profile: [],
    }
  }

  #report(epoch: number): void {
    const { lossSum, examples } = this.#event
    this.#event = { lossSum: 0, examples: 0 }
    this.#onEvent({ epoch, step: this.steps, loss: lossSum / examples })
  }
}
