import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.js'

/** One hash over files and folders of the repository, and over whatever else decides what becomes of them. */
export function hashOf(paths, ...others) {
  const hash = createHash('sha256').update(JSON.stringify(others))
  for (const path of paths.flatMap(filesAt)) {
    const bytes = readFileSync(join(root, path))
    hash.update(`\n${path} ${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}

/** All but the tests of a crate, which nothing is built of. */
function filesAt(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  const names = readdirSync(join(root, path))
    .filter((name) => name !== 'tests')
    .sort()
  return names.flatMap((name) => filesAt(`${path}/${name}`))
}

/** The text of a file of the repository, or none. */
export function textOf(path) {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
