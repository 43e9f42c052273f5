import { RavineError } from '../errors.js'
import { version } from '../native.js'
import { bench } from './bench.js'
import { check } from './check.js'
import { type Command, helpOf } from './command.js'
import { compare } from './compare.js'
import { completion } from './completion.js'
import { printed, readConfig } from './config.js'
import { demo } from './demo.js'
import { evaluate } from './evaluate.js'
import { exportModel } from './export.js'
import { info } from './info.js'
import { Interrupted } from './interrupt.js'
import { lab } from './lab.js'
import { defaults, type OptionName } from './options.js'
import { predict } from './predict.js'
import { train } from './train.js'
import { read, suggestion, UsageError } from './usage.js'
import { voiceOf } from './voice.js'

const commands: Readonly<Record<string, Command>> = {
  demo,
  train,
  compare,
  evaluate,
  predict,
  export: exportModel,
  info,
  check,
  bench,
  lab,
  completion: completion(() => commands),
}

/** Runs a command line. → the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return (await dispatch(args)) === false ? 1 : 0
  } catch (error) {
    return failed(error, args[0])
  }
}

async function dispatch(line: readonly string[]): Promise<unknown> {
  const [name, ...args] = line
  if (name === '--version') return print(version)
  if (name === '--help' || name === '-h') return print(help())
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : unknown(name)
  if (args.includes('--help') || args.includes('-h')) return print(helpOf(command))
  return obey(command, line)
}

async function obey(command: Command, line: readonly string[]): Promise<unknown> {
  const [name, ...args] = line
  const { settings: said, words } = read(args, command.options)
  const extra = words[command.words]
  if (extra !== undefined) throw new UsageError(`${name} does not know what to do with '${extra}'`)
  const names: readonly OptionName[] = ['source', ...command.options]
  const given = said.config === undefined ? said : { ...(await readConfig(said.config, names)), ...said }
  const settings = command.settle ? await command.settle(given, words) : { ...defaults, ...given }
  if (settings.printConfig) return print(printed(settings, names))
  return command.run({ settings, words, voice: voiceOf(settings), line })
}

const print = (text: string) => void process.stdout.write(`${text}\n`)

function unknown(name?: string): never {
  if (name === undefined) throw new UsageError('expected a command')
  throw new UsageError(`there is no command ${name}${suggestion(name, Object.keys(commands))}`)
}

function help(): string {
  const short = Object.values(commands).map(({ usage, help }) => [usage.replace(' [options]', ''), help])
  const width = Math.max(...short.map(([usage]) => usage.length)) + 2
  const lines = short.map(([usage, help]) => `  ravine ${usage.padEnd(width)}${help}`)
  return ['usage:', ...lines, '', 'ravine COMMAND --help tells its options, ravine --version the version'].join('\n')
}

/** One sentence on standard error. */
function failed(error: unknown, command = ''): number {
  const hint = Object.hasOwn(commands, command) ? `ravine ${command} --help` : 'ravine --help'
  if (error instanceof UsageError) return tell(`${error.message} (${hint} tells what there is)`, 2)
  if (error instanceof Interrupted) return tell(error.message, 130)
  if (error instanceof RavineError) return tell(`${error.message} (${error.code})`, 1)
  throw error
}

function tell(sentence: string, code: number): number {
  process.stderr.write(`ravine: ${sentence}\n`)
  return code
}
