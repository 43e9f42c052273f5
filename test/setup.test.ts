import { execFile } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const system = `${process.platform}-${process.arch}`

/** A small clone: the real scripts and manifest, the real packages, sources of a line each. */
let clone: string
const at = (path: string) => join(clone, path)

function write(path: string, text: string): void {
  mkdirSync(join(at(path), '..'), { recursive: true })
  writeFileSync(at(path), text)
}

beforeEach(() => {
  const outside = mkdtempSync(join(tmpdir(), 'ravine-setup-'))
  clone = join(outside, 'clone')
  for (const path of ['scripts', 'package.json', 'package-lock.json']) {
    cpSync(join(root, path), at(path), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), at('node_modules'), 'junction')
  for (const path of ['Cargo.toml', 'Cargo.lock', 'crates/ravine-node/Cargo.toml', 'index.d.ts', 'tsconfig.json'])
    write(path, '\n')
  write('src/cli.ts', 'export const answer: number = 42\n')
  for (const name of ['page.ts', 'page.css', 'page.html']) write(`src/lab/${name}`, '\n')
  for (const name of ['page.ts', 'page.css']) write(`src/report/client/${name}`, '\n')
  const compilerOptions = { lib: ['es5'], types: [], strict: true, rootDir: 'src', outDir: 'dist' }
  write('tsconfig.build.json', JSON.stringify({ compilerOptions, include: ['src'] }))
})
afterEach(() => rmSync(join(clone, '..'), { recursive: true }))

interface Ended {
  readonly code: number
  readonly output: string
}

/** Runs node in the clone, where the PATH leads to nothing but what a test puts into bin/. */
function node(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { npm_execpath, ...rest } = process.env
  const options = { cwd: clone, env: { ...rest, PATH: at('bin'), Path: at('bin'), ...env } }
  return new Promise((done) => {
    execFile(process.execPath, words, options, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code) : 0, output: timeless(stdout + stderr) })
    })
  })
}

const setUp = (env?: NodeJS.ProcessEnv) => node(['scripts/setup.js'], env)
const timeless = (output: string) => output.replace(/\d+\.\d s/g, '? s')

/** The package that npm would have installed for this system; it names the sources that it was built from. */
async function addPrebuilt(text: string, ofThese = true): Promise<void> {
  const folder = `../node_modules/@ravine/${system}`
  const script = "import('./scripts/products.js').then(({ addon }) => console.log(addon.sources()))"
  const { output } = await node(['-e', script])
  write(`${folder}/package.json`, '{ "main": "ravine.node" }')
  write(`${folder}/ravine.node`, text)
  write(`${folder}/ravine.sources`, ofThese ? output : 'others')
}

/** A cargo that is there and can do nothing. */
function addCargo(): void {
  write('bin/cargo', '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "no $1 today" >&2\nexit 101\n')
  chmodSync(at('bin/cargo'), 0o755)
}

const taking = `setup: taking the prebuilt addon of @ravine/${system}\n`
const compiling = 'setup: compiling TypeScript … ? s\n'
const addonText = () => readFileSync(at('native/ravine.node'), 'utf8')

describe('set-up', { timeout: 60_000 }, () => {
  it('takes a prebuilt addon and compiles, then has nothing to do or to say', async () => {
    await addPrebuilt('first')
    expect(await setUp()).toEqual({ code: 0, output: taking + compiling })
    expect([addonText(), existsSync(at('dist/cli.js'))]).toEqual(['first', true])
    const start = performance.now()
    expect(await setUp()).toEqual({ code: 0, output: '' })
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('says in one paragraph what to install where there is neither cargo nor a binary', async () => {
    const { code, output } = await setUp()
    expect(code).toBe(1)
    expect(output).toMatch(/^setup: ravine trains in an addon written in Rust\. .*Install Rust .*rustup.*C linker.*\n$/)
    expect(readdirSync(at('native'))).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('builds where the prebuilt addon is of other sources', async () => {
    await addPrebuilt('older', false)
    addCargo()
    const { code, output } = await setUp()
    expect(code).toBe(1)
    expect(output).toMatch(
      /^setup: building the addon with cargo, .* … \? s, failed\n\n.*\n\nfailed: napi build .*\n$/s,
    )
    expect(output).toContain('no metadata today')
    rmSync(at('bin/cargo'))
    expect(await setUp()).toEqual({ code: 0, output: taking + compiling })
  })

  it('does again only what has other sources', async () => {
    await addPrebuilt('first')
    await setUp()
    write('src/cli.ts', 'export const answer: number = 43\n')
    expect(await setUp()).toEqual({ code: 0, output: compiling })
    write('index.d.ts', '// edited by hand\n')
    expect(await setUp()).toEqual({ code: 0, output: taking + compiling })
    write('crates/ravine-node/Cargo.toml', '# changed\n')
    await addPrebuilt('second')
    expect(await setUp()).toEqual({ code: 0, output: taking })
    expect(addonText()).toBe('second')
  })

  it('shows what the compiler says, and tries again', async () => {
    await addPrebuilt('first')
    write('src/cli.ts', "export const answer: number = '42'\n")
    const again = `${compiling.trim()}, failed\n\nsrc/cli.ts(1,14): error TS2322: `
    expect(await setUp()).toEqual({ code: 1, output: expect.stringContaining(taking + again) })
    expect(await setUp()).toEqual({ code: 1, output: expect.stringContaining(again) })
  })

  it('installs the packages where one is missing or of another version', async () => {
    write('../npm-cli.js', "console.log('npm', ...process.argv.slice(2)), process.exit(1)\n")
    const lock = readFileSync(at('package-lock.json'), 'utf8')
    write('package-lock.json', lock.replace('"version": "4.1.12"', '"version": "4.1.13"'))
    const { code, output } = await setUp({ npm_execpath: join(clone, '../npm-cli.js') })
    expect(code).toBe(1)
    expect(output).toMatch(/^setup: installing the locked packages … \? s, failed\n\nnpm ci --include=dev --no-audit /)
  })

  it('works for several at once, also after one that died at it', async () => {
    await addPrebuilt('first')
    write('native/.setup/4194999', '')
    const ended = await Promise.all([setUp(), setUp(), setUp()])
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0])
    const output = ended.map(({ output }) => output).join('')
    expect(output.split(compiling).length).toBe(2)
    expect(output.replace(/setup: waiting for process \d+, which sets up here too\n/g, '')).toBe(taking + compiling)
    expect(readdirSync(at('native')).sort()).toEqual([`${system}.sources`, 'ravine.node'])
  })

  it('refuses a Node that is too old', async () => {
    const manifest = readFileSync(at('package.json'), 'utf8')
    write('package.json', manifest.replace('>=20.17', '>=99.1'))
    const output = `setup: ravine needs Node 99.1 or newer, and this is ${process.versions.node}.\n`
    expect(await setUp()).toEqual({ code: 1, output })
  })
})
