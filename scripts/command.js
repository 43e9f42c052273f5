import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the repository; every command runs there. */
export const root = fileURLToPath(new URL('..', import.meta.url))

export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Where node_modules keeps the tools; so they run alike on every system. */
const tools = {
  biome: '@biomejs/biome/bin/biome',
  attw: '@arethetypeswrong/cli/dist/index.js',
  napi: '@napi-rs/cli/dist/cli.js',
  publint: 'publint/src/cli.js',
  tsc: 'typescript/bin/tsc',
  vitest: 'vitest/vitest.mjs',
}

/** What a person has to read before this can go on. */
export class Failure extends Error {}

/** Runs a command line (words between spaces, a tool of node_modules by its name; more after ' && ') and keeps what it prints. */
export async function run(line, where = {}) {
  const outputs = []
  for (const part of line.split(' && ')) {
    const { ok, output } = await runOne(part, where)
    outputs.push(output)
    if (!ok) return { ok, output: outputs.join('') }
  }
  return { ok: true, output: outputs.join('') }
}

function runOne(line, { cwd = root, env = process.env }) {
  const [command, words] = commandOf(line.split(' '))
  return new Promise((done) => {
    const parts = []
    const child = spawn(command, words, { cwd, env: { ...env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => parts.push(part))
    child.on('error', ({ message }) => done({ ok: false, output: message }))
    child.on('close', (code) => done({ ok: code === 0, output: `${Buffer.concat(parts)}` }))
  })
}

function commandOf([name, ...words]) {
  if (name === 'npm') return npm(words)
  if (name === 'node') return [process.execPath, words]
  if (!Object.hasOwn(tools, name)) return [name, words]
  return [process.execPath, [join(root, 'node_modules', tools[name]), ...words]]
}

/** npm by the file that runs now, where it runs: on Windows its command is a script that only a shell can start. */
function npm(words) {
  const { npm_execpath = '', ComSpec } = process.env
  if (npm_execpath.endsWith('npm-cli.js')) return [process.execPath, [npm_execpath, ...words]]
  return process.platform === 'win32' ? [ComSpec, ['/c', 'npm', ...words]] : ['npm', words]
}

/**
 * Runs a command line and says so on one line: what it is for, the seconds that it took, and what `news` makes of its output.
 * `where`: the folder and the environment that it runs in, those of this process by default.
 *
 * @throws {Failure} with the whole output where the command fails
 */
export async function stage(name, line, news = () => '', where = {}) {
  const start = performance.now()
  process.stdout.write(`${name} … `)
  const { ok, output } = await run(line, where)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  process.stdout.write(`${seconds} s${news(output)}${ok ? '' : ', failed'}\n`)
  if (!ok) throw new Failure(`\n${output.trim()}\n\nfailed: ${line}`)
  return output
}

/** News for a stage of tests: ', N passed, N failed', summed over the lines that count. */
export function countOf(lines) {
  return (output) => {
    const counts = (output.match(lines) ?? []).join('\n')
    const sum = (word) =>
      [...counts.matchAll(RegExp(`(\\d+) ${word}`, 'g'))].reduce((n, [, more]) => n + Number(more), 0)
    return `, ${sum('passed')} passed, ${sum('failed')} failed`
  }
}

/** Runs the program; a failure is said, and the exit code is 1. */
export async function main(program) {
  try {
    await program()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
