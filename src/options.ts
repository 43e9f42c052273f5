import { describe, hyperparameterError, RavineError } from './errors.js'

/** A rule for one option: says what is expected, and whether a value is that. Comparisons are written so that NaN fails. */
export interface Rule {
  readonly expected: string
  readonly test: (value: unknown) => boolean
}

export const number = (expected: string, test: (value: number) => boolean): Rule => ({
  expected,
  test: (value) => typeof value === 'number' && test(value),
})

export const positive = number('a number > 0', (x) => x > 0 && x < Infinity)
export const notNegative = number('a number ≥ 0', (x) => x >= 0 && x < Infinity)
export const fraction = number('a number in [0, 1)', (x) => x >= 0 && x < 1)
export const part = number('a number in (0, 1)', (x) => x > 0 && x < 1)
export const wholeNumber = number('a whole number ≥ 0', (x) => Number.isSafeInteger(x) && x >= 0)
export const count = number('a whole number ≥ 1', (x) => Number.isSafeInteger(x) && x >= 1)
export const flag: Rule = { expected: 'true or false', test: (value) => typeof value === 'boolean' }
export const callback: Rule = { expected: 'a function', test: (value) => typeof value === 'function' }
export const text: Rule = { expected: 'a string', test: (value) => typeof value === 'string' }
export const anything: Rule = { expected: 'anything', test: () => true }

export const oneOf = (...names: readonly string[]): Rule => ({
  expected: `one of ${names.map((name) => `'${name}'`).join(', ')}`,
  test: (value) => names.includes(value as string),
})

export const either = (...rules: readonly Rule[]): Rule => ({
  expected: rules.map((rule) => rule.expected).join(' or '),
  test: (value) => rules.some((rule) => rule.test(value)),
})

/**
 * Checks an options object against its rules: an unknown key is refused by name, a value that breaks its rule with both named.
 * An option that is absent or undefined is left to its default.
 *
 * @returns a copy of what was checked, each option read once: what a getter says later, or what is written later, is never looked at
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkOptions<O>(where: string, options: O, rules: Readonly<Record<string, Rule>>): O {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw hyperparameterError(where, 'an object of options', options)
  }
  const copy: Record<string, unknown> = {}
  for (const name of namesOf(options, rules)) {
    const value = (options as Record<string, unknown>)[name]
    if (!Object.hasOwn(rules, name)) throw unknownOption(where, name, Object.keys(rules))
    if (value === undefined) continue
    if (!rules[name].test(value)) throw hyperparameterError(where, `${name} to be ${rules[name].expected}`, value)
    copy[name] = value
  }
  return copy as O
}

/** Its own names, all of them, and with a prototype of its own kind those of the options that it may have from there. */
function namesOf(options: object, rules: Readonly<Record<string, Rule>>): readonly string[] {
  const [own, prototype] = [Object.keys(options), Object.getPrototypeOf(options)]
  if (prototype === Object.prototype || prototype === null) return own
  return [...new Set([...own, ...Object.keys(rules)])]
}

/** Checks one value that is not part of an options object. */
export function checkValue(where: string, name: string, value: unknown, rule: Rule): void {
  if (!rule.test(value)) throw hyperparameterError(where, `${name} to be ${rule.expected}`, value)
}

function unknownOption(where: string, name: string, known: readonly string[]) {
  const near = known.find((candidate) => distance(candidate.toLowerCase(), name.toLowerCase()) <= 2)
  const hint = near ? `; did you mean '${near}'?` : ''
  const message = `${where}: expected options among ${known.join(', ')} but received ${describe(name)}${hint}`
  return new RavineError('ERR_RAVINE_HYPERPARAMETER', message)
}

/** Levenshtein's edit distance. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1]))
    }
    row = next
  }
  return row[b.length]
}
