import type { FileBytes } from '../src/filebytes.js'

/** Bytes of memory, to be read as those of a file. */
export const inMemory = (bytes: Uint8Array): FileBytes => ({
  size: bytes.length,
  read: async (first, length) => Uint8Array.from(bytes.subarray(first, first + length)),
})
