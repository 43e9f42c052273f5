import { setTimeout as sleep } from 'node:timers/promises'
import { dataset, dense, sequential, sgd } from 'ravine'
import { descend, points, rule } from './line.js'
import { available, largestError, median, once, race } from './measure.js'
import { examples, lesson, name, network, operations } from './seed.js'
import { duration, exact, round, speed, table, threadsOf } from './table.js'

/** What must not cost: the machinery around a tiny net, and the event loop's time while a large one trains. */
export default async function bench(rounds) {
  for (const steps of [1_000, 20_000]) await regression(rounds, steps)
  await latency(rounds)
}

const [features, targets] = [points.x, points.y].map((values) => Float64Array.from(values))
const data = dataset({ features, targets, inputs: 1 })
const zeros = { '0.weight': Float64Array.of(0), '0.bias': Float64Array.of(0) }

/** Five points, one line, full batches: each fit starts from w = b = 0. */
async function regression(rounds, steps) {
  const entries = await race(rounds, [line('native', steps), line('reference', steps), plainLine(steps)])
  const expected = entries[1].line()
  table(
    `Five-point regression in f64: a fit of ${steps.toLocaleString('en')} steps`,
    entries.map((entry) => ({
      who: entry.who,
      size: '1-1, batch 5',
      threads: threadsOf(entry),
      time: duration(median(entry, ({ seconds }) => seconds)),
      'steps/s': `${round(median(entry, ({ seconds }) => steps / seconds / 1e6))} M`,
      error: exact(largestError([entry.line()], [expected])),
    })),
  )
}

function line(backend, epochs) {
  const model = sequential({ inputs: 1, dtype: 'f64', backend }, [dense(1)])
  const train = once(() => model.fit(data, { optimizer: sgd(rule), epochs, batchSize: 5, shuffle: false }))
  const measure = () => {
    model.setParameters(zeros)
    model.setVelocities(zeros)
    return train()
  }
  return { who: backend, threads: backend === 'native' ? undefined : 1, measure, line: () => numbersOf(model) }
}

const numbersOf = (model) => [...model.parameters().values()].map(({ data }) => data[0])

function plainLine(steps) {
  let found
  const measure = once(() => {
    found = descend(features, targets, steps)
  })
  return { who: 'plain JS', threads: 1, measure, line: () => found }
}

const PERIOD = 10

/** How long a timer waits that nothing ought to hold up: in a second of idleness, and in the first fit of a seed MLP, data copied. */
async function latency(rounds) {
  const { name: source, train } = await examples()
  const work = operations * train.examples
  const idle = { who: 'idle', threads: 1, work: 0, measure: () => watched(() => sleep(1000)) }
  const fits = [available, undefined].map((threads) => ({
    who: 'fit',
    threads,
    work,
    measure: () => epoch(train, threads),
  }))
  table(
    `A timer of ${PERIOD} ms beside an epoch of ${name} on ${train.examples} examples of ${source}: its largest gap`,
    (await race(rounds, [idle, ...fits])).map(rowOf),
  )
}

async function epoch(train, threads) {
  const model = network()
  const sample = await watched(() => model.fit(train, { ...lesson, threads }))
  model.dispose()
  return sample
}

const rowOf = (entry) => ({
  who: entry.who,
  size: entry.work === 0 ? '–' : name,
  threads: threadsOf(entry),
  ...speed(entry, entry.work),
  'median gap': duration(median(entry, ({ gap }) => gap)),
  'worst gap': duration(Math.max(...entry.samples.map(({ gap }) => gap))),
})

/** The seconds of `work`, and the longest gap in the firings of a timer meanwhile. */
async function watched(work) {
  let [last, gap] = [performance.now(), 0]
  const note = () => {
    const now = performance.now()
    gap = Math.max(gap, now - last)
    last = now
  }
  const timer = setInterval(note, PERIOD)
  const sample = await once(work)()
  clearInterval(timer)
  note()
  return { ...sample, gap: gap / 1000 }
}
