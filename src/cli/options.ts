import { available } from '../addon.js'
import { type Form, forms } from '../optimizers/sgd.js'
import { count, flag, fraction, notNegative, oneOf, part, positive, type Rule, text, wholeNumber } from '../options.js'
import type { Missing } from '../preparation.js'
import type { BackendName } from '../sequential.js'
import { type Activation, activations } from '../spec.js'
import { type OptimizerName, optimizerNames } from './optimizers.js'
import { type ScheduleName, scheduleNames } from './schedules.js'

/** What the options of a command line and its configuration come to. */
export interface Settings {
  /** What to learn from, where the configuration says it. */
  readonly source?: string
  readonly target?: string
  readonly classes: boolean
  readonly columns?: readonly string[]
  readonly ignore?: readonly string[]
  readonly categories?: readonly string[]
  readonly missing: Missing
  readonly standardize: boolean
  readonly data?: string
  readonly test: number
  readonly examples?: number
  readonly layers: readonly number[]
  readonly activation: Activation
  readonly dropout: number
  readonly optimizer: OptimizerName
  readonly optimizers: readonly OptimizerName[]
  readonly learningRate?: number
  readonly momentum?: number
  readonly form?: Form
  readonly nesterov?: boolean
  readonly weightDecay?: number
  readonly schedule: ScheduleName
  readonly epochs: number
  readonly batchSize: number
  readonly patience?: number
  readonly seed: number
  readonly threads?: number
  readonly backend: BackendName
  readonly profile: boolean
  readonly out?: string
  readonly port?: number
  readonly checkpoint?: string
  readonly resume?: string
  readonly tensorboard?: string
  readonly log?: string
  readonly report?: string
  readonly onnx?: string
  readonly bytes: boolean
  readonly probabilities: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly config?: string
  readonly printConfig: boolean
}

export type OptionName = keyof Settings

/** An option: how it is said, and what is right. */
export interface Option {
  /** What its value is called; a switch has none. */
  readonly value?: string
  readonly help: string
  readonly rule: Rule
  /** Its value from a word of a command line. */
  readonly read: (word: string) => unknown
  /** The words that there are, if they can be listed. */
  readonly words?: readonly string[]
}

/** As JavaScript reads it; nothing at all is not 0. */
const number = (word: string) => (word.trim() ? Number(word) : Number.NaN)
const same = (word: string) => word
const list = (word: string) => word.split(',').map((part) => part.trim())
const numbers = (word: string) => (word === 'none' ? [] : word.split(',').map(number))

const counts: Rule = {
  expected: "whole numbers ≥ 1 with commas between, or 'none'",
  test: (value) => Array.isArray(value) && value.every(count.test),
}
const namesOf = (names: readonly string[]): Rule => ({
  expected: `names among ${names.join(', ')} with commas between`,
  test: (value) => Array.isArray(value) && value.length > 0 && value.every((name) => names.includes(name)),
})

const ports: Rule = {
  expected: 'a port, a whole number from 0 to 65535',
  test: (value) => wholeNumber.test(value) && (value as number) <= 65535,
}
const texts: Rule = {
  expected: 'names of columns with commas between',
  test: (value) => Array.isArray(value) && value.length > 0 && value.every((name) => text.test(name) && name !== ''),
}

const numeric = (rule: Rule, value: string, help: string): Option => ({ value, help, rule, read: number })
const worded = (value: string, help: string): Option => ({ value, help, rule: text, read: same })
const named = (words: readonly string[], help: string): Option => ({
  value: 'NAME',
  help,
  rule: oneOf(...words),
  read: same,
  words,
})
const columned = (help: string): Option => ({ value: 'NAME,NAME', help, rule: texts, read: list })
const switched = (help: string): Option => ({ help, rule: flag, read: (word) => word === 'true' })

