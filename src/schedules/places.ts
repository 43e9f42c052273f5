import { checkOptions, checkValue, notNegative, type Rule, wholeNumber } from '../options.js'
import type { Place } from './reduceOnPlateau.js'

/** What the schedules of an optimizer's options remember, by the option's name. */
export type Places = Readonly<Record<string, Place | undefined>>

const rules: Readonly<Record<string, Rule>> = {
  best: { expected: 'a number or null', test: (value) => value === null || typeof value === 'number' },
  wait: wholeNumber,
  factor: notNegative,
}

/**
 * Checks what a file states.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkedPlaces(stated: Places): Places {
  for (const [name, place] of Object.entries<unknown>(stated)) {
    checkOptions(name, place, rules)
    for (const key of Object.keys(rules)) checkValue(name, key, (place as Record<string, unknown>)[key], rules[key])
  }
  return stated
}
