import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuTime } from '../cpus.js'
import { median } from '../measure.js'
import { duration, round } from '../table.js'

/** Milliseconds between turns: the threads of the one before have then ceased to spin. */
const PAUSE = 150

/** Lets all that do the job take turns for so many rounds after one that warms; the rows of its table, one for each mode's best thread count. */
export async function race(rounds, children, job, { label, sizes, rate, worth }) {
  const entries = children.flatMap((child) => contestants(child, job, sizes))
  for (let turn = 0; turn <= rounds; turn++) {
    for (const entry of entries.filter(({ error }) => !error)) await takeTurn(entry, turn > 0)
  }
  const best = grouped(entries).map(fastest)
  const own = fastest(best.filter(({ name }) => name === 'ravine'))
  return best.map((entry) => ({
    job: label,
    peer: entry.name,
    mode: entry.part ? `${entry.mode} (${entry.part})` : entry.mode,
    threads: entry.threads,
    ...(entry.error ? failed(entry) : figures(entry, own, rate, worth)),
  }))
}

const contestants = ({ name, threads, jobs, ask }, job, sizes) =>
  (jobs[job] ?? []).map((mode) => ({
    name,
    mode,
    threads,
    samples: [],
    measure: () => ask([job, mode, ...sizes].join(' ')),
  }))

async function takeTurn(entry, counts) {
  const [, before] = await watched(() => sleep(PAUSE))
  const [answer, during] = await watched(entry.measure)
  entry.error = answer.error
  entry.part = answer.part
  if (counts) entry.samples.push({ ...answer, before, during })
}

/** What `work` gave, and how many CPUs were busy meanwhile. */
async function watched(work) {
  const start = cpuTime()
  const result = await work()
  const end = cpuTime()
  return [result, (availableParallelism() * (end.busy - start.busy)) / (end.total - start.total)]
}

/** Entries of the same peer and mode, which differ in their threads. */
function grouped(entries) {
  const groups = new Map()
  for (const entry of entries) {
    const key = `${entry.name} ${entry.mode}`
    groups.set(key, [...(groups.get(key) ?? []), entry])
  }
  return [...groups.values()]
}

const time = (entry) => (entry.error ? Infinity : median(entry, ({ seconds }) => seconds))
const fastest = (entries) => entries.reduce((best, entry) => (time(entry) < time(best) ? entry : best))

function figures(entry, own, rate, worth) {
  const seconds = time(entry)
  const ratios = entry.samples.map(({ seconds }, i) => ({ ratio: seconds / own.samples[i]?.seconds }))
  return {
    seconds: duration(seconds),
    rate: rate(seconds, entry.samples.at(-1)),
    '× ravine': round(median({ samples: ratios }, ({ ratio }) => ratio)),
    'loss or error': worth(entry.samples.at(-1)),
    'CPUs busy': median(entry, ({ during }) => during).toFixed(1),
    'in pauses': median(entry, ({ before }) => before).toFixed(1),
  }
}

const failed = ({ error }) => ({
  seconds: '–',
  rate: '–',
  '× ravine': '–',
  'loss or error': error.split('\n')[0],
  'CPUs busy': '–',
  'in pauses': '–',
})
