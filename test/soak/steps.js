import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { dataset, dense, sequential, sgd } from 'ravine'
import { flat, resident } from './rss.js'

// Many steps of one small model: in fits, and by `step`, one after another.

setFlagsFromString('--expose-gc')
/** What JavaScript has not collected yet says nothing. */
const collect = runInNewContext('gc')
const SAMPLES = 40
const [EXAMPLES, BATCH] = [256, 8]
const MOST = 16

function examples() {
  const features = Float32Array.from({ length: 4 * EXAMPLES }, (_, i) => Math.sin(i))
  return dataset({ features, targets: features.filter((_, i) => i % 4 === 0), inputs: 4 })
}

export const steps = {
  times: 1_000_000,
  short: 20_000,
  async run(times) {
    const [data, optimizer, samples] = [examples(), sgd({ learningRate: 1e-3, momentum: 0.9 }), []]
    const model = sequential({ inputs: 4, seed: 1 }, [dense(16, 'tanh'), dense(1)])
    const batch = data.take(BATCH)
    const each = Math.ceil(times / SAMPLES / 2)
    let made = 0
    for (let sample = 0; sample < SAMPLES; sample++) {
      const history = await model.fit(data, {
        optimizer,
        batchSize: BATCH,
        epochs: Math.ceil((each * BATCH) / EXAMPLES),
      })
      for (let i = 0; i < each; i++) model.step(batch, { loss: 'meanSquaredError', optimizer })
      made += history.at(-1).steps + each
      collect()
      samples.push(resident())
    }
    return `${made.toLocaleString('en')} steps in ${SAMPLES} fits and by step: ${flat(samples, MOST)}`
  },
}
