import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The top of the repository; every command runs there. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const tools = {
  biome: '@biomejs/biome/bin/biome',
  napi: '@napi-rs/cli/dist/cli.js',
  tsc: 'typescript/bin/tsc',
  vitest: 'vitest/vitest.mjs',
}

/** Runs a command line (words between spaces; a tool of node_modules by its name) and keeps what it prints. */
export function run(line) {
  const [command, words] = commandOf(line.split(' '))
  return new Promise((done) => {
    const parts = []
    const child = spawn(command, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => parts.push(part))
    child.on('error', ({ message }) => done({ ok: false, output: `${message}\n` }))
    child.on('close', (code) => done({ ok: code === 0, output: `${Buffer.concat(parts)}` }))
  })
}

function commandOf([name, ...words]) {
  const { npm_execpath } = process.env
  if (name === 'npm' && npm_execpath?.endsWith('.js')) return [process.execPath, [npm_execpath, ...words]]
  if (!Object.hasOwn(tools, name)) return [name, words]
  return [process.execPath, [`${root}node_modules/${tools[name]}`, ...words]]
}

/** Does some work on one line of output: what it is, then the seconds that it took. A failure is shown whole and ends the program. */
export async function stage(name, work) {
  const start = performance.now()
  process.stdout.write(name)
  const { ok, output, also = '' } = await work()
  process.stdout.write(` ${((performance.now() - start) / 1000).toFixed(1)} s${also}${ok ? '' : ': failed'}\n`)
  if (ok) return
  process.stderr.write(`\n${output}`)
  process.exit(1)
}
