import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileError } from './errors.js'

/** Where the files of known data are looked for, themselves or in a folder of their name: in `directory`, or $RAVINE_DATA and the cache. */
export function placesOf(name: string, directory?: string): string[] {
  const roots = directory === undefined ? [process.env.RAVINE_DATA || cacheDirectory(), cacheDirectory()] : [directory]
  return [...new Set(roots)].flatMap((root) => [root, join(root, name)])
}

/**
 * The folder of the cache for them, made if it was not there.
 *
 * @throws {RavineError} ERR_RAVINE_FILE
 */
export async function cacheFor(where: string, name: string): Promise<string> {
  const directory = join(cacheDirectory(), name)
  try {
    await mkdir(directory, { recursive: true })
    return directory
  } catch (cause) {
    throw fileError(where, `to keep files in ${directory}`, (cause as Error).message, cause)
  }
}

/** Where this system wants what can be had again. */
function cacheDirectory(): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  const home = homedir()
  if (process.platform === 'win32') return join(LOCALAPPDATA || join(home, 'AppData', 'Local'), 'ravine')
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'ravine')
  return join(XDG_CACHE_HOME || join(home, '.cache'), 'ravine')
}
