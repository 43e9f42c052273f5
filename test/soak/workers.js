import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { cpu } from 'ravine'
import { threads } from './rss.js'

// Worker threads that load the package, train, and are terminated at random: before they have loaded it, in the midst of a run, or after.

const AT_ONCE = 64
const file = new URL('../process/worker.js', import.meta.url)
/** Milliseconds of life at most, beyond the start of a run. */
const LONGEST = 200

async function live() {
  const worker = new Worker(file, { execArgv: [] })
  const problem = once(worker, 'error').then(([error]) => {
    throw error
  })
  if (Math.random() < 0.7) await Promise.race([once(worker, 'message'), problem])
  await Promise.race([setTimeout(Math.random() * LONGEST), problem])
  problem.catch(() => {})
  await worker.terminate()
}

/** Threads that are left when those that end have ended. */
async function left(wanted) {
  for (let i = 0; i < 100 && threads() > wanted; i++) await setTimeout(50)
  return threads()
}

export const workers = {
  times: 640,
  short: 8,
  async run(times) {
    // What Node and the pool keep: those of a first round.
    await Promise.all([live(), live()])
    const before = threads() + cpu().threads
    for (let done = 0; done < times; done += AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, times - done) }, live))
    }
    const after = await left(before)
    if (after > before) throw new Error(`expected at most ${before} threads in the end but there are ${after}`)
    return `${times} workers, ${Math.min(AT_ONCE, times)} at once, ended at random; ${after} threads left`
  },
}
