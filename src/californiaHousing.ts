import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withBytes } from './bytes.js'
import { cacheFor, placesOf } from './cache.js'
import { csv } from './csv.js'
import type { Dataset } from './dataset.js'
import { download, reason } from './download.js'
import { RavineError } from './errors.js'
import type { MnistOptions } from './mnist.js'
import { checkOptions, flag, positive, type Rule, text, wholeNumber } from './options.js'
import { recommended } from './recommended.js'

export interface CaliforniaHousingOptions extends MnistOptions {
  /** Where housing.csv lies, itself or in its folder `california-housing`. Nothing else is looked at. */
  readonly directory?: string
  /** Addresses of folders to download from, tried in order; RAVINE_HOUSING_MIRROR, or where the file is known to be, by default. */
  readonly mirrors?: readonly string[]
  /** Of the split; 0 by default. */
  readonly seed?: number
}

const NAME = 'housing.csv'
const FOLDER = 'california-housing'
const MD5 = 'd1c47305887e2252bf1ccbd74ff159a6'
/** Bytes: ten times the file. */
const MOST = 15_000_000
const PIECE = 1 << 16
const knownMirrors = [
  'https://raw.githubusercontent.com/ageron/handson-ml2/master/datasets/housing/',
  'https://raw.githubusercontent.com/ageron/handson-ml/master/datasets/housing/',
]

const addresses: Rule = {
  expected: 'an array of addresses',
  test: (value) => Array.isArray(value) && value.length > 0 && value.every(text.test),
}
const rules = { directory: text, download: flag, mirrors: addresses, timeout: positive, seed: wholeNumber }

/**
 * Prices of houses in California, the census of 1990 (Pace and Barry 1997; with the distance to the ocean as Géron's book has it):
 * 20,640 districts, of which a fifth is `test`; nine columns that become 13 features, standardized; the target is `median_house_value` in
 * dollars. Taken from `directory` if it is given; else from $RAVINE_DATA or the user's cache directory; else downloaded into the latter,
 * and checked.
 *
 * @throws {RavineError} ERR_RAVINE_DATA where the file cannot be had, ERR_RAVINE_FILE where it cannot be read or kept
 */
export async function californiaHousing(
  options: CaliforniaHousingOptions = {},
): Promise<{ train: Dataset; test: Dataset }> {
  options = checkOptions('californiaHousing', options, rules)
  const { directory, seed = 0 } = options
  const places = placesOf(FOLDER, directory)
  const found = places.map((place) => join(place, NAME)).find(existsSync)
  if (!found && directory !== undefined) throw missing(places)
  const path = found ?? (await fetched(options))
  const houses = await csv(path, { ...recommended.csv, target: 'median_house_value' })
  return houses.split({ test: 0.2, seed })
}

/** Downloads the file from the first mirror that gives it. */
async function fetched({ mirrors = defaultMirrors(), timeout, ...options }: CaliforniaHousingOptions): Promise<string> {
  if (options.download === false) throw missing(placesOf(FOLDER), ', and downloading is off')
  const path = join(await cacheFor('californiaHousing', FOLDER), NAME)
  const patience = timeout === undefined ? undefined : { headers: timeout, body: timeout }
  const failures: string[] = []
  for (const mirror of mirrors) {
    try {
      const url = new URL(NAME, mirror.endsWith('/') ? mirror : `${mirror}/`).href
      await download({ url, path, check: checkSum, patience, most: MOST })
      return path
    } catch (error) {
      if ((error as RavineError).code === 'ERR_RAVINE_FILE') throw error
      failures.push(`${mirror}: ${reason(error)}`)
    }
  }
  throw missing(placesOf(FOLDER), `, and no mirror gave it (${failures.join('; ')})`)
}

function defaultMirrors(): readonly string[] {
  const { RAVINE_HOUSING_MIRROR } = process.env
  return RAVINE_HOUSING_MIRROR ? [RAVINE_HOUSING_MIRROR] : knownMirrors
}

async function checkSum(path: string): Promise<void> {
  const { createHash } = await import('node:crypto')
  const hash = createHash('md5')
  await withBytes('californiaHousing', path, async (bytes) => {
    while (!(await bytes.ended())) hash.update(await bytes.take(PIECE))
  })
  const sum = hash.digest('hex')
  if (sum !== MD5) throw new Error(`${NAME} has the wrong checksum ${sum}`)
}

function missing(places: readonly string[], also = ''): RavineError {
  const cure = 'name the directory that holds it by the option directory or by RAVINE_DATA'
  const message = `californiaHousing: expected ${NAME} in ${places.join(' or ')} but did not find it${also}: ${cure}`
  return new RavineError('ERR_RAVINE_DATA', message)
}
