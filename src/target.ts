import { hyperparameterError } from './errors.js'
import { monitored, reaches } from './monitor.js'
import { checkOptions, type Rule } from './options.js'

/** What ends a run when an epoch has reached all of it, by the names of history: `{ validationAccuracy: 0.98 }`. */
export type Target = Readonly<Record<string, number>>

const finite: Rule = { expected: 'a finite number', test: Number.isFinite }

/**
 * Checks a target.
 *
 * @param told the numbers that epochs will tell
 * @returns the copy that was checked
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkTarget(where: string, target: Target, told: readonly string[]): Target {
  target = checkOptions(where, target, Object.fromEntries(told.map((name) => [name, finite])))
  if (goalsOf(target).length === 0) throw hyperparameterError(where, `a number for one of ${told.join(', ')}`, target)
  return target
}

/** Losses and errors have come down to their numbers, other metrics up. */
export const reached = (target: Target, entry: object) =>
  goalsOf(target).every(([name, goal]) => reaches(name, monitored('fit: target', name, entry), goal))

const goalsOf = (target: Target) => Object.entries(target).filter(([, goal]) => goal !== undefined)
