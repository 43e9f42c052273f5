import type { FitHistory } from '../history.js'
import type { ProfileRow } from '../profile.js'
import { figure } from '../progress.js'
import { duration, share, table } from './table.js'
import type { Voice } from './voice.js'

/** What a worker that waits for nobody takes to find that out is no news. */
const LEAST_WAIT = 0.0005

/** Says the profile of a fit, phase by phase, as the step goes. */
export function tellProfile(history: FitHistory, { say }: Voice): void {
  const steps = history[history.length - 1].steps
  const rows = (history.profile ?? []).filter((row) => row.operation !== 'wait' || row.share >= LEAST_WAIT)
  say(
    table(
      rows.map((row) => cells(row, steps)),
      2,
    ),
  )
  say('times are of all workers together, rates of one; wait: for the others, at the end of a phase')
}

const cells = ({ phase, operation, seconds, ...row }: ProfileRow, steps: number) => ({
  phase: `${phase}`,
  operation,
  'time a step': duration(seconds / steps),
  share: share(row.share),
  'GFLOP/s': row.gflops > 0 ? figure(row.gflops) : '',
  'GB/s': row.gigabytesPerSecond > 0 ? figure(row.gigabytesPerSecond) : '',
})
