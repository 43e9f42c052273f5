import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withBytes } from './bytes.js'
import { cacheFor, placesOf } from './cache.js'
import { type Dataset, dataset } from './dataset.js'
import { download, reason } from './download.js'
import { RavineError, shapeError } from './errors.js'
import { idx } from './idx.js'
import { checkOptions, flag, positive, type Rule, text } from './options.js'

export interface MnistOptions {
  /** Where the four IDX files lie, with or without .gz, itself or its folder `mnist`. Nothing else is looked at. */
  readonly directory?: string
  /** Whether files that are not on this machine may be downloaded; true by default. */
  readonly download?: boolean
  /** Addresses of folders to download from, tried in order; RAVINE_MNIST_MIRROR, or where MNIST is known to be, by default. */
  readonly mirrors?: readonly string[]
  /** Milliseconds of silence after which a mirror counts as dead; 4,000 for the first answer and 20,000 after it by default. */
  readonly timeout?: number
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

/** Bytes: ten times the largest file. */
const MOST = 100_000_000
const PIECE = 1 << 16
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
const rules = { directory: text, download: flag, mirrors: addresses, timeout: positive }

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
  options = checkOptions('mnist', options, rules)
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
  const places = placesOf('mnist', directory)
  const found = places.map(pathsIn).find((paths) => paths !== undefined)
  if (!found && directory !== undefined) throw missing(places)
  return found
}

function pathsIn(directory: string): Paths | undefined {
  const found = names.map((name) => [name, [name, `${name}.gz`].map((file) => join(directory, file)).find(existsSync)])
  return found.every(([, path]) => path) ? Object.fromEntries(found) : undefined
}

/** Downloads the files from the first mirror that gives them all, into the user's cache directory. */
async function fetchFiles({ mirrors = defaultMirrors(), timeout, ...options }: MnistOptions): Promise<Paths> {
  if (options.download === false) throw missing(placesOf('mnist'), ', and downloading is off')
  const directory = await cacheFor('mnist', 'mnist')
  const failures: string[] = []
  for (const mirror of mirrors) {
    try {
      return await filesOf(mirror, directory, timeout)
    } catch (error) {
      if ((error as RavineError).code === 'ERR_RAVINE_FILE') throw error
      failures.push(`${mirror}: ${reason(error)}`)
    }
  }
  throw missing(placesOf('mnist'), `, and no mirror gave them (${failures.join('; ')})`)
}

function defaultMirrors(): readonly string[] {
  const { RAVINE_MNIST_MIRROR } = process.env
  return RAVINE_MNIST_MIRROR ? [RAVINE_MNIST_MIRROR] : knownMirrors
}

/** Brings the files that are missing. One after the other, so that a dead mirror is asked once. */
async function filesOf(mirror: string, directory: string, timeout?: number): Promise<Paths> {
  const patience = timeout === undefined ? undefined : { headers: timeout, body: timeout }
  for (const name of names) {
    if (existsSync(join(directory, name)) || existsSync(join(directory, `${name}.gz`))) continue
    const url = new URL(`${name}.gz`, mirror.endsWith('/') ? mirror : `${mirror}/`).href
    const check = (path: string) => checkSum(name, path)
    await download({ url, path: join(directory, `${name}.gz`), check, patience, most: MOST })
  }
  return pathsIn(directory)!
}

async function checkSum(name: Name, path: string): Promise<void> {
  const { createHash } = await import('node:crypto')
  const hash = createHash('md5')
  await withBytes('mnist', path, async (bytes) => {
    while (!(await bytes.ended())) hash.update(await bytes.take(PIECE))
  })
  const sum = hash.digest('hex')
  if (sum !== sums[name]) throw new Error(`${name} has the wrong checksum ${sum}`)
}

function missing(places: readonly string[], also = ''): RavineError {
  const expected = `${names.join(', ')}, each as it is or with .gz, in ${places.join(' or ')}`
  const cure =
    'name the directory that holds them by the option directory or by RAVINE_DATA, or use digits(), which needs none'
  return new RavineError('ERR_RAVINE_DATA', `mnist: expected ${expected} but did not find them all${also}: ${cure}`)
}
