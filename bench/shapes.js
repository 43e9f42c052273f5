import { dataset } from 'ravine'
import { parametersOf, rowOf, runner } from './epochs.js'
import { largestError, oneAndAll, race } from './measure.js'
import { examples, lesson, network, noise, seed } from './seed.js'
import { table } from './table.js'

/** Enough for the reference: some steps, one of a larger batch. */
const SLICE = 128
/** Enough for an epoch of what takes longer, or more memory, than the seed MLP. */
const FEW = 20_000

const threadCounts = [...oneAndAll, undefined]
/** Other batches and nets than the seed MLP's. */
export const cases = [
  { widths: seed, batchSize: 16, most: FEW },
  { widths: seed, batchSize: 32, most: FEW },
  { widths: seed, batchSize: 256 },
  { widths: seed, batchSize: 1024 },
  { widths: [784, 128, 10], batchSize: lesson.batchSize },
  { widths: [784, 1024, 1024, 10], batchSize: lesson.batchSize, most: FEW },
]

/** Input of which nothing can be skipped. */
export const random = { widths: seed, batchSize: lesson.batchSize, most: FEW }

/** Epochs of other batches and nets than the seed MLP's, and of input of which nothing can be skipped. */
export default async function bench(rounds) {
  const { name: source, train } = await examples()
  await compare(rounds, source, train, cases)
  const full = dataset({ ...noise(random.most), inputs: seed[0], classes: seed.at(-1) })
  await compare(rounds, 'random numbers in f32, none of them 0', full, [random])
}

async function compare(rounds, source, data, cases) {
  const rows = []
  for (const { most = data.examples, ...one } of cases) rows.push(...(await rowsOf(rounds, data.take(most), one)))
  table(`An epoch of ${source}; loss of epoch ${rounds + 1}; error of the parameters after a slice`, rows)
}

async function rowsOf(rounds, data, one) {
  const errors = await errorsOf(data, one)
  const contestants = threadCounts.map((threads) => contestant(one, data, { threads }))
  const entries = await race(rounds, contestants)
  for (const { model } of entries) model.dispose()
  return entries.map((entry, i) => rowOf({ ...entry, error: errors[i] }, data.examples, one))
}

const contestant = ({ widths, batchSize }, data, { threads, backend }) =>
  runner(network({ widths, backend }), data, { batchSize, threads })

/** On each number of threads: how far the parameters are from the reference's after a pass over a slice. */
async function errorsOf(data, one) {
  const slice = data.take(Math.max(SLICE, one.batchSize))
  const learnt = async (options) => {
    const pupil = contestant(one, slice, options)
    await pupil.measure()
    return parametersOf(pupil)
  }
  const expected = await learnt({ threads: 1, backend: 'reference' })
  return Promise.all(threadCounts.map(async (threads) => largestError(await learnt({ threads }), expected)))
}
