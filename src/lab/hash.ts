import { hyperparameterError } from '../errors.js'
import { checkOptimizer, type Optimizer } from '../optimizer.js'
import { checkSchedule, type Schedule } from '../schedule.js'
import { checkedState, firstState, type State } from './state.js'

// A state as the part of an address after #: name=value for each, a run as type,option:value,… with what is not left to its default, a
// schedule as type~option=value~…

const { runs: _, start: __, surface: ___, ...numbers } = firstState
const numberNames = [...Object.keys(numbers), 'changeRate', 'changeMomentum'] as (keyof State)[]

/** surface=ravine&start=-9,2&…&run=sgd,learningRate:1.8,momentum:0.9&run=… */
export function hashOf(state: State): string {
  const given = numberNames.filter((name) => state[name] !== undefined).map((name) => `${name}=${state[name]}`)
  const middle = state.middle ? [`middle=${state.middle.join(',')}`] : []
  const runs = state.runs.map((run) => `run=${wordOf(run)}`)
  return [`surface=${state.surface}`, `start=${state.start.join(',')}`, ...given, ...middle, ...runs].join('&')
}

/**
 * The state of an address; what it does not say is as at first.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function stateOf(hash: string): State {
  const words = new URLSearchParams(hash.replace(/^#/, ''))
  const known = ['surface', 'start', 'run', 'middle', ...numberNames]
  const strange = [...words.keys()].find((name) => !known.includes(name))
  if (strange) throw hyperparameterError('lab', `an address of ${known.join(', ')}`, strange)
  const given = numberNames.filter((name) => words.has(name)).map((name) => [name, numberOf(words.get(name)!)])
  const surface = words.get('surface') ?? firstState.surface
  const runs = words.has('run') ? words.getAll('run').map(runOfWord) : firstState.runs
  const others = {
    surface: surface as State['surface'],
    runs,
    start: numbersOf(words.get('start')) ?? firstState.start,
    middle: numbersOf(words.get('middle')),
  }
  return checkedState({ ...firstState, ...Object.fromEntries(given), ...others })
}

/** As JavaScript reads it; nothing at all is not 0. */
const numberOf = (word: string) => (word.trim() ? Number(word) : Number.NaN)

const numbersOf = (word: string | null) => word?.split(',').map(numberOf)

function wordOf(run: Optimizer): string {
  const { type, learningRate } = run
  const usual = Object.entries(checkOptimizer('lab', { type, learningRate }))
  const isUsual = ([name, value]: [string, unknown]) =>
    name !== 'learningRate' && usual.some(([other, same]) => name === other && `${same}` === `${value}`)
  const options = Object.entries(run).filter((entry) => !isUsual(entry))
  return [type, ...options.map(([name, value]) => `${name}:${wordsOf(value).join('~')}`)].join(',')
}

function wordsOf(value: unknown): unknown[] {
  if (Array.isArray(value) || typeof value !== 'object') return [value].flat()
  const { type, ...numbers } = value as Schedule
  return [type, ...Object.entries(numbers).map(([name, number]) => `${name}=${number}`)]
}

function runOfWord(word: string): Optimizer {
  const [type, ...options] = word.split(',')
  const pairs = options.map((option) => option.split(':'))
  const given = pairs.map(([name, value = '']) => [
    name,
    name === 'betas' ? value.split('~').map(numberOf) : meantBy(value),
  ])
  return { ...Object.fromEntries(given), type } as Optimizer
}

function meantBy(word: string): unknown {
  if (word.includes('~')) return scheduleOfWord(word)
  if (word === 'true' || word === 'false') return word === 'true'
  const number = numberOf(word)
  return Number.isNaN(number) ? word : number
}

/** Options of a schedule are numbers all; what is not said is left to its default. */
function scheduleOfWord(word: string): Schedule {
  const [type, ...options] = word.split('~')
  const pairs = options.map((option) => option.split('='))
  return checkSchedule('lab', {
    ...Object.fromEntries(pairs.map(([name, value = '']) => [name, numberOf(value)])),
    type,
  })
}
