import { ends } from './child.js'

// Models that nobody disposes of, used or not, with a collector that is called and with one that comes when it likes.

const WAVES = 40
/** MiB by which memory may grow over as many models again: those of a hundred at once. */
const MOST = 100

const script = (times) => `
  import { dense, sequential, sgd } from 'ravine'
  import { flat, resident } from './test/soak/rss.js'
  import { setImmediate } from 'node:timers/promises'
  const optimizer = sgd({ learningRate: 0.1 })
  const batch = { features: new Float32Array(64), targets: new Float32Array(1024) }
  const samples = []
  for (let wave = 0; wave < ${WAVES}; wave++) {
    for (let i = 0; i < ${Math.ceil(times / WAVES)}; i++) {
      const model = sequential({ inputs: 64 }, [dense(1024)])
      if (i % 2 === 0) model.step(batch, { loss: 'meanSquaredError', optimizer })
      await setImmediate()
    }
    globalThis.gc?.()
    await setImmediate()
    samples.push(resident())
  }
  console.log(flat(samples, ${MOST}))`

export const drop = {
  times: 10_000,
  short: 400,
  async run(times) {
    const [ended, hangs] = [{ code: 0, output: /MiB/ }, 60_000 + 60 * times]
    const called = await ends(ended, script(times), { flags: ['--expose-gc'], hangs })
    const free = await ends(ended, script(times), { hangs })
    return `${times} models of 0.8 MiB dropped: with --expose-gc ${called.trim()}; without ${free.trim()}`
  },
}
