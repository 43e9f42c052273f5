import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { csv } from 'ravine'
import { clean, largestError, median, once, race } from './measure.js'
import { duration, table } from './table.js'
import { header, kinds, lines, tables } from './tables.js'

const ROWS = 500_000

/** A file of separated values to f32, in one thread: ravine, and plain JavaScript that splits the text and takes Number of the parts. */
export default async function bench(rounds) {
  const contestants = Object.entries(tables).flatMap(([name, row]) => {
    const path = join(tmpdir(), `ravine-bench-${process.pid}-${name.replaceAll(' ', '-')}.csv`)
    writeFileSync(path, `${header}\n${lines(row, ROWS)}\n`)
    const megabytes = statSync(path).size / 1e6
    const by = (who, read) => ({ who, name, path, megabytes, threads: 1, read, measure: clean(once(() => read(path))) })
    return [by('native', async (path) => (await csv(path)).features), by('plain JavaScript', plain)]
  })
  const entries = await race(rounds, contestants)
  const rows = await Promise.all(entries.map(rowOf))
  for (const { path } of contestants) rmSync(path, { force: true })
  table('Files of separated values to f32', rows)
}

/** Knows beforehand what stands where, and of nothing that could be wrong. */
function plain(path) {
  const [names, ...rows] = readFileSync(path, 'latin1').trimEnd().split('\n')
  const width = names.split(',').length
  const named = Number.isNaN(Number(rows[0].split(',')[width - 1]))
  const order = kinds.toSorted()
  const inputs = named ? width - 1 + kinds.length : width
  const features = new Float32Array(rows.length * inputs)
  rows.forEach((row, i) => {
    const cells = row.split(',')
    for (let j = 0; j < width - Number(named); j++) features[i * inputs + j] = Number(cells[j])
    if (named) features[i * inputs + width - 1 + order.indexOf(cells[width - 1])] = 1
  })
  return features
}

async function rowOf(entry) {
  const seconds = median(entry, ({ seconds }) => seconds)
  return {
    who: entry.who,
    file: `${entry.name}, ${entry.megabytes.toFixed(0)} MB`,
    threads: 1,
    time: duration(seconds),
    speed: `${(entry.megabytes / seconds).toFixed(0)} MB/s`,
    'max error': largestError([await entry.read(entry.path)], [plain(entry.path)]).toExponential(1),
  }
}
