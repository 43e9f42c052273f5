import { parseArgs } from 'node:util'
import type { BackendName } from '../model.js'
import { count, distance, flag, fraction, oneOf, positive, type Rule, text, wholeNumber } from '../options.js'

/** Wrong usage: the program ends with 2, and nothing has been done. */
export class UsageError extends Error {}

/** What the options of a command line come to. */
export interface Settings {
  readonly data?: string
  readonly examples?: number
  readonly layers: readonly number[]
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly momentum: number
  readonly seed: number
  readonly threads?: number
  readonly backend: BackendName
  readonly profile: boolean
  readonly out?: string
}

export type OptionName = keyof Settings

interface Option {
  /** What its value is called; a switch has none. */
  readonly value?: string
  readonly help: string
  readonly rule: Rule
  readonly read: (word: string) => unknown
}

/** As JavaScript reads it; nothing at all is not 0. */
const number = (word: string) => (word.trim() ? Number(word) : Number.NaN)
const numbers = (word: string) => word.split(',').map(number)
const same = (word: string) => word

const counts: Rule = {
  expected: 'whole numbers ≥ 1 with commas between',
  test: (value) => (value as number[]).every(count.test),
}

const options: Readonly<Record<OptionName, Option>> = {
  data: { value: 'DIR', read: same, rule: text, help: 'where the four files of MNIST lie (or RAVINE_DATA)' },
  examples: { value: 'N', read: number, rule: count, help: 'take only the first so many (all)' },
  layers: { value: 'N,N', read: numbers, rule: counts, help: 'widths of the hidden layers (512,256)' },
  epochs: { value: 'N', read: number, rule: count, help: 'passes over the training data (10)' },
  batchSize: { value: 'N', read: number, rule: count, help: 'examples of one step (64)' },
  learningRate: { value: 'X', read: number, rule: positive, help: 'size of a step (0.01)' },
  momentum: { value: 'X', read: number, rule: fraction, help: 'part of the velocity that stays (0.9)' },
  seed: { value: 'N', read: number, rule: wholeNumber, help: 'decides initial weights and every shuffle (1)' },
  threads: {
    value: 'N',
    read: number,
    rule: count,
    help: 'of a run (the engine finds the best number, at most RAVINE_THREADS)',
  },
  backend: { value: 'NAME', read: same, rule: oneOf('native', 'reference'), help: 'native or reference (native)' },
  out: {
    value: 'FILE',
    read: same,
    rule: text,
    help: 'keep the model there, as it is after each epoch (.safetensors)',
  },
  profile: { read: () => true, rule: flag, help: 'show where the time of a step goes' },
}

const defaults: Settings = {
  layers: [512, 256],
  epochs: 10,
  batchSize: 64,
  learningRate: 0.01,
  momentum: 0.9,
  seed: 1,
  backend: 'native',
  profile: false,
}

const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** One line for each option. */
export function optionLines(names: readonly OptionName[]): string[] {
  const flags = names.map((name) => `${flagOf(name)} ${options[name].value ?? ''}`)
  return flags.map((flag, i) => `  ${flag.padEnd(22)}${options[names[i]].help}`)
}

/**
 * The settings and the other words of a command line that allows these options.
 *
 * @throws {UsageError}
 */
export function read(args: readonly string[], names: readonly OptionName[]): { settings: Settings; words: string[] } {
  const { values, positionals } = parsed([...args], names)
  const given = names.filter((name) => values[flagOf(name).slice(2)] !== undefined)
  const settings = given.map((name) => [name, checked(name, `${values[flagOf(name).slice(2)]}`)])
  return { settings: { ...defaults, ...Object.fromEntries(settings) }, words: positionals }
}

function checked(name: OptionName, word: string): unknown {
  const { read, rule } = options[name]
  const value = read(word)
  if (!rule.test(value)) throw new UsageError(`expected ${flagOf(name)} to be ${rule.expected} but received '${word}'`)
  return value
}

function parsed(args: string[], names: readonly OptionName[]) {
  const typeOf = (name: OptionName) => ({ type: options[name].value ? ('string' as const) : ('boolean' as const) })
  try {
    const known = Object.fromEntries(names.map((name) => [flagOf(name).slice(2), typeOf(name)]))
    return parseArgs({ args, options: known, allowPositionals: true })
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
  const near = known.find((candidate) => distance(candidate, word) <= 2)
  return near ? `; did you mean ${near}?` : ''
}
