import { RavineError } from '../errors.js'
import { version } from '../native.js'
import { bench } from './bench.js'
import { check } from './check.js'
import { demo } from './demo.js'
import { info } from './info.js'
import { print } from './print.js'
import { train } from './train.js'
import { type OptionName, optionLines, read, type Settings, suggestion, UsageError } from './usage.js'

interface Command {
  readonly usage: string
  readonly help: string
  readonly options: readonly OptionName[]
  /** How many words may follow the command. */
  readonly words: number
  /** False where it failed without an error. */
  readonly run: (settings: Settings, words: readonly string[]) => unknown
}

const network: readonly OptionName[] = ['layers', 'learningRate', 'momentum', 'batchSize']
const training: readonly OptionName[] = ['data', 'epochs', 'seed', 'threads', 'backend']

const commands: Readonly<Record<string, Command>> = {
  demo: {
    usage: 'demo [options]',
    help: 'learn to read digits, then draw a line (npm start)',
    options: training,
    words: 0,
    run: demo,
  },
  train: {
    usage: 'train mnist|digits [options]',
    help: 'train a network on MNIST or on generated digits',
    options: [...training, ...network, 'out'],
    words: 1,
    run: train,
  },
  check: {
    usage: 'check [options]',
    help: 'compare the bits of the addon and of plain JavaScript',
    options: ['threads'],
    words: 0,
    run: check,
  },
  bench: {
    usage: 'bench [options]',
    help: 'measure how fast this machine trains',
    options: ['data', 'examples', 'threads', 'profile'],
    words: 0,
    run: bench,
  },
  info: { usage: 'info', help: 'version, addon and machine', options: [], words: 0, run: info },
}

/** Runs a command line. → the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return (await dispatch(args)) === false ? 1 : 0
  } catch (error) {
    return failed(error)
  }
}

function dispatch([name, ...args]: readonly string[]): unknown {
  if (name === '--version') return print(version)
  if (name === '--help' || name === '-h') return print(help())
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : unknown(name)
  if (args.includes('--help') || args.includes('-h')) return print(helpOf(command))
  const { settings, words } = read(args, command.options)
  const extra = words[command.words]
  if (extra !== undefined) throw new UsageError(`${name} does not know what to do with '${extra}'`)
  return command.run(settings, words)
}

function unknown(name?: string): never {
  if (name === undefined) throw new UsageError('expected a command')
  throw new UsageError(`there is no command ${name}${suggestion(name, Object.keys(commands))}`)
}

function help(): string {
  const lines = Object.values(commands).map(({ usage, help }) => `  ravine ${usage.padEnd(30)}${help}`)
  return ['usage:', ...lines, '', 'ravine COMMAND --help tells its options, ravine --version the version'].join('\n')
}

const helpOf = ({ usage, help, options }: Command) =>
  [`usage: ravine ${usage}`, '', help, ...(options.length > 0 ? ['', ...optionLines(options)] : [])].join('\n')

function failed(error: unknown): number {
  if (error instanceof UsageError) return tell(`${error.message} (ravine --help tells what there is)`, 2)
  if (!(error instanceof RavineError)) throw error
  if (error.code === 'ERR_RAVINE_ABORTED') return tell('interrupted: stopped after the step in hand', 130)
  return tell(`${error.message} (${error.code})`, 1)
}

function tell(sentence: string, code: number): number {
  process.stderr.write(`ravine: ${sentence}\n`)
  return code
}
