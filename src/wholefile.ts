import { access, constants, type FileHandle, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileError } from './errors.js'

/** What a file that is being written is called after its own name: by which machine and process, and one of how many. */
const PARTIAL = /^\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.partial$/
/** Milliseconds after which nobody on another machine can still be writing. */
const DAY = 86_400_000

/**
 * Writes a file whole or not at all: beside its place, onto the disk, then under its name, so that whoever opens it finds the file
 * of before or this one, whenever the process is killed or the machine stops. Writers of one path do not mix: the last one's stays.
 * What killed writers left behind is removed.
 *
 * @param what is written, for the error
 * @throws {RavineError} ERR_RAVINE_FILE; the file of before is as it was
 */
export async function writeWhole(what: string, path: string, parts: Iterable<Uint8Array>): Promise<void> {
  try {
    const { place, mode } = await placeOf(path)
    await sweep(place).catch(() => undefined)
    await replace(place, mode, parts)
    await syncDirectory(dirname(place))
  } catch (cause) {
    throw unwritable(what, path, cause)
  }
}

/**
 * Looks whether a file could be written, without doing it.
 *
 * @throws {RavineError} ERR_RAVINE_FILE
 */
export async function checkPlace(what: string, path: string): Promise<void> {
  try {
    const directory = dirname((await placeOf(path)).place)
    if (!(await stat(directory)).isDirectory()) throw new Error(`${directory} is no directory`)
    await access(directory, constants.W_OK)
  } catch (cause) {
    throw unwritable(what, path, cause)
  }
}

const unwritable = (what: string, path: string, cause: unknown) =>
  fileError(what, `to write ${path}`, (cause as Error).message, cause)

/** Where the file itself lies, links followed, and the rights to it if it is there. */
async function placeOf(path: string): Promise<{ place: string; mode?: number }> {
  const place = await realpath(path).catch(() => path)
  const found = await stat(place).catch(() => undefined)
  // A rename would put a file in the place of a device, too.
  if (found && !found.isFile()) throw new Error('it is no file')
  return { place, mode: found?.mode }
}

async function replace(place: string, mode: number | undefined, parts: Iterable<Uint8Array>): Promise<void> {
  const { randomBytes } = await import('node:crypto')
  const partial = `${place}.${await machine()}-${process.pid}-${randomBytes(4).toString('hex')}.partial`
  try {
    const file = await open(partial, 'wx')
    await fill(file, mode, parts).finally(() => file.close())
    await rename(partial, place)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    throw error
  }
}

async function fill(file: FileHandle, mode: number | undefined, parts: Iterable<Uint8Array>): Promise<void> {
  if (mode !== undefined) await file.chmod(mode & 0o777)
  for (const part of parts) await file.writeFile(part)
  await file.sync()
}

/** The new name too is to outlast a failure of power. Where the system cannot say so of directories, it is up to the system. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path).catch(() => undefined)
  await directory?.sync().catch(() => undefined)
  await directory?.close()
}

async function sweep(place: string): Promise<void> {
  const [directory, name] = [dirname(place), basename(place)]
  const here = await machine()
  for (const entry of await readdir(directory)) {
    const [, writer, pid] = (entry.startsWith(name) && PARTIAL.exec(entry.slice(name.length))) || []
    const path = join(directory, entry)
    if (!writer) continue
    const { mtimeMs } = await stat(path)
    const writing = writer === here ? atWork(Number(pid), mtimeMs) : Date.now() - mtimeMs < DAY
    if (!writing) await rm(path, { force: true })
  }
}

/** What names this machine in a few letters. */
async function machine(): Promise<string> {
  const { createHash } = await import('node:crypto')
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
}

/** Whether a process of this machine that was last seen writing may still be. Of one of the same number as this one, in a container say, it is its time that tells. */
function atWork(pid: number, written: number): boolean {
  return pid === process.pid ? written > Date.now() - 1000 * process.uptime() : isAlive(pid)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
