import type { StepEvent, Timing, TrainResult } from './backend.js'
import type { Course, Lap, Part } from './course.js'
import { Dataset } from './dataset.js'
import { dataError } from './errors.js'
import { Feed, type Source } from './feed.js'
import { joined } from './joined.js'
import type { Learner, Manner } from './learner.js'
import { answered, type Batch } from './raw.js'
import type { Loss } from './spec.js'
import { type WeightOptions, weightsOf } from './weights.js'

/**
 * Batches that come one by one, more of them than memory holds: of raw arrays or datasets, from anything that can be iterated, with
 * or without waiting. The next is asked for while one is trained on, never more; what is written to the arrays of a batch after that
 * is not seen. For more than one epoch it is a function, or starts anew whenever it is iterated.
 */
export type Batches = Source<Batch | Dataset>

/** What is learnt from: batches, and how many of them an update is of. */
export interface Updates {
  readonly batches: Batches
  readonly accumulate: number
}

/** Through batches that come one by one: each, or some together, are a job of one step. */
export class BatchCourse implements Course {
  readonly record: Readonly<Record<string, unknown>>
  readonly #learner: Learner
  readonly #updates: Updates
  readonly #manner: Manner
  readonly #check: (data: Dataset, loss?: Loss) => Loss
  readonly #weights: WeightOptions
  #loss?: Loss
  #feed?: Feed<Batch | Dataset>

  /**
   * @param check refuses a batch that does not go with the model and the options; else gives the loss
   * @param loss if it is known before the first batch
   */
  constructor(
    learner: Learner,
    updates: Updates,
    manner: Manner,
    check: (data: Dataset, loss?: Loss) => Loss,
    weights: WeightOptions,
    loss?: Loss,
  ) {
    this.#learner = learner
    this.#updates = updates
    this.record = { batches: 'one by one', accumulate: updates.accumulate }
    this.#manner = manner
    this.#check = check
    this.#weights = weights
    this.#loss = loss
  }

  /** Known from the first batch on. */
  get loss(): Loss {
    return this.#loss!
  }

  async train(_: number, onEvent: (event: StepEvent) => void, begun?: Part): Promise<Lap> {
    const feed = new Feed(this.#updates.batches)
    this.#feed = feed
    this.#learner.onDispose = () => feed.stop()
    try {
      const lap = await this.#pass(feed, new Pass(this.#manner.logEvery, onEvent, begun))
      await feed.close()
      return lap
    } catch (error) {
      await feed.close().catch(() => undefined)
      throw error
    } finally {
      this.#learner.onDispose = undefined
    }
  }

  stop(): void {
    this.#feed?.stop()
    this.#learner.abort()
  }

  async #pass(feed: Feed<Batch | Dataset>, pass: Pass): Promise<Lap> {
    await this.#skip(feed, pass.steps)
    for (let data = await this.#next(feed); data; data = await this.#next(feed)) {
      const lesson = { ...this.#manner, loss: this.loss, weights: weightsOf('fit', data, this.#weights) }
      const result = await this.#learner.trainBatch(data, lesson, () => feed.ask())
      if (result.outcome !== 'done') return pass.lap(result.outcome)
      pass.add(result, data.examples)
    }
    if (feed.stopped) return pass.lap('aborted')
    if (pass.steps === 0) throw dataError('fit', 'at least one batch in an epoch', 0)
    this.#learner.epochs++
    return pass.lap('done')
  }

  /** Lets go by what an epoch has learnt from already. */
  async #skip(feed: Feed<Batch | Dataset>, updates: number): Promise<void> {
    for (let i = 0; i < updates && !feed.stopped; i++) {
      if ((await this.#next(feed)) || feed.stopped) continue
      throw dataError('fit: resume', `more than ${updates} updates in an epoch, of which so many are done,`, i)
    }
  }

  /** The batches of the next update as one; none at the end, or when the feed is stopped meanwhile. */
  async #next(feed: Feed<Batch | Dataset>): Promise<Dataset | undefined> {
    const { accumulate } = this.#updates
    const parts: Dataset[] = []
    while (parts.length < accumulate) {
      const next = await feed.next()
      if (feed.stopped) return undefined
      if (!next) break
      const data = this.#dataset(next.value)
      // The source may use the arrays of a batch again for the one after it.
      parts.push(accumulate > 1 ? joined('fit', [data]) : data)
    }
    return parts.length > 1 ? joined('fit', parts) : parts[0]
  }

  #dataset(batch: Batch | Dataset): Dataset {
    if (batch === null || typeof batch !== 'object') {
      throw dataError('fit', 'batches of { features, labels }, { features, targets } or datasets', batch)
    }
    const data = batch instanceof Dataset ? batch : answered('fit', this.#learner, batch)
    this.#loss = this.#check(data, this.#loss)
    return data
  }
}

/** What the batches of an epoch have come to so far. */
class Pass {
  /** With those of before this fit. */
  steps: number
  readonly #began: number
  readonly #logEvery: number
  readonly #onEvent: (event: StepEvent) => void
  readonly #profile: Timing[] = []
  /** Σ of the losses of examples, and their number: of the epoch, and since the last event. */
  readonly #epoch: { loss: number; correct: number; examples: number }
  #since = { loss: 0, examples: 0 }

  constructor(logEvery: number, onEvent: (event: StepEvent) => void, begun?: Part) {
    const { steps = 0, loss = 0, correct = 0, examples = 0, seconds = 0 } = begun ?? {}
    this.steps = steps
    this.#began = performance.now() - 1000 * seconds
    this.#epoch = { loss, correct, examples }
    this.#logEvery = logEvery
    this.#onEvent = onEvent
  }

  add({ losses, correct, profile }: TrainResult, examples: number): void {
    this.steps++
    this.#profile.push(...profile)
    this.#epoch.correct += correct[0]
    for (const sums of [this.#epoch, this.#since]) {
      sums.loss += losses[0] * examples
      sums.examples += examples
    }
    if (this.#logEvery > 0 && this.steps % this.#logEvery === 0) this.#tell()
  }

  lap(outcome: TrainResult['outcome']): Lap {
    const [{ steps }, { loss, correct, examples }] = [this, this.#epoch]
    const seconds = (performance.now() - this.#began) / 1000
    const done = outcome === 'done'
    const told = (value: number) => Float64Array.from(done ? [value] : [])
    return {
      ...{ outcome, steps, profile: this.#profile, examples, stepsPerEpoch: steps },
      ...{ losses: told(loss / examples), correct: told(correct), seconds: told(seconds) },
      begun: done || steps === 0 ? undefined : { steps, loss, correct, examples, seconds },
    }
  }

  #tell(): void {
    const { loss, examples } = this.#since
    this.#since = { loss: 0, examples: 0 }
    this.#onEvent({ epoch: 0, step: this.steps, loss: loss / examples })
  }
}
