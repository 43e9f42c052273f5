import { RavineError } from '../errors.js'

/** Work stopped by an interrupt; what is left of it is whole. */
export class Interrupted extends Error {}

/**
 * Does work that an interrupt (Ctrl-C) stops by its signal; a second interrupt ends the program at once.
 *
 * @param advice what can be done next
 * @throws {Interrupted}
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>, advice = () => ''): Promise<T> {
  const controller = new AbortController()
  const stop = () => controller.abort()
  process.once('SIGINT', stop)
  try {
    return await work(controller.signal)
  } catch (error) {
    if (!(error instanceof RavineError && error.code === 'ERR_RAVINE_ABORTED')) throw error
    throw new Interrupted(`interrupted: stopped after the step in hand${advice()}`)
  } finally {
    process.off('SIGINT', stop)
  }
}
