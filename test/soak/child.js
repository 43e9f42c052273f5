import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Milliseconds after which a process is held to hang, unless it has more to do than others. */
const HANGS = 60_000

/**
 * Runs a module in a process of its own, where 'ravine' is the built package; a signal comes when it prints READY.
 *
 * @returns its exit code, or the signal that ended it, and what it printed
 */
export function child(
  script,
  { flags = [], signal, command = 'node', words = [], env = process.env, hangs = HANGS } = {},
) {
  const life = spawn(command, [...words, ...flags, '--input-type=module', '-e', script], { cwd: root, env })
  let output = ''
  const read = (chunk) => {
    output += chunk
    if (signal && output.includes('READY')) life.kill(signal)
  }
  life.stdout.on('data', read)
  life.stderr.on('data', read)
  const hanging = setTimeout(() => life.kill('SIGKILL'), hangs)
  return new Promise((resolve, reject) => {
    life.on('error', reject)
    life.on('close', (code, ended) => {
      clearTimeout(hanging)
      resolve({ code, signal: ended, output })
    })
  })
}

/** Refuses a process that ended otherwise. */
export async function ends(wanted, script, options) {
  const { code, signal, output } = await child(script, options)
  const same =
    code === (wanted.code ?? null) && signal === (wanted.signal ?? null) && (wanted.output ?? /^/).test(output)
  if (!same) throw new Error(`expected ${JSON.stringify(wanted)} but it ended with ${code ?? signal}:\n${output}`)
  return output
}
