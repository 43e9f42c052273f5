import { monitored, unwatched, type Watch, watched } from './monitor.js'
import { checkOptions, count, flag, notNegative, oneOf } from './options.js'
import type { FloatArray } from './spec.js'

export interface EarlyStoppingOptions {
  /**
   * What history calls it: 'validationLoss' by default, or 'loss' where there is no validation. Losses and errors are to fall, other
   * metrics to rise.
   */
  readonly monitor?: string
  /** The epochs in a row without improvement that end the run; 5 by default. */
  readonly patience?: number
  /** An improvement is more than that, ≥ 0; 0 by default. */
  readonly minDelta?: number
  /**
   * The run ends with the parameters of its best epoch, to the bit, however it ends but by an error or an abort; velocities and step
   * numbers stay those of the end. False by default.
   */
  readonly restoreBest?: boolean
}

/** As Keras' `EarlyStopping`, whose patience 0 is 1 here. */
export type EarlyStopping = Required<EarlyStoppingOptions>

/**
 * Checks what was asked of it, and fills in the defaults.
 *
 * @param told the numbers that epochs will tell
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function earlyStoppingOf(where: string, options: EarlyStoppingOptions, told: readonly string[]): EarlyStopping {
  options = checkOptions(where, options, {
    monitor: oneOf(...told),
    patience: count,
    minDelta: notNegative,
    restoreBest: flag,
  })
  const { monitor = told.includes('validationLoss') ? 'validationLoss' : 'loss' } = options
  const { patience = 5, minDelta = 0, restoreBest = false } = options
  return { monitor, patience, minDelta, restoreBest }
}

/** Looks at epochs for a run that is to stop early. */
export class Lookout {
  readonly #options: EarlyStopping
  #watch: Watch = unwatched
  /** The parameters of the best epoch, if they are to be restored. */
  best?: readonly FloatArray[]

  constructor(options: EarlyStopping) {
    this.#options = options
  }

  /** Takes in one more epoch, which left the model with `parameters`; whether the run is to end. */
  ends(entry: object, parameters: () => readonly FloatArray[]): boolean {
    const { monitor, patience, minDelta, restoreBest } = this.#options
    this.#watch = watched(this.#watch, monitor, monitored('fit: earlyStopping', monitor, entry), minDelta)
    if (restoreBest && this.#watch.wait === 0) this.best = parameters()
    return this.#watch.wait >= patience
  }
}
