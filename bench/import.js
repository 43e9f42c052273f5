import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../scripts/command.js'
import { bundle } from '../scripts/pack/bundle.js'
import { median, race } from './measure.js'
import { duration, table } from './table.js'

/** What a program waits for `import 'ravine'` beyond Node's own start, as it is packed and as it is compiled: whole processes, 20 in a round. */
export default async function bench(rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'ravine-import-'))
  try {
    await bundle(folder)
    copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
    const imports = { nothing: [], packed: [join(folder, 'dist/index.js')], compiled: [join(root, 'dist/index.js')] }
    const entries = await race(rounds * 20, Object.entries(imports).map(contestant(folder)))
    const [nothing, ...others] = entries.map((entry) => [entry.who, median(entry, ({ seconds }) => seconds)])
    table(`A process that imports nothing: ${duration(nothing[1])}; beyond that`, others.map(rowOf(nothing[1])))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const contestant =
  (folder) =>
  ([who, paths]) => {
    const file = join(folder, `${who}.mjs`)
    writeFileSync(file, paths.map((path) => `import '${pathToFileURL(path)}'\n`).join(''))
    return { who, threads: 1, measure: () => secondsOf(file) }
  }

function secondsOf(file) {
  const start = performance.now()
  const { status } = spawnSync(process.execPath, [file])
  if (status !== 0) throw new Error(`import: ${file} ended with ${status}`)
  return { seconds: (performance.now() - start) / 1000 }
}

const rowOf =
  (nothing) =>
  ([who, seconds]) => ({ who, import: duration(seconds - nothing) })
