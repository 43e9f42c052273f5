import { readFile } from 'node:fs/promises'
import { describe, fileError } from '../errors.js'
import { type OptionName, options, type Settings } from './options.js'
import { refused, suggestion, UsageError } from './usage.js'

/** What a configuration has nothing to say of. */
const unsaid: readonly OptionName[] = ['config', 'printConfig']

/**
 * Settings from a file of JSON, each checked as an option is: `{ "source": "mnist", "layers": [512, 256], "learningRate": 0.01 }`.
 *
 * @throws {UsageError} for a key that is no option of the command, or a value that it does not take
 * @throws {RavineError} ERR_RAVINE_FILE where there is no such file, or it is not JSON
 */
export async function readConfig(path: string, names: readonly OptionName[]): Promise<Partial<Settings>> {
  const given = await json(path)
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw new UsageError(`expected ${path} to be an object of settings but received ${describe(given)}`)
  }
  const known = names.filter((name) => !unsaid.includes(name))
  for (const [key, value] of Object.entries(given)) check(path, key, value, known)
  return given
}

/** Settings in JSON, as `readConfig` takes them. */
export function printed(settings: Partial<Settings>, names: readonly OptionName[]): string {
  const said = names.filter((name) => !unsaid.includes(name) && settings[name] !== undefined)
  return JSON.stringify(Object.fromEntries(said.map((name) => [name, settings[name]])), null, 2)
}

function check(path: string, key: string, value: unknown, known: readonly OptionName[]): void {
  const name = known.find((name) => name === key)
  if (!name) throw new UsageError(`${path}: there is no setting '${key}' here${suggestion(key, known)}`)
  if (!options[name].rule.test(value)) throw refused(`${name} in ${path}`, options[name], value, describe(value))
}

async function json(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw fileError('config', `to read ${path}`, cause.message, cause)
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw fileError('config', `${path} to be JSON`, (cause as Error).message, cause)
  }
}
