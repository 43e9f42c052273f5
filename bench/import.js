import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../scripts/command.js'
import { bundle } from '../scripts/pack/bundle.js'
import { median, race } from './measure.js'
import { duration, table } from './table.js'

/**
 * What a program waits for `import 'ravine'` beyond Node's own start, and until it has a model, as ravine is packed and as it is compiled;
 * and the time of CPUs that it takes, which others' work touches less. Whole processes, 20 in a round.
 */
export default async function bench(rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'ravine-import-'))
  try {
    await bundle(folder)
    copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
    symlinkSync(join(root, 'native'), join(folder, 'native'), 'junction')
    const programs = [['nothing', ''], ...programsOf('packed', folder), ...programsOf('compiled', root)]
    const entries = await race(rounds * 20, programs.map(contestant(folder)))
    const [nothing, ...others] = entries.map(({ who, ...entry }) => ({
      who,
      seconds: median(entry, ({ seconds }) => seconds),
      cpu: median(entry, ({ cpu }) => cpu),
    }))
    const [time, cpu] = [nothing.seconds, nothing.cpu].map(duration)
    table(`A process that imports nothing: ${time}, of CPUs ${cpu}; beyond that`, others.map(rowOf(nothing)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function programsOf(who, folder) {
  const url = pathToFileURL(join(folder, 'dist/index.js'))
  const model = `import { dense, sequential } from '${url}'\nsequential({ inputs: 784, seed: 1 }, [dense(10)])\n`
  return [
    [`${who}, import`, `import '${url}'\n`],
    [`${who}, first model`, model],
  ]
}

const contestant =
  (folder) =>
  ([who, program], i) => {
    const file = join(folder, `${i}.mjs`)
    writeFileSync(file, program + ending)
    return { who, threads: 1, measure: () => secondsOf(file) }
  }

/** Says what time of CPUs the process has taken. */
const ending = `
import { writeSync } from 'node:fs'
const { user, system } = process.cpuUsage()
writeSync(1, String((user + system) / 1e6))
`

function secondsOf(file) {
  const start = performance.now()
  const { status, stdout } = spawnSync(process.execPath, [file])
  if (status !== 0) throw new Error(`import: ${file} ended with ${status}`)
  return { seconds: (performance.now() - start) / 1000, cpu: Number(stdout) }
}

const rowOf =
  (nothing) =>
  ({ who, seconds, cpu }) => ({
    who,
    time: milliseconds(seconds - nothing.seconds),
    'of CPUs': milliseconds(cpu - nothing.cpu),
  })

/** Of a difference, which noise may turn. */
const milliseconds = (seconds) => `${(seconds * 1000).toFixed(1)} ms`
