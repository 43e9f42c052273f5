import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Copies what is installed of the package into a directory; its entry. */
export function copied(directory) {
  for (const part of ['dist', 'native', 'package.json'])
    cpSync(join(root, part), join(directory, part), { recursive: true })
  return join(directory, 'dist', 'index.js')
}
