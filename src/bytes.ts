import { pipeline, Readable, type Transform } from 'node:stream'
import { RavineError } from './errors.js'
import { type FileBytes, openFile, piecesOf, withFile } from './filebytes.js'

/** Nothing is larger out of deflate by more. */
export const MOST_PACKED = 1032
/** Bytes that are unpacked at once. */
const chunkSize = 1 << 17

/** Bytes that come in pieces, taken from the front. */
export class Bytes {
  /** No more can come: what a file says of itself is held against this before anything is allocated. */
  readonly most: number
  /** Those that have been taken. */
  taken = 0
  readonly #pieces: AsyncIterator<Uint8Array>
  #piece: Uint8Array = new Uint8Array(0)

  constructor(pieces: AsyncIterable<Uint8Array>, most: number) {
    this.#pieces = pieces[Symbol.asyncIterator]()
    this.most = most
  }

  /** Moves the next bytes into `target`, and says how many: fewer than it has room for only at the end. */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0
    while (filled < target.length && !(await this.ended())) {
      const part = this.#piece.subarray(0, target.length - filled)
      target.set(part, filled)
      filled += part.length
      this.#piece = this.#piece.subarray(part.length)
    }
    this.taken += filled
    return filled
  }

  /** The next `length` bytes, or what is left. */
  async take(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.min(length, this.most))
    return bytes.subarray(0, await this.fill(bytes))
  }

  /** Whether there are no more. */
  async ended(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next()
      if (done) return true
      this.#piece = value
    }
    return false
  }

  async close(): Promise<void> {
    await this.#pieces.return?.()
  }
}

/**
 * Opens a file as bytes while `use` is at work, out of gzip where they are in it: the first two tell, not the name.
 *
 * @throws {RavineError} ERR_RAVINE_FILE where it cannot be read; ERR_RAVINE_DATA where its gzip is not whole
 */
export function withBytes<T>(where: string, path: string, use: (bytes: Bytes) => Promise<T>): Promise<T> {
  return withFile(where, path, async (file) => {
    const bytes = await bytesOf(where, path, file)
    return use(bytes).finally(() => bytes.close())
  })
}

/** A file from its beginning, out of gzip where it is in it. */
export async function bytesOf(where: string, name: string, file: FileBytes): Promise<Bytes> {
  const packed = await isGzip(file)
  return new Bytes(unpackedPieces(where, name, file, packed), packed ? MOST_PACKED * file.size : file.size)
}

/**
 * The same in the pieces as they come.
 *
 * @throws {RavineError} ERR_RAVINE_FILE, ERR_RAVINE_DATA
 */
export async function* piecesIn(where: string, path: string): AsyncGenerator<Uint8Array> {
  const file = await openFile(where, path)
  try {
    yield* unpackedPieces(where, path, file, await isGzip(file))
  } finally {
    await file.close()
  }
}

async function isGzip(file: FileBytes): Promise<boolean> {
  const [first, second] = await file.read(0, 2)
  return first === 0x1f && second === 0x8b
}

async function* unpackedPieces(where: string, name: string, file: FileBytes, packed: boolean) {
  if (!packed) return yield* piecesOf(file)
  const { createGunzip } = await import('node:zlib')
  yield* unpacked(`${where}: expected ${name} to be whole gzip`, piecesOf(file), createGunzip({ chunkSize }))
}

/**
 * What comes out of packed pieces.
 *
 * @param expected the beginning of the sentence about what cannot be unpacked
 */
export async function* unpacked(expected: string, packed: AsyncIterable<Uint8Array>, unpack: Transform) {
  try {
    // Whatever fails comes out of the last stream of a pipeline.
    yield* pipeline(Readable.from(packed), unpack, () => undefined) as AsyncIterable<Uint8Array>
  } catch (cause) {
    if (cause instanceof RavineError) throw cause
    throw new RavineError('ERR_RAVINE_DATA', `${expected} but ${(cause as Error).message}`, { cause })
  }
}
