import { monitored, unwatched, type Watch, watched } from '../monitor.js'
import { count, notNegative, part, text } from '../options.js'
import { complete } from './complete.js'

export interface ReduceOnPlateauOptions {
  readonly from: number
  /** In (0, 1); 0.1 by default. */
  readonly factor?: number
  /** Epochs in a row without improvement that are waited for; 10 by default. */
  readonly patience?: number
  /** What counts as an improvement, ≥ 0; 1e-4 by default. */
  readonly minDelta?: number
  /** The value never goes below; 0 by default. */
  readonly min?: number
  /** What history calls it; 'validationLoss' by default. Losses and errors are to fall, other metrics to rise. */
  readonly monitor?: string
}

export interface ReduceOnPlateau extends Required<ReduceOnPlateauOptions> {
  readonly type: 'reduceOnPlateau'
}

/** What the schedule remembers from epoch to epoch: plain data, saved with a checkpoint. */
export interface Place extends Watch {
  /** factor^(the number of reductions). */
  readonly factor: number
}

const rules = {
  from: notNegative,
  factor: part,
  patience: count,
  minDelta: notNegative,
  min: notNegative,
  monitor: text,
}
const defaults = { factor: 0.1, patience: 10, minDelta: 1e-4, min: 0, monitor: 'validationLoss' }

/**
 * max(from·factor^r, min), where r counts how often `patience` epochs in a row did not improve on the best by more than minDelta.
 *
 * Keras' `ReduceLROnPlateau`; PyTorch's waits for one epoch more, and its threshold is a part of the best by default.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const reduceOnPlateau = (options: ReduceOnPlateauOptions): ReduceOnPlateau =>
  complete<ReduceOnPlateau>('reduceOnPlateau', rules, defaults, options)

export const reduceOnPlateauAt = ({ from, min }: ReduceOnPlateau, place: Place = beginning) =>
  Math.max(from * place.factor, min)

const beginning: Place = { ...unwatched, factor: 1 }

/**
 * The place after one more epoch.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER where the entry does not tell what is monitored
 */
export function afterEpoch(schedule: ReduceOnPlateau, place: Place = beginning, entry: object): Place {
  const { monitor, minDelta, patience, factor } = schedule
  const watch = watched(place, monitor, monitored('reduceOnPlateau', monitor, entry), minDelta)
  return watch.wait < patience ? { ...place, ...watch } : { ...watch, wait: 0, factor: place.factor * factor }
}
