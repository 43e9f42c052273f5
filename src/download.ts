import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { fileError, RavineError } from './errors.js'

/** Milliseconds of silence after which a server counts as dead: until its headers come, and between two parts of the body. */
export interface Patience {
  readonly headers: number
  readonly body: number
}

const usual: Patience = { headers: 4000, body: 20_000 }

/** What is to be brought, and where it goes. */
export interface Download {
  readonly url: string
  readonly path: string
  /** Rejects a file that is not what was wanted. */
  readonly check: (path: string) => Promise<void>
  readonly patience?: Patience
  /** Bytes of which no more are taken. */
  readonly most?: number
}

interface Part {
  /** Where in the file it goes. */
  readonly at: number
  readonly bytes: Uint8Array
}

/**
 * Brings what is at an address into a file, whole and checked or not at all; redirects are followed. What came before a connection broke
 * stays beside the file, and is gone on from: at once while something comes each time, else by the next call.
 *
 * @throws {RavineError} ERR_RAVINE_FILE where the file cannot be written
 * @throws {Error} whatever else went wrong; {@link reason} says it in a few words
 */
export async function download(wanted: Download): Promise<void> {
  const { createHash } = await import('node:crypto')
  const { url, path, check } = wanted
  const partial = `${path}.${createHash('sha256').update(url).digest('hex').slice(0, 8)}.partial`
  const before = await sizeAt(partial)
  await complete(wanted, partial, before)
  try {
    await check(partial)
  } catch (error) {
    await rm(partial, { force: true })
    if (before === 0) throw error
    // What an earlier call left behind was of another file.
    return download(wanted)
  }
  await written(path, rename(partial, path)).catch(async (error) => {
    await rm(partial, { force: true })
    throw error
  })
}

/** Why a download failed: fetch hides it in the cause. */
export function reason(error: unknown): string {
  const { message, cause } = error as Error
  if (!(cause instanceof Error)) return message
  return (cause as NodeJS.ErrnoException).code ?? cause.message
}

/** Tries again as long as each try comes further than those before. */
async function complete(wanted: Download, partial: string, before: number): Promise<void> {
  const reached = { end: before }
  for (let first = before; ; first = reached.end) {
    try {
      return await bring(wanted, partial, first, reached)
    } catch (error) {
      if (error instanceof RavineError) await rm(partial, { force: true })
      if (error instanceof RavineError || !(reached.end > first)) throw error
    }
  }
}

/** Writes each part where it goes, so that two processes that bring the same do not disturb each other; the last is the end. */
async function bring(wanted: Download, partial: string, first: number, reached: { end: number }): Promise<void> {
  const { path, url, patience, most = 2 ** 32 } = wanted
  let file: FileHandle | undefined
  try {
    for await (const { at, bytes } of partsAt(url, first, patience)) {
      if (at + bytes.length > most) throw new Error(`more than ${most} bytes`)
      file ??= await written(path, open(partial, first > 0 ? 'r+' : 'w'))
      await written(path, write(file, bytes, at))
      reached.end = at + bytes.length
    }
    if (!file && first === 0) throw new Error('an empty answer')
    if (file)
      await written(
        path,
        file.truncate(reached.end).then(() => file?.sync()),
      )
  } finally {
    await file?.close()
  }
}

async function* partsAt(url: string, first: number, { headers, body } = usual): AsyncGenerator<Part> {
  const silence = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const wait = (milliseconds: number) => {
    timer = setTimeout(() => silence.abort(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds)
  }
  try {
    wait(headers)
    const response = await fetch(url, { signal: silence.signal, headers: asking(first) })
    // Nothing comes behind what is there.
    if (response.status === 416 && first > 0) return
    if (!response.ok) throw new Error(`HTTP status ${response.status}`)
    let at = response.status === 206 ? startOf(response, first) : 0
    clearTimeout(timer)
    wait(body)
    for await (const bytes of response.body ?? []) {
      clearTimeout(timer)
      yield { at, bytes }
      at += bytes.length
      wait(body)
    }
  } finally {
    clearTimeout(timer)
    // A body that nobody reads would keep its connection open.
    silence.abort()
  }
}

/** Bytes as they lie there, so that places in them are those in the file. */
const asking = (first: number): Record<string, string> => ({
  'accept-encoding': 'identity',
  ...(first > 0 && { range: `bytes=${first}-` }),
})

function startOf({ headers }: Response, first: number): number {
  const [, start] = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '') ?? []
  if (Number(start) === first) return first
  throw new Error('another part than was asked for')
}

async function write(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
  }
}

const sizeAt = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

const written = <T>(path: string, writing: Promise<T>): Promise<T> =>
  writing.catch((cause) => {
    throw fileError('download', `to write ${path}`, (cause as Error).message, cause)
  })
