import type { HistoryEntry } from '../history.js'
import type { Logger } from '../logger.js'
import { checkOptions, count, type Rule } from '../options.js'

export interface ConsoleLoggerOptions {
  /** Where the lines go; standard output by default. */
  readonly stream?: { write(text: string): unknown }
  /** Epochs from one line to the next; 1 by default. The last has one always. */
  readonly every?: number
}

const writable: Rule = {
  expected: 'a stream to write to',
  test: (value) => typeof (value as { write?: unknown } | null)?.write === 'function',
}

/**
 * Writes a line for an epoch, with every number that it tells: `epoch 3  steps 5628  loss 0.1203  seconds 1.234`.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  options = checkOptions('consoleLogger', options, { stream: writable, every: count })
  const { stream = process.stdout, every = 1 } = options
  let waiting: HistoryEntry | undefined
  const write = (entry: HistoryEntry) => void stream.write(`${lineOf(entry)}\n`)
  return {
    name: 'consoleLogger',
    epoch(entry) {
      waiting = entry.epoch % every === 0 ? undefined : entry
      if (!waiting) write(entry)
    },
    end() {
      if (waiting) write(waiting)
      waiting = undefined
    },
  }
}

const lineOf = (entry: HistoryEntry) =>
  Object.entries(entry)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join('  ')

const shown = (value: number) => (Number.isInteger(value) ? value : value.toPrecision(4))
