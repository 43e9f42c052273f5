import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cgroup } from './cgroup.js'
import { door } from './door.js'
import { drop } from './drop.js'
import { exits } from './exits.js'
import { external } from './external.js'
import { fork } from './fork.js'
import { kill } from './kill.js'
import { steps } from './steps.js'
import { workers } from './workers.js'

// npm run soak -- [NAME [TIMES | short]]   One suite, or all, each in a process of its own: prints its figures in a line, or fails.

const suites = { workers, exits, kill, drop, steps, door, fork, external, cgroup }
const [name, times] = process.argv.slice(2)

async function run(suite) {
  if (suite.possible?.() === false) return 'not possible here'
  const start = performance.now()
  const figures = await suite.run(times === 'short' ? suite.short : Number(times ?? suite.times))
  return `${figures}, ${((performance.now() - start) / 1000).toFixed(0)} s`
}

function runAll() {
  const ended = Object.keys(suites).map((one) => {
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), one], { stdio: 'inherit' })
    return status === 0
  })
  if (ended.includes(false)) process.exitCode = 1
}

if (name === undefined) runAll()
else if (Object.hasOwn(suites, name)) console.log(`${name}: ${await run(suites[name])}`)
else {
  console.error(`soak: expected one of ${Object.keys(suites).join(', ')} but received '${name}'`)
  process.exitCode = 2
}
