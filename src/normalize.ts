import { checkOptions, checkValue, type Rule } from './options.js'

/** x = (u − mean) / std, where u is the feature itself, or byte / 255 for features of bytes; zeros that are not listed count as features. */
export interface Normalize {
  readonly mean: number
  /** > 0. */
  readonly std: number
}

const finite: Rule = { expected: 'a finite number', test: Number.isFinite }
const spread: Rule = { expected: 'a finite number > 0', test: (value) => finite.test(value) && (value as number) > 0 }

/**
 * Checks a normalisation, and freezes it.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function normalized(normalize: Normalize): Normalize {
  normalize = checkOptions('dataset: normalize', normalize, { mean: finite, std: spread })
  checkValue('dataset: normalize', 'mean', normalize.mean, finite)
  checkValue('dataset: normalize', 'std', normalize.std, spread)
  return Object.freeze({ mean: normalize.mean, std: normalize.std })
}
