import { cpus } from 'node:os'

/** Milliseconds that all CPUs together have been busy, and that they have been there. */
export function cpuTime() {
  const times = cpus().flatMap(({ times }) => Object.entries(times))
  const sum = (entries) => entries.reduce((total, [, time]) => total + time, 0)
  return { busy: sum(times.filter(([name]) => name !== 'idle')), total: sum(times) }
}
