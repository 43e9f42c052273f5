import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { median, race } from './measure.js'
import { found, name } from './seed.js'
import { table } from './table.js'

/** What the memory of a process grows to by training the seed MLP on MNIST: resident, at its peak, from before the files are read. */
export default async function bench(rounds) {
  const { directory } = (await found()) ?? {}
  if (!directory) return console.log('\nmemory: skipped, for it needs the real MNIST: RAVINE_DATA says where that is')
  const entries = await race(rounds, [{ who: 'native', measure: () => grow(directory) }])
  table('Growth of the resident memory by two epochs of MNIST, train and test loaded', entries.map(rowOf))
}

/** In a process of its own. */
function grow(directory) {
  const env = { ...process.env, RAVINE_DATA: directory }
  const { stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'grow.js')], { env, encoding: 'utf8' })
  return JSON.parse(stdout)
}

const rowOf = (entry) => ({
  who: entry.who,
  size: name,
  data: megabytes(median(entry, ({ data }) => data)),
  loaded: megabytes(median(entry, ({ loaded }) => loaded)),
  peak: megabytes(median(entry, ({ grown }) => grown)),
  'beyond the data': megabytes(median(entry, ({ data, grown }) => grown - data)),
  loss: median(entry, ({ loss }) => loss).toFixed(6),
})

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
