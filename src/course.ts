import type { StepEvent, TrainResult } from './backend.js'
import type { Dataset } from './dataset.js'
import type { Learner, Lesson } from './learner.js'
import type { Loss } from './spec.js'

/** What an epoch or some in a row came to. */
export interface Lap extends TrainResult {
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
  /** Trains for some epochs, of batches that come one by one for one, or until something stops it. */
  train(epochs: number, onEvent: (event: StepEvent) => void): Promise<Lap>
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

  async train(epochs: number, onEvent: (event: StepEvent) => void): Promise<Lap> {
    const result = await this.#learner.train(this.#data, this.#lesson, epochs, onEvent)
    return { ...result, examples: this.#data.examples, stepsPerEpoch: this.steps }
  }

  stop(): void {
    this.#learner.abort()
  }
}
