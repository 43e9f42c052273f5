import { type FileHandle, open } from 'node:fs/promises'
import type { Logger } from '../logger.js'
import { checkValue, text } from '../options.js'

/**
 * Appends lines of JSON to a file, each with the time in milliseconds: { event: 'start', … } with the graph and what the fit was asked,
 * 'step' with `logEvery`, 'epoch' as the history has it, and 'end' with `outcome` and the message of an error. Numbers that are not
 * finite are null, functions and expressions their text.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function jsonLinesLogger(path: string): Logger {
  checkValue('jsonLinesLogger', 'path', path, text)
  let file: FileHandle | undefined
  const write = async (event: string, told: object) => {
    await file?.appendFile(`${JSON.stringify({ event, time: Date.now(), ...told }, said)}\n`)
  }
  return {
    name: 'jsonLinesLogger',
    async start({ parameters, state, ...run }) {
      file = await open(path, 'a')
      await write('start', run)
    },
    step: (entry) => write('step', entry),
    epoch: (entry) => write('epoch', entry),
    async end({ outcome, error, history }) {
      try {
        await write('end', { outcome, epochs: history.length, error: error && messageOf(error) })
      } finally {
        await file?.close()
        file = undefined
      }
    },
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const said = (_: string, value: unknown) =>
  typeof value === 'function' || value instanceof RegExp ? String(value) : value
