/** Calls of which each begins when the one before has ended, the first at once. */
export class Turns {
  #calls = 0
  #last: Promise<unknown> = Promise.resolve()

  /** Whether a call is in hand. */
  get taken(): boolean {
    return this.#calls > 0
  }

  /** Resolves when the calls in hand have ended, however. */
  get ended(): Promise<unknown> {
    return this.#last
  }

  async take<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.#calls++ === 0 ? call() : this.#last.then(call)
    this.#last = turn.catch(() => undefined)
    return turn.finally(() => {
      this.#calls--
    })
  }
}
