import type { Timing } from './backend.js'

/** Where the time of a fit went: an operation of the step, or what the workers waited at the end of a phase. */
export interface ProfileRow {
  /** From 0, in the order in which phases run; the workers wait for each other after each. */
  readonly phase: number
  /** Its name, which ends in the number of its layer; 'wait' for the waiting, which of a worker alone is next to nothing. */
  readonly operation: string
  /** Summed over steps and workers: two that work for one second make two. */
  readonly seconds: number
  /** Part of the seconds of all rows. */
  readonly share: number
  /** Of one worker: two operations for each multiply–add of a step without zeros in its features, though zeros may have been passed over. */
  readonly gflops: number
  /** Of one worker: each place that the operation reads or writes counts once a step, wherever it lay, features not at all. */
  readonly gigabytesPerSecond: number
}

/** What the jobs of a fit say of their time, added up. */
export class Profile {
  readonly #timings = new Map<string, Timing>()

  add(timings: readonly Timing[]): void {
    for (const timing of timings) {
      const key = `${timing.phase} ${timing.operation}`
      const before = this.#timings.get(key)
      this.#timings.set(key, before ? sum(before, timing) : timing)
    }
  }

  /** One for each operation, and for each phase that was waited for: what took no time has none. */
  rows(): readonly ProfileRow[] {
    const spent = [...this.#timings.values()].filter(({ seconds }) => seconds > 0)
    const total = spent.reduce((total, { seconds }) => total + seconds, 0)
    return spent.map((timing) => Object.freeze(row(timing, total)))
  }
}

const sum = ({ seconds, flops, bytes, ...operation }: Timing, more: Timing): Timing => ({
  ...operation,
  seconds: seconds + more.seconds,
  flops: flops + more.flops,
  bytes: bytes + more.bytes,
})

const row = ({ phase, operation, seconds, flops, bytes }: Timing, total: number): ProfileRow => ({
  phase,
  operation,
  seconds,
  share: seconds / total,
  gflops: flops / seconds / 1e9,
  gigabytesPerSecond: bytes / seconds / 1e9,
})
