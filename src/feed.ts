import { dataError } from './errors.js'

/** Things one after another, as they come; a function gives them anew each time. */
export type Source<T> = Iterable<T> | AsyncIterable<T> | (() => Iterable<T> | AsyncIterable<T>)

/** Whether a value is such a source, as far as can be seen without opening it. */
export const isSource = (value: unknown): value is Source<unknown> =>
  typeof value === 'function' || Symbol.asyncIterator in Object(value) || Symbol.iterator in Object(value)

/** Whether a source is an iterator itself, as a generator is: it has no second pass. */
export const isPassing = (source: object) => typeof source !== 'function' && 'next' in source

/** One pass over a source, which is asked for the next thing only when it is wanted, and for one at a time. */
export class Feed<T> {
  readonly #iterator: Iterator<T> | AsyncIterator<T>
  #coming?: Promise<{ readonly value: T } | undefined>
  /** Whether an answer of the iterator is awaited. */
  #waiting = false
  /** Whether the iterator has ended by itself. */
  #ended = false
  /** Whether nothing more is wanted. */
  stopped = false
  #wake?: () => void

  constructor(source: Source<T>) {
    this.#iterator = opened(source)
  }

  /** Asks for the next thing, if that has not been done. */
  ask(): void {
    if (this.#coming || this.stopped) return
    this.#coming = this.#pull()
    // What it fails of comes out of `next`.
    this.#coming.catch(() => undefined)
  }

  /** The next thing; none at the end, or when the feed is stopped meanwhile. */
  async next(): Promise<{ readonly value: T } | undefined> {
    this.ask()
    const coming = this.#coming
    this.#coming = undefined
    if (this.stopped) return undefined
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve(undefined)
      coming?.then(resolve, reject)
    })
  }

  stop(): void {
    this.stopped = true
    this.#wake?.()
  }

  /** Lets the iterator go, if it has not ended; waits for it unless it owes an answer, which may never come. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    const closed = (async () => this.#iterator.return?.())()
    if (this.#waiting) closed.catch(() => undefined)
    else await closed
  }

  async #pull(): Promise<{ readonly value: T } | undefined> {
    const { done, value } = await this.#answer()
    return done ? undefined : { value: await value }
  }

  async #answer(): Promise<IteratorResult<T>> {
    this.#waiting = true
    try {
      const answer = await this.#iterator.next()
      if (answer.done) this.#ended = true
      return answer
    } catch (error) {
      this.#ended = true
      throw error
    } finally {
      this.#waiting = false
    }
  }
}

function opened<T>(source: Source<T>): Iterator<T> | AsyncIterator<T> {
  const things = typeof source === 'function' ? source() : source
  if (!isSource(things) || typeof things === 'function') {
    throw dataError('fit', 'a function of batches to give what can be iterated', things)
  }
  return Symbol.asyncIterator in things ? things[Symbol.asyncIterator]() : things[Symbol.iterator]()
}
