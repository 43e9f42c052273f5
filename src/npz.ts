import { RavineError } from './errors.js'
import { type FileBytes, withFile } from './filebytes.js'
import type { NdArray } from './ndarray.js'
import { readNpy } from './npy.js'
import { bytesIn, membersOf } from './zip.js'

/** What `numpy.savez` puts behind the names. */
const ENDING = '.npy'

/**
 * Reads an npz file, as `numpy.savez` and `savez_compressed` write it: the arrays by their names.
 *
 * `const { x, y } = await npz('points.npz')`
 *
 * @throws {RavineError} ERR_RAVINE_FILE where it cannot be read; ERR_RAVINE_DATA where it is not whole, or has none
 */
export function npz(path: string): Promise<Record<string, NdArray>> {
  return withFile('npz', path, (file) => readNpz(file, path))
}

/**
 * The arrays in the bytes of an npz file, a zip file of npy files; `name` is what errors call it.
 *
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export async function readNpz(file: FileBytes, name: string): Promise<Record<string, NdArray>> {
  const members = (await membersOf('npz', name, file)).filter((member) => member.name.endsWith(ENDING))
  if (members.length === 0)
    throw new RavineError('ERR_RAVINE_DATA', `npz: expected ${name} to have arrays (NAME${ENDING}) but it has none`)
  const arrays = new Map<string, NdArray>()
  for (const member of members) {
    const bytes = await bytesIn('npz', name, file, member)
    const array = await readNpy('npz', bytes, `${member.name} in ${name}`).finally(() => bytes.close())
    arrays.set(member.name.slice(0, -ENDING.length), array)
  }
  return Object.fromEntries(arrays)
}
