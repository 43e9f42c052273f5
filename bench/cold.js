import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { median, oneAndAll, race } from './measure.js'
import { found } from './seed.js'
import { duration, percent, table } from './table.js'

/** From the start of a process to 98 % of MNIST's test images: Node, ravine, the files, as many epochs as it takes, each judged. */
export default async function bench(rounds) {
  const { directory } = (await found()) ?? {}
  if (!directory) return console.log('\ncold: skipped, for it needs the real MNIST: RAVINE_DATA says where that is')
  const entries = await race(
    rounds,
    [...oneAndAll, undefined].map((threads) => contestant(directory, threads)),
  )
  table(`From a cold process to 98 % of MNIST's test images, seeds 2 to ${rounds + 1}`, entries.map(rowOf))
}

/** Another seed each round, the same for all. */
function contestant(directory, threads) {
  const limit = threads ? { RAVINE_THREADS: String(threads) } : {}
  const { RAVINE_THREADS: _, ...inherited } = process.env
  const env = { ...inherited, ...limit, RAVINE_DATA: directory }
  let seed = 0
  return { who: 'native', threads, measure: () => learn(++seed, env) }
}

/** What the process printed, and when. */
async function learn(seed, env) {
  const start = performance.now()
  const script = join(import.meta.dirname, 'recipe.js')
  const child = spawn(process.execPath, [script, String(seed)], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    return { seconds: (performance.now() - start) / 1000, ...JSON.parse(line) }
  }
  throw new Error(`cold: seed ${seed} did not get there`)
}

const rowOf = (entry) => ({
  who: entry.who,
  size: entry.samples[0].net,
  threads: entry.threads ?? 'auto',
  time: duration(median(entry, ({ seconds }) => seconds)),
  longest: duration(Math.max(...entry.samples.map(({ seconds }) => seconds))),
  'until loaded': duration(median(entry, ({ loaded }) => loaded)),
  epochs: entry.samples.map(({ passes }) => passes).join(' '),
  loss: median(entry, ({ loss }) => loss).toFixed(4),
  'least accuracy': percent(Math.min(...entry.samples.map(({ accuracy }) => accuracy)), 2),
})
