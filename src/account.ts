import type { Dataset } from './dataset.js'
import type { HistoryEntry, StepReport } from './history.js'
import type { Learner } from './learner.js'
import type { Optimizer } from './optimizer.js'
import type { LossSpec } from './spec.js'

/** What a report tells of a fit besides its history: the model, and what it was judged by. Of what it learnt from there are the numbers alone. */
export interface Account {
  readonly learner: Learner
  readonly optimizer: Optimizer
  /** Not known where no batch had come. */
  readonly loss?: LossSpec
  readonly validation?: Dataset
  /** Learnt from in an epoch and in an update, where they are known. */
  readonly examples?: number
  readonly batchSize?: number
  /** That were asked for. */
  readonly epochs: number
  readonly threads: number
  /** Updates by this kind of optimizer before the first step of the history. */
  readonly before: number
  /** How far the model had come when the fit ended. */
  readonly after: { readonly epochs: number; readonly steps: number }
  /** Of the losses between epochs, every `logEvery` steps. */
  readonly reports: readonly StepReport[]
  readonly ended: Date
}

const accounts = new WeakMap<readonly HistoryEntry[], Account>()

/** Goes with the history itself; copies of it, and what is read from JSON, have none. */
export const accountOf = (history: readonly HistoryEntry[]) => accounts.get(history)

export const giveAccount = (history: readonly HistoryEntry[], account: Account) => void accounts.set(history, account)
