import { readFileSync } from 'node:fs'

const PAGE = 4096

/** MiB that this process has in memory. */
export const resident = () => (Number(readFileSync('/proc/self/statm', 'latin1').split(' ')[1]) * PAGE) / 2 ** 20

/** Threads of this process. */
export const threads = () => Number(/^Threads:\s+(\d+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))[1])

/**
 * MiB by which memory grows with each sample at the end: the least-squares slope over the last half of the samples, where caches and the
 * allocator have found their sizes.
 */
export function slope(samples) {
  const late = samples.slice(Math.floor(samples.length / 2))
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [(late.length - 1) / 2, mean(late)]
  const over = late.reduce((sum, value, i) => sum + (i - x) * (value - y), 0)
  const under = late.reduce((sum, _, i) => sum + (i - x) ** 2, 0)
  return over / under
}

/** Refuses samples that grow by more than `most` MiB over as many more. */
export function flat(samples, most) {
  const grown = slope(samples) * samples.length
  if (!(grown < most))
    throw new Error(`expected memory that stays but it grows by ${grown.toFixed(0)} MiB: ${samples.map(Math.round)}`)
  return `${samples.at(-1).toFixed(0)} MiB at the end, ${grown.toFixed(1)} MiB of growth by the slope of its last half`
}
