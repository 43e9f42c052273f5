import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { platform } from '../src/addon.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const name = `@ravine/${platform()}`

/** A project with ravine installed, and no addon. */
let project: string

function write(path: string, text: string | Uint8Array): void {
  mkdirSync(join(project, 'node_modules', path, '..'), { recursive: true })
  writeFileSync(join(project, 'node_modules', path), text)
}

/** The manifest as it is published, asking for some packages. */
function publish(...optional: readonly string[]): void {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const optionalDependencies = Object.fromEntries(optional.map((name) => [name, manifest.version]))
  write('ravine/package.json', JSON.stringify({ ...manifest, optionalDependencies }))
}

/** A package of the platform, whose main file is no addon at all, or JavaScript that does as if it were one. */
function addPackage(main: string, text: string): void {
  write(`${name}/package.json`, JSON.stringify({ main }))
  write(`${name}/${main}`, text)
}

const answering = "module.exports = { cpu: () => ({ instructionSet: 'of the package', threads: 1 }) }"

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'ravine-addon-'))
  publish(name)
  cpSync(join(root, 'dist'), join(project, 'node_modules/ravine/dist'), { recursive: true })
})
afterEach(() => rmSync(project, { recursive: true }))

/** What a program of the project prints on standard output and standard error. */
function run(program: string): Promise<{ readonly said: string; readonly warned: string }> {
  const words = ['--input-type=module', '--eval', program]
  return new Promise((done, fail) => {
    execFile(process.execPath, words, { cwd: project }, (error, said, warned) => {
      if (error) fail(error)
      else done({ said: said.trim(), warned: warned.trim() })
    })
  })
}

const instructionSet = "import { cpu } from 'ravine'; console.log(cpu().instructionSet)"
const trained = (options: string) => `
  import { dataset, dense, sequential, sgd } from 'ravine'
  const options = { inputs: 1, ...${options} }
  try {
    const [model, other] = [sequential(options, [dense(1)]), sequential(options, [dense(1)])]
    await model.fit(dataset({ features: Float32Array.of(1, 2), targets: Float32Array.of(1, 2), inputs: 1 }), { optimizer: sgd({ learningRate: 0.1 }), epochs: 1 })
    console.log('trained')
  } catch ({ code, message, cause }) {
    console.log([code, message, cause?.code].join('\\n'))
  }`

describe('the addon', () => {
  it('is that of the package', async () => {
    addPackage('index.js', answering)
    expect(await run(instructionSet)).toEqual({ said: 'of the package', warned: '' })
  })

  it('is rather the one that was built beside the sources', async () => {
    addPackage('index.js', answering)
    const built = `native/ravine.${platform()}.node`
    write(`ravine/${built}`, readFileSync(join(root, built)))
    const { said, warned } = await run(instructionSet)
    expect(said).toMatch(/^(scalar|avx2|avx512|neon)$/)
    expect(warned).toBe('')
  })

  it('is of WebAssembly where there is no other, on Nodes that bear it, and a warning says so', async () => {
    write('@ravine/wasm32-wasi/package.json', '{"main":"index.js"}')
    write('@ravine/wasm32-wasi/index.js', answering)
    const { said, warned } = await run(instructionSet)
    const bears = Number.parseInt(process.versions.node, 10) >= 22
    expect(said).toBe(bears ? 'of the package' : 'javascript')
    expect(warned).toMatch(bears ? /\[RAVINE_WASM\] Warning: ravine runs in WebAssembly/ : /\[RAVINE_REFERENCE\]/)
  })

  it('that npm left out is asked for in a sentence with the way out', async () => {
    const { said, warned } = await run(trained("{ backend: 'native' }"))
    expect(said).toBe(
      `ERR_RAVINE_NATIVE\nravine: expected the package ${name} but it is not installed; npm leaves it out with --omit=optional, or by a ` +
        'package-lock.json of another system (npm/cli#4828): remove that file, remove node_modules and run ' +
        "'npm install' here, or ask for backend: 'reference'\nMODULE_NOT_FOUND",
    )
    expect(warned).toBe('')
  })

  it('that is published for no such system is said to be so', async () => {
    publish('@ravine/plan9-x64')
    const { said } = await run(trained("{ backend: 'native' }"))
    expect(said).toContain(
      `${name} but it is not installed; none is published for this system: build one in a clone by`,
    )
  })

  it('that is there and does not load is told apart, with what the system says', async () => {
    addPackage('ravine.node', 'no addon at all, and long enough to have a header of more than sixty-four bytes')
    const { said } = await run(trained("{ backend: 'native' }"))
    expect(said).toMatch(
      new RegExp(
        `^ERR_RAVINE_NATIVE\nravine: expected ${name} to load but .*ravine\\.node.*; it may be of another system`,
      ),
    )
    expect(said).toMatch(/\nERR_DLOPEN_FAILED$/)
  })

  it('gives place to the reference, with one warning', async () => {
    const { said, warned } = await run(trained('{}'))
    expect(said).toBe('trained')
    const [line, ...others] = warned.split('\n')
    expect(line).toMatch(
      /^\(node:\d+\) \[RAVINE_REFERENCE\] Warning: ravine runs in plain JavaScript, .* many times slower/,
    )
    expect(line).toContain(`expected the package ${name} but it is not installed`)
    expect(others.join()).toMatch(/^(\(Use `.*` to show where the warning was created\))?$/)
    expect(await run(instructionSet)).toMatchObject({ said: 'javascript' })
  })

  it('is not asked for, and nothing is said, where the reference is', async () => {
    expect(await run(trained("{ backend: 'reference' }"))).toEqual({ said: 'trained', warned: '' })
  })

  it('is what ravine/native stands for, and what reads files of separated values', async () => {
    const program = `
      import { csv } from 'ravine'
      import { matmul } from 'ravine/native'
      const told = ({ code }) => console.log(code)
      try { matmul(new Float32Array(1), new Float32Array(1), { m: 1, k: 1, n: 1 }) } catch (error) { told(error) }
      await csv('none.csv', { target: 'y' }).catch(told)`
    expect(await run(program)).toEqual({ said: 'ERR_RAVINE_NATIVE\nERR_RAVINE_NATIVE', warned: '' })
  })
})
