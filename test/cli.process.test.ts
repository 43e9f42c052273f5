import { execFile, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

/** What the system, not ravine, is the cause of: the built program, as a process. */
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const has = (...line: [string, ...string[]]) => spawnSync(line[0], line.slice(1)).status === 0

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ravine-process-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(file: string, ...words: string[]): Promise<{ code: unknown; output: string; errors: string }> {
  return new Promise((done) => {
    execFile(file, words, (error, output, errors) => done({ code: error?.code ?? 0, output, errors }))
  })
}

it.skipIf(process.platform === 'win32' || !has('bash', '-c', 'true'))(
  'ends without a word when nobody reads on',
  async () => {
    const model = join(folder, 'model')
    await run(process.execPath, cli, 'train', 'digits', '--examples', '200', '--layers', '4', '--out', model)
    for (const line of ['info', `predict ${model} digits --json`]) {
      const program = `"$0" "$1" ${line} 2>"$2" | head -1; echo "\${PIPESTATUS[0]}"`
      const { output } = await run('bash', '-c', program, process.execPath, cli, join(folder, 'errors'))
      expect([line, output.trim().split('\n').length, output.trim().split('\n').at(-1)]).toEqual([line, 2, '0'])
      const { output: said } = await run('cat', join(folder, 'errors'))
      expect(said).not.toMatch(/EPIPE|^\s+at /m)
    }
  },
)

/** Root may write anywhere: it has to become somebody else. */
const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups']
const drops = process.getuid?.() === 0 && has('setpriv', ...nobody, process.execPath, '--version')
const somebody = drops ? ['setpriv', ...nobody, process.execPath] : [process.execPath]

it.skipIf(process.platform === 'win32' || (process.getuid?.() === 0 && !drops))(
  'says in one sentence where it has no rights, before it trains',
  async () => {
    const [table, secret] = ['table.csv', 'secret.csv'].map((name) => join(folder, name))
    for (const path of [table, secret]) writeFileSync(path, 'a,b\n1,2\n2,3\n3,4\n4,5\n5,6\n')
    chmodSync(secret, 0)
    chmodSync(folder, 0o555)
    const [file, ...words] = [...somebody, cli, 'train']
    for (const line of [
      [table, '--target', 'b', '--out', join(folder, 'model')],
      [table, '--target', 'b', '--report', join(folder, 'page.html')],
      [secret, '--target', 'b', '--quiet'],
    ]) {
      const { code, output, errors } = await run(file, ...words, ...line)
      expect([code, output]).toEqual([1, ''])
      expect(errors).toMatch(/^ravine: .* but .*denied.* \(ERR_RAVINE_FILE\)\n$/)
    }
    chmodSync(folder, 0o755)
  },
)

it('says so where a port is taken', async () => {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const { code, errors } = await run(process.execPath, cli, 'lab', '--port', `${port}`)
  server.close()
  expect([code, errors]).toEqual([1, expect.stringMatching(/^ravine: lab: expected port \d+ .* but something else/)])
})
