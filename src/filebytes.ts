import { type FileHandle, open, stat } from 'node:fs/promises'
import { fileError } from './errors.js'

/** Bytes that can be read from any place: a file's, or those of memory. */
export interface FileBytes {
  readonly size: number
  /** `length` bytes from `first` on, fewer only where they end: the beginning of an array of its own. */
  read(first: number, length: number): Promise<Uint8Array>
}

/** Bytes that are read at once. */
const PIECE = 1 << 18
/** Bytes that the system is asked for at once: it gives no more than 2 GiB. */
const MOST = 2 ** 30

/**
 * Opens a file while `use` is at work. What is no file, such as a directory or a pipe, is refused unopened.
 *
 * @throws {RavineError} ERR_RAVINE_FILE
 */
export async function withFile<T>(where: string, path: string, use: (file: FileBytes) => Promise<T>): Promise<T> {
  const file = await openFile(where, path)
  return use(file).finally(() => file.close())
}

/**
 * The same, for who closes it.
 *
 * @throws {RavineError} ERR_RAVINE_FILE
 */
export async function openFile(where: string, path: string): Promise<FileBytes & { close(): Promise<void> }> {
  const file = await opened(where, path)
  const { size } = await file.stat()
  const within = (first: number, length: number) => Math.max(0, Math.min(length, size - first))
  return {
    size,
    read: (first, length) => read(where, path, file, first, within(first, length)),
    close: () => file.close(),
  }
}

/** Those from `first` up to `end`, a piece at a time. */
export async function* piecesOf(file: FileBytes, first = 0, end = file.size): AsyncGenerator<Uint8Array> {
  for (let at = first; at < end; ) {
    const piece = await file.read(at, Math.min(PIECE, end - at))
    if (piece.length === 0) return
    at += piece.length
    yield piece
  }
}

async function opened(where: string, path: string): Promise<FileHandle> {
  try {
    // Opening a pipe would wait for its other end.
    if ((await stat(path)).isFile()) return await open(path)
  } catch (cause) {
    throw fileError(where, 'a readable file', (cause as Error).message, cause)
  }
  throw fileError(where, `${path} to be a file`, 'it is none')
}

async function read(where: string, path: string, file: FileHandle, first: number, length: number) {
  const bytes = room(where, path, length)
  let done = 0
  while (done < length) {
    const wanted = Math.min(length - done, MOST)
    const { bytesRead } = await file.read(bytes, done, wanted, first + done).catch((cause) => {
      throw fileError(where, `to read ${path}`, (cause as Error).message, cause)
    })
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes.subarray(0, done)
}

function room(where: string, path: string, length: number): Uint8Array {
  try {
    return new Uint8Array(length)
  } catch (cause) {
    throw fileError(where, `${length} bytes of ${path} to fit into memory`, 'they do not', cause)
  }
}
