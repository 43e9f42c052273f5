import type { Begun, StepEvent, TrainResult } from './backend.js'
import type { Dataset } from './dataset.js'
import type { Learner, Lesson } from './learner.js'
import type { Loss } from './spec.js'

/** What there is of an epoch that was cut short: with the model of then, and in the same order, it goes on as if it had not been. */
export interface Part extends Begun {
  /** Of its steps. */
  readonly examples: number
  readonly seconds: number
}

/** What an epoch or some in a row came to, with what there was of the first of them before. */
export interface Lap extends TrainResult {
  readonly begun?: Part
  /** Of an epoch, as are the next. */
  readonly examples: number
  readonly stepsPerEpoch: number
}

/** The way of a fit through what it learns from. */
export interface Course {
  readonly loss: Loss
  /** What has to be the same for another fit to go on where this one stopped: plain data. */
  readonly record: Readonly<Record<string, unknown>>
  /** Of an epoch; of batches that come one by one it is not known. */
  readonly steps?: number
  /** Likewise. */
  readonly examples?: number
  /**
   * Trains for some epochs, of batches that come one by one for one, or until something stops it.
   *
   * @param begun what there is of the first of them
   */
  train(epochs: number, onEvent: (event: StepEvent) => void, begun?: Part): Promise<Lap>
  /** Asks the training in hand, if there is one, to stop after the step in hand. */
  stop(): void
}

/** Through a dataset that the engine has as a whole: many epochs may be one job. */
export class WholeCourse implements Course {
  readonly steps: number
  readonly examples: number
  readonly loss: Loss
  readonly record: Readonly<Record<string, unknown>>
  readonly #learner: Learner
  readonly #data: Dataset
  readonly #lesson: Lesson

  constructor(learner: Learner, data: Dataset, lesson: Lesson) {
    this.#learner = learner
    this.#data = data
    this.#lesson = lesson
    const { batchSize, shuffle, loss } = lesson
    this.loss = loss
    this.record = { examples: data.examples, batchSize, shuffle, loss }
    this.examples = data.examples
    this.steps = Math.ceil(data.examples / batchSize)
  }

  async train(epochs: number, onEvent: (event: StepEvent) => void, before?: Part): Promise<Lap> {
    const began = performance.now() - 1000 * (before?.seconds ?? 0)
    const result = await this.#learner.train(this.#data, this.#lesson, epochs, onEvent, before)
    const seconds = result.seconds.map((value, i) => value + (i === 0 ? (before?.seconds ?? 0) : 0))
    const rest = (performance.now() - began) / 1000 - seconds.reduce((sum, value) => sum + value, 0)
    const begun = result.begun && { ...result.begun, examples: this.#examplesOf(result.begun), seconds: rest }
    const steps = result.steps + (before?.steps ?? 0)
    return { ...result, steps, begun, seconds, examples: this.examples, stepsPerEpoch: this.steps }
  }

  #examplesOf({ steps }: Begun): number {
    return steps * this.#lesson.batchSize
  }

  stop(): void {
    this.#learner.abort()
  }
}
