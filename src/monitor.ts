import { hyperparameterError } from './errors.js'

/** Those of which less is better; of all others more is. */
const falling = /^(loss|meanAbsoluteError|meanSquaredError)$/

/** Whether a metric is to fall: losses and errors, in training or validation. */
export const falls = (monitor: string) => falling.test(ofTraining(monitor))

/**
 * The number of an epoch that is called `monitor`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function monitored(where: string, monitor: string, entry: object): number {
  const numbers = Object.entries(entry).filter(([, value]) => typeof value === 'number')
  const found = numbers.find(([name]) => name === monitor)
  if (found) return found[1]
  const names = numbers.map(([name]) => name)
  throw hyperparameterError(where, `monitor to be one of ${names.join(', ')}, which the epochs tell,`, monitor)
}

/** What is remembered of a metric from epoch to epoch: plain data. */
export interface Watch {
  /** The best that was seen; null before the first epoch. */
  readonly best: number | null
  /** Epochs in a row without improvement. */
  readonly wait: number
}

export const unwatched: Watch = { best: null, wait: 0 }

/** The watch after one more epoch, whose value improves on the best, and then is it, or does not. */
export function watched({ best, wait }: Watch, monitor: string, value: number, minDelta: number): Watch {
  return improves(monitor, value, best, minDelta) ? { best: value, wait: 0 } : { best, wait: wait + 1 }
}

/** Whether a value is better than the best by more than minDelta; any number is better than none, and NaN never is. */
function improves(monitor: string, value: number, best: number | null, minDelta: number): boolean {
  if (best === null) return !Number.isNaN(value)
  return falls(monitor) ? value < best - minDelta : value > best + minDelta
}

/** Whether a name of an entry is one of validation. */
export const isOfValidation = (name: string) => /^validation[^a-z]/.test(name)

/** 'validationLoss' → 'loss'. */
export function ofTraining(monitor: string): string {
  const name = monitor.replace(/^validation(?=[A-Z])/, '')
  return name[0]?.toLowerCase() + name.slice(1)
}

/** Whether a metric has come to a value, from above if it is to fall, else from below. */
export const reaches = (monitor: string, value: number, goal: number) =>
  falls(monitor) ? value <= goal : value >= goal

/** The name that a metric has in validation: 'loss' → 'validationLoss'. */
export const ofValidation = (name: string) => `validation${name[0].toUpperCase()}${name.slice(1)}`
