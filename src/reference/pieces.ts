/** Milliseconds of work between two breaths of the event loop. */
const BREATH = 10

/** Work that can be put down between two of its pieces: each `yield` ends one. */
export type Pieces<T = void> = Generator<undefined, T, undefined>

/** Does the work at once. */
export function finish<T>(work: Pieces<T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

/** Does the work with a breath for the event loop before it and every 10 ms, as far as its pieces are shorter than that. */
export async function inBreaths<T>(work: Pieces<T>): Promise<T> {
  for (;;) {
    await new Promise((next) => setImmediate(next))
    const until = performance.now() + BREATH
    while (performance.now() < until) {
      const { done, value } = work.next()
      if (done) return value
    }
  }
}
