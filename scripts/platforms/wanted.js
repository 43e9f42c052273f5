import { Failure } from '../command.js'
import { platforms } from '../platforms.js'

/** The platforms that a command line names; all where it names none. */
export function wanted(command) {
  const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
  const all = platforms.map(({ name }) => name)
  const unknown = names.find((name) => !all.includes(name))
  if (unknown) throw new Failure(`${command}: expected one of ${all.join(', ')} but received '${unknown}'`)
  return platforms.filter(({ name }) => names.length === 0 || names.includes(name))
}
