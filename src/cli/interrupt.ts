import { Aborted } from '../run.js'

/** Work stopped by an interrupt; what is left of it is whole. */
export class Interrupted extends Error {}

/**
 * Does work that an interrupt (Ctrl-C) stops by its signal; a second interrupt ends the program at once.
 *
 * @param advice what can be done next, with the file that it can go on from
 * @throws {Interrupted}
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  advice: (from?: string) => string = () => '',
): Promise<T> {
  const controller = new AbortController()
  const stop = () => controller.abort()
  process.once('SIGINT', stop)
  try {
    return await work(controller.signal)
  } catch (error) {
    if (!(error instanceof Aborted)) throw error
    throw new Interrupted(`interrupted: stopped after the step in hand${advice(error.from)}`)
  } finally {
    process.off('SIGINT', stop)
  }
}
