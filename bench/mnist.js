import { parametersOf, rowOf, runner } from './epochs.js'
import { largestError, race, threadCounts } from './measure.js'
import { examples, lesson, name, network } from './seed.js'
import { table } from './table.js'

/** Enough for the reference: two steps. */
const SLICE = 128

/** The seed MLP: a short slice against the reference, then whole epochs. */
export default async function bench(rounds) {
  const { name: source, train } = await examples()
  const short = await slice(rounds, train.take(SLICE))
  const size = `${name}, batch ${lesson.batchSize}`
  table(
    `${size}, ${SLICE} examples of ${source}; error of the parameters after ${2 * (rounds + 1)} steps`,
    short.map((entry) => rowOf(entry, SLICE)),
  )
  const errors = new Map(short.map(({ threads, error }) => [threads, error]))
  const epochs = await wholeEpochs(rounds, train)
  table(
    `${size}, an epoch of ${train.examples} examples of ${source}; loss of epoch ${rounds + 1}; error as in the slice`,
    epochs.map((entry) => rowOf({ ...entry, error: errors.get(entry.threads) }, train.examples)),
  )
}

/** Every run goes on from the run before: after the last round all models have had the same steps. */
async function slice(rounds, data) {
  const natives = [...threadCounts, undefined].map((threads) => runner(network(), data, { threads }))
  const reference = { ...runner(network({ backend: 'reference' }), data, { threads: 1 }), who: 'reference' }
  const entries = await race(rounds, [...natives, reference])
  const expected = parametersOf(entries.at(-1))
  return entries.map((entry) => ({ ...entry, error: largestError(parametersOf(entry), expected) }))
}

const wholeEpochs = (rounds, train) =>
  race(
    rounds,
    [...threadCounts, undefined].map((threads) => runner(network(), train, { threads })),
  )
