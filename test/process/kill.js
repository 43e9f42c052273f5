// Kills a fit again and again, and compares what came of it with one that was left in peace.  node kill.js TIMES
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { load } from 'ravine'
import { readCheckpoint } from '../../dist/checkpoint.js'

const victim = fileURLToPath(new URL('victim.js', import.meta.url))
/** More than are ever reached. */
const ENDLESS = 1_000_000
/** Milliseconds of life: from the start, in one of `EARLY` lives, or from when training is under way. */
const [LONGEST, EARLY] = [150, 5]

function start(path, epochs) {
  const life = spawn('node', [victim, path, epochs], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => life.on('close', (code, signal) => resolve({ code, signal })))
  const underWay = new Promise((resolve) => life.stdout.once('data', resolve))
  return { life, ended, underWay }
}

/** Lets a fit live for a random time; whether it died while it wrote its file. */
async function kill(path, early) {
  const { life, ended, underWay } = start(path, ENDLESS)
  if (!early) await Promise.race([underWay, ended])
  await setTimeout(Math.random() * LONGEST)
  life.kill('SIGKILL')
  const { signal } = await ended
  if (signal !== 'SIGKILL') throw new Error('kill: the fit ended by itself')
  return partials(path) > 0
}

const partials = (path) => readdirSync(join(path, '..')).filter((name) => name.endsWith('.partial')).length

/** Epochs in the checkpoint, which must be whole. */
async function epochsIn(path) {
  if (!existsSync(path)) return 0
  const model = await load(path)
  model.dispose()
  return (await readCheckpoint('kill', path)).fit.history.length
}

/** Parameters and states, and what all epochs came to. */
async function hashOf(path) {
  const { snapshot, fit } = await readCheckpoint('kill', path)
  const hash = createHash('sha256')
  for (const arrays of [snapshot.parameters, ...snapshot.states.values()])
    for (const array of arrays) hash.update(array)
  for (const { seconds, ...entry } of fit.history) hash.update(JSON.stringify(entry))
  return hash.digest('hex')
}

async function run(path, epochs) {
  const { code } = await start(path, epochs).ended
  if (code !== 0) throw new Error(`kill: expected a fit that ends but it ended with ${code}`)
  return hashOf(path)
}

/** Kills a fit so many times. Fails where a checkpoint is broken, or an epoch lost; `same` says whether all bits are those of a fit in peace. */
export async function killed(times) {
  const directory = mkdtempSync(join(tmpdir(), 'ravine-kill-'))
  const path = join(directory, 'killed.safetensors')
  let [epochs, writing, lives] = [0, 0, 0]
  try {
    for (; lives < times; lives++) {
      if (await kill(path, lives % EARLY === EARLY - 1)) writing++
      const now = await epochsIn(path)
      if (now < epochs) throw new Error(`kill: expected at least ${epochs} epochs in the checkpoint but it has ${now}`)
      epochs = now
    }
    epochs += 1
    const hashes = [await run(path, epochs), await run(join(directory, 'peace.safetensors'), epochs)]
    return { kills: lives, writing, epochs, left: partials(path), same: hashes[0] === hashes[1] }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { kills, writing, epochs, left, same } = await killed(Number(process.argv[2]))
  const bits = same ? 'all bits are' : 'not all bits are'
  console.log(
    `killed ${kills} times, ${writing} of them in the midst of writing; ${epochs} epochs, ${left} files left over: ${bits} those of a fit in peace`,
  )
  if (!same || left > 0) process.exitCode = 1
}
