import { parseArgs } from 'node:util'
import { oneAndAll } from '../measure.js'
import { duration, table } from '../table.js'
import { catalog, data, install, installed, names } from './catalog.js'
import { start } from './child.js'
import { writeData } from './data.js'
import { jobs, usual } from './jobs.js'
import { race } from './race.js'

const others = names.slice(1)
const usage = `usage: npm run bench:peers -- [${Object.keys(jobs).join('] [')}] [--install ${others.join(',')}] [--peers ${others.join(',')}] [--rounds 5]`

const wanted = asked()
if (wanted instanceof Error) {
  console.error(`${wanted.message}\n${usage}`)
  process.exitCode = 2
} else await run(wanted)

/** What the command line asks for: by default the usual jobs, and all peers that are installed; or what is wrong with it. */
function asked() {
  try {
    const text = { type: 'string' }
    const options = { install: text, peers: text, rounds: { ...text, default: '5' } }
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    const list = (words) => words?.split(',').filter(Boolean)
    const asked = { ...values, install: list(values.install) ?? [], peers: list(values.peers) ?? others }
    const unknown = [...asked.install, ...asked.peers].find((name) => !others.includes(name))
    if (unknown) return new Error(`expected a peer but received '${unknown}'`)
    const job = positionals.find((name) => !Object.hasOwn(jobs, name))
    if (job) return new Error(`expected a job but received '${job}'`)
    if (!/^[1-9]\d*$/.test(values.rounds)) return new Error(`expected rounds ≥ 1 but received '${values.rounds}'`)
    return { ...asked, rounds: Number(values.rounds), jobs: positionals.length > 0 ? positionals : usual }
  } catch (error) {
    return error
  }
}

async function run({ rounds, install: wanted, peers, jobs: chosen }) {
  for (const peer of catalog) if (wanted.includes(peer.name) && !install(peer)) process.exitCode = 1
  const taking = catalog.filter(({ name }) => name === 'ravine' || peers.includes(name))
  const missing = taking.filter((peer) => !installed(peer)).map(({ name }) => name)
  if (missing.length > 0) console.log(`not installed: npm run bench:peers -- --install ${missing.join(',')}`)
  const begin = performance.now()
  const facts = await writeData(data)
  const children = await startAll(taking.filter(installed))
  const rows = []
  for (const job of chosen) rows.push(...(await rowsOf(rounds, children, job, facts)))
  for (const child of children) child.stop()
  table(`Peers, medians of ${rounds} interleaved rounds, best of ${oneAndAll.join(' and ')} threads`, rows)
  console.log(
    `\n${children
      .filter(({ threads }) => threads === oneAndAll[0])
      .map(titleOf)
      .join('; ')}`,
  )
  console.log(`peers: ${duration((performance.now() - begin) / 1000)}`)
}

async function startAll(peers) {
  const children = []
  for (const peer of peers) {
    for (const threads of peer.single ? [1] : oneAndAll) children.push(await start(peer, threads))
  }
  for (const { name, threads, error } of children) if (error) console.log(`${name} on ${threads}: ${error}`)
  return children
}

async function rowsOf(rounds, children, job, facts) {
  const rows = []
  for (const one of jobs[job](facts)) {
    const begin = performance.now()
    rows.push(...(await race(rounds, children, job, one)))
    console.error(`${one.label}: ${duration((performance.now() - begin) / 1000)}`)
  }
  return rows
}

function titleOf({ name, version }) {
  return `${name} ${version ?? 'did not start'}`
}
