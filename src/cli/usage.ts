import { parseArgs } from 'node:util'
import { distance } from '../options.js'
import { flagOf, type Option, type OptionName, options, type Settings } from './options.js'

/** Wrong usage: the program ends with 2, and nothing has been done. */
export class UsageError extends Error {}

/** What a command line says: options of their kinds, and the other words. */
export interface Said {
  readonly settings: Partial<Settings>
  readonly words: readonly string[]
}

/**
 * Reads a command line that allows these options.
 *
 * @throws {UsageError}
 */
export function read(args: readonly string[], names: readonly OptionName[]): Said {
  const { values, positionals } = parsed([...args], names)
  const given = names.filter((name) => values[flagOf(name).slice(2)] !== undefined)
  const settings = given.map((name) => [name, checked(name, `${values[flagOf(name).slice(2)]}`)])
  return { settings: Object.fromEntries(settings), words: positionals }
}

function checked(name: OptionName, word: string): unknown {
  const value = options[name].read(word)
  if (options[name].rule.test(value)) return value
  throw refused(flagOf(name), options[name], value, `'${word}'`)
}

/** Says what an option is to be, and which of the words that there are one that came is near to. */
export function refused(flag: string, { rule, words = [] }: Option, value: unknown, received: string): UsageError {
  const wrong = [value].flat().find((word) => !words.includes(word as string))
  const hint = typeof wrong === 'string' ? suggestion(wrong, words) : ''
  return new UsageError(`expected ${flag} to be ${rule.expected} but received ${received}${hint}`)
}

function parsed(args: string[], names: readonly OptionName[]) {
  const typeOf = (name: OptionName) => ({ type: options[name].value ? ('string' as const) : ('boolean' as const) })
  try {
    const known = Object.fromEntries(names.map((name) => [flagOf(name).slice(2), typeOf(name)]))
    return parseArgs({ args, options: known, allowPositionals: true, allowNegative: true })
  } catch (error) {
    throw misread(error as NodeJS.ErrnoException, names)
  }
}

/** Node names the option in quotes and goes on about dashes. */
function misread({ code, message }: NodeJS.ErrnoException, names: readonly OptionName[]): Error {
  const [, given = ''] = /'(-[^' ]*)/.exec(message) ?? []
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return new UsageError(`there is no option ${given} here${suggestion(given, names.map(flagOf))}`)
  }
  const valued = names.some((name) => flagOf(name) === given && options[name].value)
  return new UsageError(`expected ${valued ? 'a' : 'no'} value after ${given}`)
}

/** '; did you mean …?' where something is near. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near ? `; did you mean ${near}?` : ''
}

/** The nearest of some words, if it is as near as a slip of the fingers. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const far = (candidate: string) => distance(candidate.toLowerCase(), word.toLowerCase())
  const [near] = [...known].sort((a, b) => far(a) - far(b))
  return near !== undefined && far(near) <= 2 ? near : undefined
}
