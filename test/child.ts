import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** How a process ended: its exit code, or the signal that ended it. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** Runs a module in a process of its own, where 'ravine' is the built package; an interruption comes when it prints READY. */
export function child(script: string, flags: readonly string[] = [], interruption?: NodeJS.Signals): Promise<Ended> {
  const process = spawn('node', [...flags, '--input-type=module', '-e', script], { cwd: root })
  let output = ''
  const read = (chunk: Buffer) => {
    output += chunk
    if (interruption && output.includes('READY')) process.kill(interruption)
  }
  process.stdout.on('data', read)
  process.stderr.on('data', read)
  return new Promise((resolve) => process.on('close', (code, signal) => resolve({ code, signal, output })))
}
