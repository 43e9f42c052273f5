import { hyperparameterError } from '../errors.js'
import { checkOptions, type Rule } from '../options.js'

/** A schedule as plain frozen data: its options, checked, with nothing left to a default. An option without a default is needed. */
export function complete<S extends { readonly type: string }>(
  type: S['type'],
  rules: Readonly<Record<Exclude<keyof S & string, 'type'>, Rule>>,
  defaults: Partial<S>,
  options: object,
): S {
  options = checkOptions(type, options, rules)
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const whole = { type, ...defaults, ...Object.fromEntries(given) } as unknown as S
  for (const [name, rule] of Object.entries<Rule>(rules)) {
    if (!Object.hasOwn(whole, name)) throw hyperparameterError(type, `${name} to be ${rule.expected}`, undefined)
  }
  return Object.freeze(whole)
}
