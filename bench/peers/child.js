import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { bench, data } from './catalog.js'

/** A peer that has not answered after so many milliseconds hangs. */
const PATIENCE = 300_000

/** Starts a peer on so many threads, and waits for its first line. What it says besides goes to a log. */
export async function start({ name, command }, threads) {
  const [program, ...words] = command
  const log = join(bench, `${name}-${threads}.log`)
  const child = spawn(program, [...words, String(threads), data, join(bench, name)], {
    cwd: resolve(import.meta.dirname, '..'),
    env: { ...process.env, ...limits(threads), PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', openSync(log, 'w')],
  })
  // The end of its output tells as much.
  for (const stream of [child, child.stdin]) stream.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
    const { value, done } = await lines.next()
    clearTimeout(timer)
    return done ? { error: `ended; see ${log}` } : JSON.parse(value)
  }
  const ask = (line) => {
    child.stdin.write(`${line}\n`)
    return answer()
  }
  const { version, jobs = {}, error } = await answer()
  return { name, threads, pid: child.pid, version, jobs, error, ask, stop: () => child.stdin.end() }
}

/** A number of threads, as each library wants to be told. */
function limits(threads) {
  const libraries = ['OMP', 'MKL', 'OPENBLAS', 'MATMUL', 'RAYON']
  const entries = libraries.map((library) => [`${library}_NUM_THREADS`, String(threads)])
  return { ...Object.fromEntries(entries), RAVINE_THREADS: String(threads) }
}
