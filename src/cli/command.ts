import { type OptionName, optionLines, type Settings } from './options.js'
import type { Voice } from './voice.js'

/** One of what ravine can be told to do. */
export interface Command {
  /** Its words, as in `train mnist [options]`. */
  readonly usage: string
  readonly help: string
  /** What may be typed, and what it does. */
  readonly examples?: readonly (readonly [line: string, what: string])[]
  readonly options: readonly OptionName[]
  /** What options mean to it, where that is not what they mean to others. */
  readonly says?: Partial<Readonly<Record<OptionName, string>>>
  /** How many words may follow its name. */
  readonly words: number
  /** Its settings with nothing left to a default, where these are not all. */
  readonly settle?: (given: Partial<Settings>, words: readonly string[]) => Promise<Settings>
  /** False where it failed without an error. */
  readonly run: (call: Call) => unknown
}

/** A command with what was typed behind it. */
export interface Call {
  readonly settings: Settings
  readonly words: readonly string[]
  readonly voice: Voice
  /** As it was typed, for who wants to say what to type next. */
  readonly line: readonly string[]
}

/** A line as it is typed, and as a shell reads it back. */
export const typed = (line: readonly string[]) => ['ravine', ...line.map(quoted)].join(' ')

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)

/** All about one command. */
export function helpOf({ usage, help, examples = [], options, says }: Command): string {
  const told = examples.flatMap(([line, what]) => [`  ravine ${line}`, `      ${what}`])
  const parts = [[`usage: ravine ${usage}`], [help], optionLines(options, says), told]
  return parts
    .flatMap((lines) => (lines.length > 0 ? ['', ...lines] : []))
    .slice(1)
    .join('\n')
}
