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

/** Whether a value is better than the best by more than minDelta; any number is better than none, and NaN never is. */
export function improves(monitor: string, value: number, best: number | null, minDelta: number): boolean {
  if (best === null) return !Number.isNaN(value)
  return falls(monitor) ? value < best - minDelta : value > best + minDelta
}

/** 'validationLoss' → 'loss'. */
function ofTraining(monitor: string): string {
  const name = monitor.replace(/^validation(?=[A-Z])/, '')
  return name[0]?.toLowerCase() + name.slice(1)
}
