// Fits of the networks of ../golden that go on from their checkpoints in a directory, if there are some, and stop after an epoch as a
// killed process does: with nothing but the file left. Prints, by network, the history of losses and the hash of parameters and velocities.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as ravine from 'ravine'
import { BATCH, examplesOf, hashOf, modelOf, networks, stateOf } from '../golden/networks.js'

export const EPOCHS = 8

export async function goOn({ directory, backend, threads, stop = EPOCHS }) {
  const found = {}
  for (const [name, network] of Object.entries(networks)) {
    const model = modelOf(ravine, network, { backend, threads })
    const path = join(directory, `${name}.safetensors`)
    const fit = model.fit(ravine.dataset(examplesOf(network)), {
      optimizer: ravine.sgd(network.optimizer),
      batchSize: BATCH,
      epochs: EPOCHS,
      checkpoint: { path },
      resume: existsSync(path) ? path : undefined,
      onEpoch: ({ epoch }) => {
        if (epoch === stop) throw new Error('stopped')
      },
    })
    const history = await fit.catch(() => [])
    found[name] = { losses: history.map(({ loss }) => loss), hash: hashOf(stateOf(model)) }
  }
  console.log(JSON.stringify(found))
}
