import { fraction } from '../options.js'
import { complete } from './complete.js'

export interface SutskeverOptions {
  /** In [0, 1); the paper tries 0, 0.9, 0.99, 0.995 and 0.999. */
  readonly max: number
}

export interface Sutskever extends SutskeverOptions {
  readonly type: 'sutskever'
}

/** Steps from one value to the next. */
const EVERY = 250

/**
 * min(1 − ½ / (⌊step / 250⌋ + 1), max): momentum from 0.5 upwards.
 *
 * Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013, where it is written
 * min(1 − 2^(−1 − log₂(⌊t / 250⌋ + 1)), max).
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export const sutskever = (options: SutskeverOptions): Sutskever =>
  complete<Sutskever>('sutskever', { max: fraction }, {}, options)

export const sutskeverAt = ({ max }: Sutskever, step: number) => Math.min(1 - 0.5 / (Math.floor(step / EVERY) + 1), max)
