import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.js'

/** One hash over files and folders of the repository, in the order of their names, and over anything else that decides a product. */
export function hashOf(paths, ...also) {
  const hash = createHash('sha256').update(JSON.stringify(also))
  for (const path of paths.flatMap(filesIn)) {
    const bytes = readFileSync(join(root, path))
    hash.update(`\n${path} ${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}

function filesIn(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  const names = readdirSync(join(root, path)).sort()
  return names.flatMap((name) => filesIn(`${path}/${name}`))
}

/** What a small text file says, or nothing. */
export const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8').trim() : '')
