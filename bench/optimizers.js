import * as ravine from 'ravine'
import { parametersOf, runner } from './epochs.js'
import { largestError, median, oneAndAll, race } from './measure.js'
import { examples, lesson, nameOf, network, seed } from './seed.js'
import { duration, exact, percent, table } from './table.js'

/** Enough of an epoch for a median, and of steps for the reference. */
const FEW = 10_000
const SLICE = 32
const SMALL = [784, 16, 12, 10]

const { adadelta, adagrad, adam, adamW, aggMo, amsgrad, lion, muon, nadam, qhm, radam, rmsprop, sgd, yellowFin } =
  ravine
const rate = { learningRate: 0.01 }

/** The bare heavy ball first: the others are told by what they take beyond it. */
const optimizers = {
  'heavy ball': lesson.optimizer,
  nesterov: sgd({ ...rate, momentum: 0.9, nesterov: true }),
  'weight decay': sgd({ ...rate, momentum: 0.9, weightDecay: 1e-4 }),
  qhm: qhm({ learningRate: 0.1 }),
  adam: adam(),
  adamW: adamW(),
  nadam: nadam(),
  radam: radam(),
  amsgrad: amsgrad(),
  rmsprop: rmsprop({ learningRate: 0.001 }),
  'rmsprop, momentum, centred': rmsprop({ learningRate: 1e-4, momentum: 0.9, centered: true }),
  adagrad: adagrad(),
  adadelta: adadelta(),
  lion: lion(),
  aggMo: aggMo({ learningRate: 0.01 }),
  yellowFin: yellowFin({ learningRate: 0.1 }),
}

/** Options of a fit, by what they add to the heavy ball. */
const clipped = { name: 'heavy ball, clipNorm', options: { clipNorm: 1 } }
const casesOf = (all) => Object.entries(all).map(([name, optimizer]) => ({ name, options: { optimizer } }))
const cases = [...casesOf(optimizers), clipped]
const matrices = casesOf({ 'heavy ball': lesson.optimizer, muon: muon({ others: lesson.optimizer }) })

/**
 * What an update costs: epochs of the seed MLP by every optimizer; by muon, whose products of matrices take a hundred times as long, of
 * a smaller net on a tenth of the examples.
 */
export default async function bench(rounds) {
  const { name: source, train } = await examples()
  await compared(rounds, source, train, cases, seed)
  await compared(rounds, source, train.take(FEW / 10), matrices, [784, 128, 64, 10])
}

async function compared(rounds, source, train, cases, widths) {
  const [errors, data] = [await slice(train.take(SLICE), cases), train.take(FEW)]
  for (const threads of oneAndAll) {
    const runners = cases.map(({ name, options }) => ({
      ...runner(network({ widths }), data, { ...options, threads }),
      name,
    }))
    const title = `${nameOf(widths)}, ${data.examples} examples of ${source}; error of the parameters after a slice`
    table(title, rowsOf(await race(rounds, runners), errors))
  }
}

function rowsOf(entries, errors) {
  const [{ samples: bare }] = entries
  return entries.map((entry) => ({
    optimizer: entry.name,
    threads: entry.threads,
    time: duration(median(entry, ({ seconds }) => seconds)),
    'of the heavy ball': percent(
      median(entry, (sample) => sample.seconds / bare[entry.samples.indexOf(sample)].seconds),
    ),
    error: exact(errors.get(entry.name)),
  }))
}

/** Of each the largest difference from the reference after two steps of a net that the reference is done with in seconds. */
async function slice(data, cases) {
  const errors = new Map()
  for (const { name, options } of cases) {
    const models = ['native', 'reference'].map((backend) => network({ widths: SMALL, backend }))
    for (const model of models) await model.fit(data, { ...lesson, batchSize: SLICE / 2, ...options })
    const [actual, expected] = models.map((model) => parametersOf({ model }))
    errors.set(name, largestError(actual, expected))
  }
  return errors
}
