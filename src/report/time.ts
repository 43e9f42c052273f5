import type { Account } from '../account.js'
import { flopsOf } from '../flops.js'
import type { HistoryEntry } from '../history.js'
import type { ProfileRow } from '../profile.js'
import { duration, figure, percent } from './figure.js'
import { type Html, html } from './html.js'
import { facts, table } from './table.js'

/** What a worker that waits for nobody takes to find that out is no news. */
const LEAST_WAIT = 0.0005

/** Where the time of a fit went: as its profile says, or epoch by epoch. */
export function time(history: readonly HistoryEntry[], account?: Account, profile?: readonly ProfileRow[]): Html {
  const seconds = history.map((entry) => entry.seconds)
  const total = seconds.reduce((a, b) => a + b, 0)
  const steps = history[history.length - 1].steps
  const rate = account?.examples && (account.examples * history.length) / total
  return html`${facts([
    ['training', duration(total)],
    [
      'an epoch',
      `${duration(total / history.length)}, ${duration(least(seconds))} to ${duration(-least(seconds.map((x) => -x)))}`,
    ],
    ['a step', duration(total / steps)],
    ...(rate
      ? ([
          ['examples a second', figure(Math.round(rate))],
          ['GFLOP/s', figure((rate * flopsOf(account.learner.spec)) / 1e9)],
        ] as const)
      : []),
  ])}
${profile ? phases(profile) : html`<p class="note">Validation, checkpoints and callbacks are not in these times. With <code>profile: true</code> a fit says where the time of its steps goes.</p>`}`
}

const least = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b))

function phases(profile: readonly ProfileRow[]): Html {
  const told = profile.filter(({ operation, share }) => operation !== 'wait' || share >= LEAST_WAIT)
  const largest = told.reduce((largest, { share }) => Math.max(largest, share), 0)
  const rows = told.map(({ phase, operation, seconds, share, gflops, gigabytesPerSecond }) => [
    operation,
    String(phase),
    duration(seconds),
    html`<meter min="0" max="${largest.toFixed(4)}" value="${share.toFixed(4)}" aria-hidden="true"></meter> ${percent(share)}`,
    gflops > 0 ? figure(gflops) : '',
    gigabytesPerSecond > 0 ? figure(gigabytesPerSecond) : '',
  ])
  const caption = 'Operations of a step in the order of their phases: times of all workers together, rates of one'
  return table(caption, ['operation', 'phase', 'time', 'share', 'GFLOP/s', 'GB/s'], rows)
}
