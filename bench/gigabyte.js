import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, race } from './measure.js'
import { duration, table } from './table.js'
import { header, lines, tables } from './tables.js'

const BYTES = 1e9
/** Rows that are written again and again. */
const ROWS = 100_000

/** A file of separated values of a gigabyte, read once by a process of its own: the time, and the memory beside the dataset. */
export default async function bench(rounds) {
  const path = join(tmpdir(), `ravine-bench-${process.pid}.csv`)
  try {
    const contestants = Object.entries(tables).map(([name, row]) => ({
      name,
      measure: () => read(written(path, row)),
    }))
    table(
      'A gigabyte of separated values to f32, in a process of its own',
      (await race(rounds, contestants)).map(rowOf),
    )
  } finally {
    rmSync(path, { force: true })
  }
}

function written(path, row) {
  const [file, block] = [openSync(path, 'w'), `${lines(row, ROWS)}\n`]
  try {
    for (let bytes = writeSync(file, `${header}\n`); bytes < BYTES; ) bytes += writeSync(file, block)
  } finally {
    closeSync(file)
  }
  return path
}

function read(path) {
  const { stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'grow.csv.js'), path], { encoding: 'utf8' })
  return JSON.parse(stdout)
}

const rowOf = (entry) => ({
  who: 'native',
  file: `${entry.name}, 1 GB`,
  threads: 1,
  time: duration(median(entry, ({ seconds }) => seconds)),
  speed: `${(BYTES / 1e6 / median(entry, ({ seconds }) => seconds)).toFixed(0)} MB/s`,
  dataset: megabytes(median(entry, ({ data }) => data)),
  'beyond it': megabytes(median(entry, ({ data, grown }) => grown - data)),
})

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
