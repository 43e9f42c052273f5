import { dataError, RavineError } from './errors.js'

/** Text in pieces: bytes in UTF-8, or strings. */
export type Pieces = AsyncIterable<Uint8Array | string>

/** Characters of a line: what has no ends of lines is not taken into memory as one. */
const LONGEST = 2 ** 24

/**
 * The lines of a text as they come, those of each piece together, without their ends ('\n' or '\r\n').
 *
 * @throws {RavineError} ERR_RAVINE_DATA for bytes that are no UTF-8, or a line of more than 2²⁴ characters
 */
export async function* linesOf(where: string, name: string, pieces: Pieces): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let [rest, count] = ['', 1]
  const taken = (text: string): string[] => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    count += lines.length
    if (rest.length > LONGEST)
      throw dataError(where, `line ${count} of ${name} to have at most ${LONGEST} characters`, rest.length)
    return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  }
  const decoded = (piece?: Uint8Array) => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined })
    } catch (cause) {
      throw new RavineError(
        'ERR_RAVINE_DATA',
        `${where}: expected ${name} in UTF-8 but it has other bytes after line ${count - 1}`,
        { cause },
      )
    }
  }
  for await (const piece of pieces) yield taken(typeof piece === 'string' ? piece : decoded(piece))
  yield taken(`${decoded()}\n`)
}
