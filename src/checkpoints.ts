import { isDeepStrictEqual } from 'node:util'
import { checkpointFile, readCheckpoint } from './checkpoint.js'
import type { Part } from './course.js'
import { describe, fileError } from './errors.js'
import type { HistoryEntry } from './history.js'
import type { Learner } from './learner.js'
import { kindOf } from './optimizer.js'
import { checkOptions, checkValue, count, positive, type Rule, text } from './options.js'
import type { Plan } from './plan.js'
import type { FloatArray } from './spec.js'
import { checkPlace, writeWhole } from './wholefile.js'

/** When a fit writes itself into a file, for `resume` and `load`: after an epoch, the last one always, and where it is stopped. */
export interface CheckpointOptions {
  readonly path: string
  /** 1 by default, or none where `everySeconds` is given. */
  readonly everyEpochs?: number
  /** After the first epoch that ends so many seconds after the last checkpoint. */
  readonly everySeconds?: number
}

const rules: Readonly<Record<string, Rule>> = { path: text, everyEpochs: count, everySeconds: positive }

/** @throws {RavineError} ERR_RAVINE_HYPERPARAMETER */
export function checkCheckpoint(options: CheckpointOptions): CheckpointOptions {
  options = checkOptions('fit: checkpoint', options, rules)
  checkValue('fit: checkpoint', 'path', options.path, text)
  const { path, everySeconds = Infinity, everyEpochs = everySeconds < Infinity ? Infinity : 1 } = options
  return { path, everyEpochs, everySeconds }
}

/** The checkpoints of one fit. */
export class Checkpoints {
  readonly #learner: Learner
  readonly #plan: Plan
  /** Epochs and steps that are in the file, and when it was written. */
  #epochs = 0
  #steps = 0
  /** Where another fit can go on from. */
  from?: string
  #time = performance.now()

  constructor(learner: Learner, plan: Plan) {
    this.#learner = learner
    this.#plan = plan
  }

  /**
   * Looks whether checkpoints can be written, and goes on from the one that was asked for.
   *
   * @param replay takes each of its epochs, and the parameters of the best
   * @returns what there is of the epoch after them
   * @throws {RavineError} ERR_RAVINE_FILE; the model has not changed then, nor after what `replay` throws
   */
  async begin(replay: (entry: HistoryEntry, best?: readonly FloatArray[]) => void): Promise<Part | undefined> {
    const { checkpoint, resume } = this.#plan
    if (checkpoint) await checkPlace('fit: checkpoint', checkpoint.path)
    if (resume === undefined) return undefined
    const { snapshot, history, begun, best } = await this.#read(resume)
    for (const entry of history) replay(entry, best)
    this.#learner.alive('fit')
    this.#learner.restore(snapshot)
    if (resume === checkpoint?.path) this.#note(history, begun)
    this.from = resume
    return begun
  }

  /** After an epoch: writes the file if it is time. */
  async after(history: readonly HistoryEntry[], best?: readonly FloatArray[]): Promise<void> {
    const { everyEpochs = 1, everySeconds = Infinity } = this.#plan.checkpoint ?? {}
    const seconds = (performance.now() - this.#time) / 1000
    if (history.length - this.#epochs >= everyEpochs || seconds >= everySeconds) await this.end(history, best)
  }

  /** After the last step: writes the file if it has not been written since. */
  async end(history: readonly HistoryEntry[], best?: readonly FloatArray[], begun?: Part): Promise<void> {
    const { checkpoint } = this.#plan
    if (!checkpoint || stepsOf(history, begun) === this.#steps) return
    const { spec, seed } = this.#learner
    const snapshot = await this.#learner.snapshot('fit')
    const fit = { lesson: this.#lesson(), history, begun }
    await writeWhole('fit: checkpoint', checkpoint.path, checkpointFile({ spec, seed, snapshot, fit, best }))
    this.#note(history, begun)
    this.from = checkpoint.path
  }

  #note(history: readonly HistoryEntry[], begun?: Part): void {
    this.#epochs = history.length
    this.#steps = stepsOf(history, begun)
    this.#time = performance.now()
  }

  async #read(path: string) {
    const { spec, seed, snapshot, fit, best } = await readCheckpoint('fit: resume', path)
    const refused = (expected: string, received: string) =>
      fileError('fit: resume', `${path} to have ${expected}`, received)
    if (!fit) throw refused('a checkpoint of a fit', 'it has a model that was saved, for load')
    if (!isDeepStrictEqual(spec, this.#learner.spec)) throw refused('a model of the same layers', 'it has another')
    const [stated, own] = [
      { ...fit.lesson, seed },
      { ...this.#lesson(), seed: this.#learner.seed },
    ]
    for (const [key, value] of Object.entries<unknown>(own)) {
      const other = (stated as Record<string, unknown>)[key]
      if (!isDeepStrictEqual(other, value)) throw refused(`${key} ${describe(value)}`, `it has ${describe(other)}`)
    }
    const { history, begun } = fit
    const { steps = Infinity } = this.#plan.course
    if (begun && begun.steps >= steps) throw refused(`fewer than ${steps} steps of an epoch`, `it has ${begun.steps}`)
    return { snapshot, history, begun, best }
  }

  #lesson() {
    const { course, lesson, earlyStopping } = this.#plan
    const { restoreBest = false, monitor, minDelta } = earlyStopping ?? {}
    return {
      ...course.record,
      optimizer: kindOf(lesson.optimizer),
      restoreBest: restoreBest && `of ${monitor} by more than ${minDelta}`,
    }
  }
}

/** Since the start of the fit. */
const stepsOf = (history: readonly HistoryEntry[], begun?: Part) =>
  (history[history.length - 1]?.steps ?? 0) + (begun?.steps ?? 0)
