import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dataset, dataset } from '../dataset.js'
import { dataError, fileError, shapeError } from '../errors.js'
import type { DenseFeatures } from '../features.js'
import { idx } from '../idx.js'
import type { Normalize } from '../normalize.js'

/** Names of two files, without .gz, that belong together. */
interface Pair {
  readonly images: string
  readonly labels: string
}

interface Arrays {
  readonly features: DenseFeatures
  readonly labels: ArrayLike<number>
  readonly inputs: number
}

const isOfTest = ({ images }: Pair) => /test|t10k/.test(images)

/**
 * The images in a directory of IDX files, named as those of MNIST: `…images…` with its `…labels…`, of training and, if there are such,
 * `t10k` or `test` ones. Normalised by mean and deviation of the training images, or as a model remembers it.
 *
 * @throws {RavineError} ERR_RAVINE_FILE, ERR_RAVINE_DATA, ERR_RAVINE_SHAPE
 */
export async function images(directory: string, normalize?: Normalize): Promise<{ train: Dataset; test?: Dataset }> {
  const pairs = await pairsIn(directory)
  const train = await arraysOf(
    directory,
    only(directory, 'training', pairs, (pair) => !isOfTest(pair)),
  )
  const test = pairs.some(isOfTest) ? await arraysOf(directory, only(directory, 'test', pairs, isOfTest)) : undefined
  const classes = 1 + Math.max(...[train, test].map((arrays) => arrays?.labels ?? []).map(largest))
  const same = { classes, normalize: normalize ?? spreadOf(train.features) }
  return { train: dataset({ ...train, ...same }), test: test && dataset({ ...test, ...same }) }
}

async function pairsIn(directory: string): Promise<Pair[]> {
  const names = await readdir(directory).catch((cause) => {
    throw fileError('images', `to read the directory ${directory}`, cause.message, cause)
  })
  const known = new Set(names.map((name) => name.replace(/\.gz$/, '')))
  const labelsOf = (images: string) => images.replace('images', 'labels').replace('idx3', 'idx1')
  return [...known]
    .filter((name) => name.includes('images') && known.has(labelsOf(name)))
    .map((images) => ({ images, labels: labelsOf(images) }))
}

function only(directory: string, what: string, pairs: readonly Pair[], isMeant: (pair: Pair) => boolean): Pair {
  const meant = pairs.filter(isMeant)
  if (meant.length === 1) return meant[0]
  const expected = `one pair of IDX files of ${what} images and labels, named as train-images-idx3-ubyte and train-labels-idx1-ubyte, in ${directory}`
  throw dataError('images', expected, meant.length > 1 ? meant.map(({ images }) => images).join(', ') : 'none')
}

async function arraysOf(directory: string, pair: Pair): Promise<Arrays> {
  const [{ shape, data }, labels] = [await read(directory, pair.images), await read(directory, pair.labels)]
  if (labels.shape.length !== 1 || labels.shape[0] !== shape[0]) {
    throw shapeError('images', `${pair.labels} to have the shape [${shape[0]}]`, `[${labels.shape.join(', ')}]`)
  }
  const inputs = shape.slice(1).reduce((product, size) => product * size, 1)
  return { features: isFeatures(data) ? data : Float32Array.from(data), labels: labels.data, inputs }
}

async function read(directory: string, name: string) {
  const names = await readdir(directory)
  return idx(join(directory, names.includes(name) ? name : `${name}.gz`))
}

const isFeatures = (data: unknown): data is DenseFeatures =>
  data instanceof Uint8Array || data instanceof Float32Array || data instanceof Float64Array

function largest(values: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i])
  return most
}

/** Mean and standard deviation of all features, of bytes in the unit byte / 255. */
function spreadOf(features: DenseFeatures): Normalize {
  const unit = features instanceof Uint8Array ? 255 : 1
  let [sum, squares] = [0, 0]
  for (let i = 0; i < features.length; i++) {
    sum += features[i]
    squares += features[i] * features[i]
  }
  const mean = sum / features.length
  const std = Math.sqrt(Math.max(0, squares / features.length - mean * mean)) / unit
  return { mean: mean / unit, std: std > 0 ? std : 1 }
}
