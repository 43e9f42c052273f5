import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import autocannon from 'autocannon'
import { digits } from 'ravine'
import { duration, table } from './table.js'

const server = join(import.meta.dirname, '../examples/server.js')
/** Seconds of load, connections that ask as soon as they are answered, and requests a second where they are asked at a pace. */
const [SECONDS, CONNECTIONS, PACE] = [5, 8, 500]

/** What who asks `examples/server.js` waits, with a fit beside it and without, on loopback; the client has a part of the same CPUs. */
export default async function bench() {
  const rows = []
  for (const training of [false, true]) {
    for (const pace of [PACE, undefined]) rows.push(await loaded(training, pace))
  }
  table(`examples/server.js, ${SECONDS} s, ${CONNECTIONS} connections`, rows)
}

async function loaded(training, pace) {
  const child = spawn(process.execPath, [server, '0', training ? '1000000' : '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  try {
    const [line] = await once(createInterface(child.stdout), 'line')
    const url = line.replace('listening on ', '')
    const before = await epochOf(url, 1)
    const result = await autocannon({
      url: `${url}/predict`,
      method: 'POST',
      body: body(),
      connections: CONNECTIONS,
      duration: SECONDS,
      overallRate: pace,
    })
    return rowOf(result, { training, pace, epochs: (await epochOf(url, 1)) - before })
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

const body = () => JSON.stringify([...digits({ examples: 10 }).test.features.subarray(0, 784)])

/** The epoch that is served, once it is so far. */
async function epochOf(url, least) {
  for (;;) {
    const { epoch } = await (await fetch(url)).json()
    if (epoch >= least) return epoch
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const rowOf = ({ latency, requests, errors, non2xx }, { training, pace, epochs }) => ({
  beside: training ? 'a fit' : 'nothing',
  asked: pace ? `${pace}/s` : 'as fast as answered',
  'answers/s': requests.average.toFixed(0),
  p50: told(latency.p50),
  p99: told(latency.p99),
  most: told(latency.max),
  failed: errors + non2xx,
  'models swapped': epochs,
})

/** autocannon counts whole milliseconds. */
const told = (milliseconds) => (milliseconds === 0 ? '< 1 ms' : duration(milliseconds / 1000))
