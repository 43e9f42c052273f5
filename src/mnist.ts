import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Dataset, dataset } from './dataset.js'
import { download, reason } from './download.js'
import { fileError, RavineError, shapeError } from './errors.js'
import { idx, unpack } from './idx.js'
import { checkOptions, flag, type Rule, text } from './options.js'
import { writeWhole } from './wholefile.js'

export interface MnistOptions {
  /** Where the four IDX files lie, with or without .gz, itself or its folder `mnist`. Nothing else is looked at. */
  readonly directory?: string
  /** Whether files that are not on this machine may be downloaded; true by default. */
  readonly download?: boolean
  /** Addresses of folders to download from, tried in order. */
  readonly mirrors?: readonly string[]
}

/** The md5 sums of the files out of gzip: packers differ, what they pack does not. */
const sums = {
  'train-images-idx3-ubyte': '6bbc9ace898e44ae57da46a324031adb',
  'train-labels-idx1-ubyte': 'a25bea736e30d166cdddb491f175f624',
  't10k-images-idx3-ubyte': '2646ac647ad5339dbf082846283269ea',
  't10k-labels-idx1-ubyte': '27ae3e4e09519cfbb04c329615203637',
}
type Name = keyof typeof sums
type Paths = Readonly<Record<Name, string>>

const names = Object.keys(sums) as Name[]
const knownMirrors = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
]

/** Of the training images' pixels, in the unit byte / 255. */
const normalize = { mean: 0.1307, std: 0.3081 }

const addresses: Rule = {
  expected: 'an array of addresses',
  test: (value) => Array.isArray(value) && value.length > 0 && value.every(text.test),
}
const rules = { directory: text, download: flag, mirrors: addresses }

/**
 * MNIST: 60,000 and 10,000 handwritten digits of 28 × 28 bytes, with labels in ten classes. Taken from `directory` if it is given; else from
 * $RAVINE_DATA or the user's cache directory; else downloaded into the latter, and checked.
 *
 * @throws {RavineError} ERR_RAVINE_DATA where the files cannot be had, ERR_RAVINE_FILE where one cannot be read or kept, ERR_RAVINE_SHAPE or
 * ERR_RAVINE_DATA where they hold something else
 */
export async function mnist(
  options: MnistOptions = {},
): Promise<{ train: Dataset<Uint8Array>; test: Dataset<Uint8Array> }> {
  checkOptions('mnist', options, rules)
  const paths = locate(options) ?? (await fetchFiles(options))
  return { train: await read(paths, 'train'), test: await read(paths, 't10k') }
}

async function read(paths: Paths, part: 'train' | 't10k'): Promise<Dataset<Uint8Array>> {
  const [images, labels] = await Promise.all([
    idx(paths[`${part}-images-idx3-ubyte`]),
    idx(paths[`${part}-labels-idx1-ubyte`]),
  ])
  const { shape, data } = images
  if (!(data instanceof Uint8Array) || `${shape.slice(1)}` !== '28,28') {
    throw shapeError(
      'mnist',
      `${part} images of shape [examples, 28, 28] in bytes`,
      `[${shape.join(', ')}] in ${data.constructor.name}`,
    )
  }
  return dataset({ features: data, labels: labels.data, inputs: 784, classes: 10, normalize })
}

function locate({ directory }: MnistOptions): Paths | undefined {
  const places = placesOf(directory)
  const found = places.map(pathsIn).find((paths) => paths !== undefined)
  if (!found && directory !== undefined) throw missing(places)
  return found
}

function placesOf(directory?: string): string[] {
  const roots = directory === undefined ? [process.env.RAVINE_DATA || cacheDirectory(), cacheDirectory()] : [directory]
  return [...new Set(roots)].flatMap((root) => [root, join(root, 'mnist')])
}

function pathsIn(directory: string): Paths | undefined {
  const found = names.map((name) => [name, [name, `${name}.gz`].map((file) => join(directory, file)).find(existsSync)])
  return found.every(([, path]) => path) ? Object.fromEntries(found) : undefined
}

/** Downloads the files from the first mirror that gives them all, into the user's cache directory. */
async function fetchFiles({ mirrors = defaultMirrors(), ...options }: MnistOptions): Promise<Paths> {
  if (options.download === false) throw missing(placesOf(), ', and downloading is off')
  const directory = join(cacheDirectory(), 'mnist')
  await make(directory)
  const failures: string[] = []
  for (const mirror of mirrors) {
    const files = await filesOf(mirror).catch((error) => void failures.push(`${mirror}: ${reason(error)}`))
    if (files) return keep(directory, files)
  }
  throw missing(placesOf(), `, and no mirror gave them (${failures.join('; ')})`)
}

function defaultMirrors(): readonly string[] {
  const { RAVINE_MNIST_MIRROR } = process.env
  return RAVINE_MNIST_MIRROR ? [RAVINE_MNIST_MIRROR] : knownMirrors
}

/** The four files of a mirror, out of gzip, each checked. One after the other, so that a dead mirror is asked once. */
async function filesOf(mirror: string): Promise<Map<Name, Uint8Array>> {
  const files = new Map<Name, Uint8Array>()
  for (const name of names) {
    const sent = await download(new URL(`${name}.gz`, mirror.endsWith('/') ? mirror : `${mirror}/`).href)
    const bytes = await unpack(sent, name)
    const sum = createHash('md5').update(bytes).digest('hex')
    if (sum !== sums[name]) throw new Error(`${name} has the wrong checksum ${sum}`)
    files.set(name, bytes)
  }
  return files
}

async function keep(directory: string, files: ReadonlyMap<Name, Uint8Array>): Promise<Paths> {
  const paths = names.map((name) => [name, join(directory, name)] as const)
  for (const [name, path] of paths) await writeWhole('mnist', path, [files.get(name)!])
  return Object.fromEntries(paths) as Paths
}

async function make(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true })
  } catch (cause) {
    throw fileError('mnist', `to keep files in ${directory}`, (cause as Error).message, cause)
  }
}

/** Where this system wants what can be had again. */
function cacheDirectory(): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  const home = homedir()
  if (process.platform === 'win32') return join(LOCALAPPDATA || join(home, 'AppData', 'Local'), 'ravine')
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'ravine')
  return join(XDG_CACHE_HOME || join(home, '.cache'), 'ravine')
}

function missing(places: readonly string[], also = ''): RavineError {
  const expected = `${names.join(', ')}, each as it is or with .gz, in ${places.join(' or ')}`
  const cure =
    'name the directory that holds them by the option directory or by RAVINE_DATA, or use digits(), which needs none'
  return new RavineError('ERR_RAVINE_DATA', `mnist: expected ${expected} but did not find them all${also}: ${cure}`)
}
