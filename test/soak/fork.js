import { fork as forked } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import * as ravine from 'ravine'
import { copied } from './copied.js'
import { trained } from './trains.js'

// Forks, clusters, arrays of other realms and two copies of the package: all come to the same bits, beside a run that is in hand.

const file = fileURLToPath(new URL('trains.js', import.meta.url))

/** What a process sends before it ends well. */
async function answer(life) {
  const ended = once(life, 'exit')
  const [hash] = await Promise.race([once(life, 'message'), ended.then(([code]) => [`no answer, exit code ${code}`])])
  const [code] = await ended
  return code === 0 ? hash : `exit code ${code}`
}

function clustered() {
  cluster.setupPrimary({ exec: file })
  return Array.from({ length: 2 }, () => answer(cluster.fork()))
}

/** The array type of a realm that is thrown away after each. */
const foreign = () => runInContext('Float32Array', createContext({}))

async function twoCopies(directory) {
  const other = await import(pathToFileURL(copied(directory)))
  const data = ravine.dataset({ features: new Float32Array(4), targets: new Float32Array(1), inputs: 4 })
  const model = other.sequential({ inputs: 4 }, [other.dense(1)])
  const refusal = await model.evaluate(data).catch((error) => error)
  if (refusal.code !== 'ERR_RAVINE_DATA')
    throw new Error(`expected another copy's dataset to be refused but ${refusal}`)
  return Promise.all([trained(other), trained(ravine)])
}

/** A run that goes on all the while. */
function busy() {
  const { train } = ravine.digits({ examples: 300 })
  const [model, stop] = [
    ravine.sequential({ inputs: 784, threads: 1 }, [ravine.dense(32), ravine.dense(10)]),
    new AbortController(),
  ]
  const fit = model.fit(train, { optimizer: ravine.sgd({ learningRate: 1e-4 }), epochs: 1e6, signal: stop.signal })
  return async () => {
    stop.abort()
    await fit.catch(() => undefined)
  }
}

export const fork = {
  times: 20,
  short: 1,
  async run(times) {
    const [directory, stop] = [mkdtempSync(join(tmpdir(), 'ravine-fork-')), busy()]
    try {
      const wanted = await trained(ravine)
      const others = []
      for (let i = 0; i < times; i++) {
        others.push(...(await Promise.all([answer(forked(file)), ...clustered()])))
        others.push(await trained(ravine, foreign()))
      }
      others.push(...(await twoCopies(directory)))
      const strange = others.find((hash) => hash !== wanted)
      if (strange) throw new Error(`expected ${wanted} everywhere but came ${strange}`)
      return `${others.length} trainings in forks, cluster workers, other realms and two copies of the package at once: one hash`
    } finally {
      await stop()
      rmSync(directory, { recursive: true })
    }
  },
}
