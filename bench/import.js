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
 * What a program waits for `import 'ravine'` beyond Node's own start, and until it has a model, as ravine is packed and as it is compiled:
 * whole processes, 20 in a round.
 */
export default async function bench(rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'ravine-import-'))
  try {
    await bundle(folder)
    copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
    symlinkSync(join(root, 'native'), join(folder, 'native'), 'junction')
    const programs = [['nothing', ''], ...programsOf('packed', folder), ...programsOf('compiled', root)]
    const entries = await race(rounds * 20, programs.map(contestant(folder)))
    const [nothing, ...seconds] = entries.map((entry) => median(entry, ({ seconds }) => seconds))
    const [packed, compiled] = [seconds.slice(0, 2), seconds.slice(2)]
    const rows = Object.entries({ packed, compiled }).map(rowOf(nothing))
    table(`A process that imports nothing: ${duration(nothing)}; beyond that`, rows)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function programsOf(who, folder) {
  const url = pathToFileURL(join(folder, 'dist/index.js'))
  const model = `import { dense, sequential } from '${url}'\nsequential({ inputs: 784, seed: 1 }, [dense(10)])\n`
  return [
    [`${who}-import`, `import '${url}'\n`],
    [`${who}-model`, model],
  ]
}

const contestant =
  (folder) =>
  ([name, program]) => {
    const file = join(folder, `${name}.mjs`)
    writeFileSync(file, program)
    return { threads: 1, measure: () => secondsOf(file) }
  }

function secondsOf(file) {
  const start = performance.now()
  const { status } = spawnSync(process.execPath, [file])
  if (status !== 0) throw new Error(`import: ${file} ended with ${status}`)
  return { seconds: (performance.now() - start) / 1000 }
}

const rowOf =
  (nothing) =>
  ([who, [imported, modelled]]) => ({
    who,
    import: duration(imported - nothing),
    'first model': duration(modelled - nothing),
  })
