import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { place, stop } from './place.js'

/** The columns of numbers before the one that is foretold. */
export const names = [
  'longitude',
  'latitude',
  'housing_median_age',
  'total_rooms',
  'total_bedrooms',
  'population',
  'households',
  'median_income',
]

/**
 * California housing, the census of 1990 (Pace and Barry 1997): eight numbers of a district, each less its mean in units of its
 * standard deviation over the training districts, and the median price of a house there in 100,000 dollars. Districts whose rooms
 * were not all counted are left out; each fifth of the others is for the test.
 */
export function california() {
  const path = join(place, 'california-housing/housing.csv')
  if (!existsSync(path)) stop(missing(path))
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1)
  const counted = rows.map((row) => row.split(',').slice(0, 9)).filter((row) => row[4] !== '')
  const districts = counted.map((row) => row.map(Number))
  const train = districts.filter((_, i) => i % 5 !== 4)
  const scales = names.map((_, column) => scaleOf(train.map((row) => row[column])))
  const [of, test] = [(part) => prepared(part, scales), districts.filter((_, i) => i % 5 === 4)]
  return { train: of(train), test: of(test), scales }
}

function scaleOf(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance) }
}

/** What `dataset` takes. */
const prepared = (districts, scales) => ({
  features: Float64Array.from(
    districts.flatMap((row) => scales.map(({ mean, deviation }, i) => (row[i] - mean) / deviation)),
  ),
  targets: Float64Array.from(districts, (row) => row[8] / 100_000),
  inputs: names.length,
})

const missing = (path) =>
  new Error(
    `california: expected the file ${path} but did not find it: put Géron's variant of the California housing data there, or name ` +
      'by RAVINE_DATA the folder that holds california-housing/housing.csv',
  )
