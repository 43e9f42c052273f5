import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { median, race, threadCounts } from './measure.js'
import { name, operations } from './seed.js'
import { round, speed, table } from './table.js'

/** More threads than most machines have. */
const MANY = 16

/** What it costs to be told nothing, or too much: each contestant is a process of its own, and rests while another has its turn. */
export default async function bench(rounds) {
  const fixed = await Promise.all(threadCounts.map((threads) => pupil(`threads: ${threads}`, { threads })))
  const free = [await pupil('by default', {}), await pupil(`RAVINE_THREADS=${MANY}`, { RAVINE_THREADS: MANY })]
  const entries = await race(rounds, [...fixed, ...free])
  for (const { child } of entries) child.disconnect()
  const best = entries.slice(0, fixed.length).reduce((best, entry) => (time(entry) < time(best) ? entry : best))
  table(
    `An epoch of ${name}, batch 64, in processes of their own; loss of epoch ${rounds + 1}`,
    entries.map((entry) => rowOf(entry, best)),
  )
}

async function pupil(who, { threads, ...told }) {
  const { RAVINE_THREADS: _, ...env } = process.env
  const words = threads ? [String(threads)] : []
  const child = fork(join(import.meta.dirname, 'pupil.js'), words, { env: { ...env, ...told } })
  const [examples] = await answer(child)
  const measure = async () => {
    child.send('epoch')
    const [sample] = await answer(child)
    return sample
  }
  return { who, threads, child, examples, measure }
}

/** Its next message; one that ends without is an error, not silence. */
async function answer(child) {
  const ended = new AbortController()
  const { signal } = ended
  const end = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`threads: a process ended with ${code}`)
  })
  try {
    return await Promise.race([once(child, 'message', { signal }), end])
  } finally {
    end.catch(() => {})
    ended.abort()
  }
}

const time = (entry) => median(entry, ({ seconds }) => seconds)

function rowOf(entry, best) {
  const ratios = entry.samples.map(({ seconds }, i) => ({ ratio: seconds / best.samples[i].seconds }))
  return {
    who: entry.who,
    size: `${entry.examples} × ${name}`,
    ...speed(entry, operations * entry.examples),
    '× best fixed': round(median({ samples: ratios }, ({ ratio }) => ratio)),
    loss: entry.samples.at(-1).loss.toFixed(6),
  }
}
