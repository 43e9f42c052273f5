import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type * as Addon from '../index.js'
import { RavineError } from './errors.js'

type Native = typeof Addon

const require = createRequire(import.meta.url)
let loaded: Native | undefined
let found: boolean | undefined

/** The platform's name as its package and its file carry it: `linux-x64-gnu`. */
export function platform(): string {
  const { platform, arch } = process
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}${arch === 'arm' ? 'eabihf' : ''}`
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`
}

function isMusl(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return !report.header?.glibcVersionRuntime
}

/**
 * The addon: a build beside the sources, else the prebuilt package of this platform, else one of WebAssembly, which a warning says.
 * Loaded when first needed.
 *
 * @throws {RavineError} ERR_RAVINE_NATIVE that says what to install
 */
export function addon(): Native {
  loaded ??= load()
  return loaded
}

/** Whether there is an addon that loads; the first time that there is none, a warning says so: then the reference takes its place. */
export function available(): boolean {
  found ??= loads()
  return found
}

function loads(): boolean {
  try {
    return addon() !== undefined
  } catch (error) {
    const { message } = error as RavineError
    const reason = message.replace('ravine: ', '')
    process.emitWarning(
      `ravine runs in plain JavaScript, with the same bits but many times slower, since no binary loads: ${reason}`,
      { type: 'Warning', code: 'RAVINE_REFERENCE' },
    )
    return false
  }
}

function load(): Native {
  const failures: [place: string, cause: unknown][] = []
  for (const place of places()) {
    try {
      const addon = require(place) as Native
      if (place === WASM) process.emitWarning(slow, { type: 'Warning', code: 'RAVINE_WASM' })
      return addon
    } catch (cause) {
      failures.push([place, cause])
    }
  }
  throw failed(failures.find((failure) => !isMissing(...failure)) ?? failures[0]!)
}

/** Where an addon may be, the best first. On older Nodes than 22 WebAssembly was seen to hang. */
function places(): string[] {
  const name = platform()
  const built = fileURLToPath(new URL(`../native/ravine.${name}.node`, import.meta.url))
  const wasm = Number.parseInt(process.versions.node, 10) >= 22 ? [WASM] : []
  return [...(existsSync(built) ? [built] : []), `@ravine/${name}`, ...wasm]
}

const WASM = '@ravine/wasm32-wasi'
const slow =
  'ravine runs in WebAssembly, with the same bits but many times slower, since no binary for this system loads'

const isMissing = (place: string, cause: unknown): boolean => {
  const { code, message } = cause as NodeJS.ErrnoException
  return code === 'MODULE_NOT_FOUND' && message.includes(`'${place}'`)
}

/** What was found, and the way out: that npm may leave out optional packages is npm/cli#4828. */
function failed(failure: [place: string, cause: unknown]): RavineError {
  const [place, cause] = failure
  const sentence = isMissing(...failure)
    ? `expected the package ${place} but it is not installed; ${isListed(place) ? reinstall : build}`
    : `expected ${place} to load but ${firstLine(cause)}; it may be of another system: ${again}`
  return new RavineError('ERR_RAVINE_NATIVE', `ravine: ${sentence}, or ask for backend: 'reference'`, { cause })
}

const again = "remove node_modules and run 'npm install' here"
const reinstall = `npm leaves it out with --omit=optional, or by a package-lock.json of another system (npm/cli#4828): remove that file, ${again}`
const build = "none is published for this system: build one in a clone by 'npm run build:native' (it needs cargo)"

const firstLine = (cause: unknown) => String((cause as Error).message ?? cause).split('\n', 1)[0]

/** Whether a published ravine asks npm for it. */
function isListed(place: string): boolean {
  const { optionalDependencies = {} } = require('../package.json') as { optionalDependencies?: object }
  return Object.hasOwn(optionalDependencies, place)
}
