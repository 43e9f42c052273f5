import { spawnSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cpu, version } from 'ravine'
import { peak, threadCounts } from './measure.js'

const benches = [
  'mnist',
  'shapes',
  'cold',
  'threads',
  'memory',
  'matmul',
  'momentum',
  'optimizers',
  'small',
  'predict',
  'serve',
  'csv',
  'import',
  'gigabyte',
]
const usage = `usage: npm run bench -- [${benches.join('] [')}] [--rounds 5]`

const wanted = asked()
if (wanted instanceof Error) {
  console.error(`${wanted.message}\n${usage}`)
  process.exitCode = 2
} else run(wanted)

/** What the command line asks for, all benches by default; or what is wrong with it. */
function asked() {
  try {
    const options = { rounds: { type: 'string', default: '5' } }
    const { values, positionals: names } = parseArgs({ options, allowPositionals: true })
    const unknown = names.find((name) => !benches.includes(name))
    if (unknown) return new Error(`expected a bench but received '${unknown}'`)
    if (!/^[1-9]\d*$/.test(values.rounds)) return new Error(`expected rounds ≥ 1 but received '${values.rounds}'`)
    return { rounds: values.rounds, names: names.length > 0 ? names : benches }
  } catch (error) {
    return error
  }
}

function run({ rounds, names }) {
  console.log(machine())
  console.log(`medians of ${rounds} interleaved rounds; load average at the start ${loadavg()[0].toFixed(2)}`)
  for (const name of names) {
    const words = [join(import.meta.dirname, 'one.js'), name, rounds]
    const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
}

function machine() {
  const peaks = threadCounts.map((threads) => `${peak(threads).toFixed(0)} GFLOP/s on ${threads}`)
  const software = `ravine ${version}, Node ${process.version}, ${process.platform}-${process.arch}`
  const hardware = `${cpus().length} × ${cpus()[0].model.trim()}, ${cpu().instructionSet}`
  return `${software}, ${new Date().toISOString().slice(0, 10)}\n${hardware}; FMA peak ${peaks.join(', ')}`
}