export const options: Readonly<Record<OptionName, Option>> = {
  source: worded('SOURCE', 'what to learn from'),
  target: worded('COLUMN', 'what to learn of a table: classes where it has names, else numbers'),
  classes: switched('the numbers of the target are classes, too'),
  columns: columned('the columns to learn from (all but the target)'),
  ignore: columned('columns to leave out'),
  categories: columned('columns of numbers that are names: codes of places, of kinds'),
  missing: named(['error', 'drop', 'mean'], 'of cells without a value: error, drop, mean (mean)'),
  standardize: switched('learn z-scores of numbers; --no-standardize takes them as they are (on)'),
  data: worded('DIR', 'where the four files of MNIST lie (or RAVINE_DATA)'),
  test: numeric(part, 'X', 'the part of the examples that is kept for the test, where there is no other (0.2)'),
  examples: numeric(count, 'N', 'learn from the first so many alone (all)'),
  layers: {
    value: 'N,N',
    help: "widths of the hidden layers, or 'none' (512,256; of tables 128,64)",
    rule: counts,
    read: numbers,
  },
  activation: named(activations, 'of the hidden layers: relu, gelu, tanh, … (relu)'),
  dropout: numeric(fraction, 'X', 'part of the numbers behind each hidden layer that is dropped (0)'),
  optimizer: named(optimizerNames, 'sgd, nesterov, adam, … (sgd, with momentum; of tables adam)'),
  optimizers: {
    value: 'NAME,NAME',
    help: 'who takes part (sgd,sgd+momentum,nesterov,ema,adam)',
    rule: namesOf(optimizerNames),
    read: list,
    words: optimizerNames,
  },
  learningRate: numeric(
    positive,
    'X',
    "size of a step (0.01 for sgd and its kin, else the optimizer's own; of tables 0.003)",
  ),
  momentum: numeric(fraction, 'X', 'part of the velocity that stays (0.9)'),
  form: named(forms, 'of momentum: heavyBall, velocity, ema (heavyBall)'),
  nesterov: switched('look ahead along the velocity'),
  weightDecay: numeric(notNegative, 'X', 'pulls parameters to zero (0)'),
  schedule: named(
    scheduleNames,
    'of the learning rate: constant, linear, cosine, oneCycle (constant; of tables cosine)',
  ),
  epochs: numeric(count, 'N', 'passes over the training data (10; of tables 30)'),
  batchSize: numeric(count, 'N', 'examples of one step (64)'),
  patience: numeric(count, 'N', 'stop after so many epochs without a better test loss, and keep the best (never)'),
  seed: numeric(wholeNumber, 'N', 'decides initial weights and every shuffle (1)'),
  threads: numeric(count, 'N', 'of a run (the engine finds the best number, at most RAVINE_THREADS)'),
  backend: named(['native', 'reference'], 'native or reference (native)'),
  profile: switched('show where the time of a step goes'),
  out: worded('FILE', 'keep the model there, as it is after each epoch (.safetensors)'),
  port: numeric(ports, 'N', 'of this machine (one that is free)'),
  checkpoint: worded('FILE', 'write each epoch there instead, for --resume'),
  resume: worded('FILE', 'go on from that file, to the bit'),
  tensorboard: worded('DIR', 'write event files for TensorBoard there'),
  log: worded('FILE', 'append what happens there, a line of JSON each'),
  report: worded('FILE', 'a page about it for people: curves, mistakes, machine (.html)'),
  onnx: worded('FILE', 'write an ONNX file there (opset 17)'),
  bytes: switched('the file takes features of bytes, 0 … 255, as images have them'),
  probabilities: switched('those of all classes, too'),
  json: switched('an object a line on standard output, for machines; sentences go to standard error'),
  quiet: switched('say nothing that is no error'),
  config: worded('FILE', 'settings in JSON, as --print-config prints them; options go before'),
  printConfig: switched('print the settings in JSON, and do nothing'),
}

export const defaults: Settings = {
  classes: false,
  missing: 'mean',
  standardize: true,
  test: 0.2,
  layers: [512, 256],
  activation: 'relu',
  dropout: 0,
  optimizer: 'sgd',
  optimizers: ['sgd', 'sgd+momentum', 'nesterov', 'ema', 'adam'],
  schedule: 'constant',
  epochs: 10,
  batchSize: 64,
  seed: 1,
  get backend() {
    return available() ? 'native' : 'reference'
  },
  profile: false,
  bytes: false,
  probabilities: false,
  json: false,
  quiet: false,
  printConfig: false,
}

/** learningRate → --learning-rate */
export const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** One line for each option. */
export function optionLines(names: readonly OptionName[], says: Partial<Record<OptionName, string>> = {}): string[] {
  const flags = names.map((name) => `${flagOf(name)} ${options[name].value ?? ''}`)
  return flags.map((flag, i) => `  ${flag.padEnd(25)}${says[names[i]] ?? options[names[i]].help}`)
}
