import { median, once } from './measure.js'
import { lesson, nameOf, operationsOf, seed } from './seed.js'
import { duration, exact, speed, threadsOf } from './table.js'

/** A contestant whose measurement is an epoch of what it learnt until then, and whose samples have the loss. */
export function runner(model, data, options) {
  let loss
  const epoch = once(async () => {
    ;[{ loss }] = await model.fit(data, { ...lesson, ...options })
  })
  return { who: 'native', threads: options.threads, model, measure: async () => ({ ...(await epoch()), loss }) }
}

export const parametersOf = ({ model }) => [...model.parameters().values()].map(({ data }) => data)

export const rowOf = (entry, count, { widths = seed, batchSize = lesson.batchSize } = {}) => ({
  who: entry.who,
  size: `${count} × ${nameOf(widths)}, batch ${batchSize}`,
  threads: threadsOf(entry),
  ...speed(entry, operationsOf(widths) * count),
  step: duration(median(entry, ({ seconds }) => seconds) / Math.ceil(count / batchSize)),
  loss: entry.samples.at(-1).loss.toFixed(6),
  error: exact(entry.error),
})
