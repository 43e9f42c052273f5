import { describe, expect, it } from 'vitest'
import { child } from './child.js'

/** A run that would take minutes, and tells when it is under way. */
const longRun = `
  import { dense, digits, sequential, sgd } from 'ravine'
  const { train } = digits({ examples: 1200 })
  const optimizer = sgd({ learningRate: 1e-4, momentum: 0.9 })
  const start = (threads, onStep = () => {}, signal) => {
    const model = sequential({ inputs: 784, threads }, [dense(256, 'relu'), dense(128, 'relu'), dense(10)])
    return { model, fit: model.fit(train, { optimizer, epochs: 100_000, logEvery: 5, onStep, signal }) }
  }
  const underWay = (threads) => new Promise((resolve) => start(threads, resolve))
`

describe.each([1, 3])('with %i threads, in the middle of a run', (threads) => {
  it('process.exit ends the process with its code', async () => {
    const ended = await child(`${longRun} await underWay(${threads}); process.exit(7)`)
    expect(ended).toEqual({ code: 7, signal: null, output: '' })
  })

  it('an uncaught error ends the process as Node does', async () => {
    const ended = await child(`${longRun} await underWay(${threads}); throw new Error('on purpose')`)
    expect(ended).toMatchObject({ code: 1, signal: null, output: expect.stringContaining('on purpose') })
  })

  it('SIGTERM ends the process as SIGTERM does', async () => {
    const ended = await child(`${longRun} await underWay(${threads}); console.log('READY')`, [], 'SIGTERM')
    expect(ended).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  it('an AbortSignal stops it, and the model goes on from there', async () => {
    const script = `${longRun}
      const stop = new AbortController()
      const { model, fit } = start(${threads}, () => stop.abort(new Error('enough')), stop.signal)
      const refused = await fit.then(() => null, (error) => error)
      const { loss } = await model.evaluate(train)
      console.log(refused.code, refused.cause.message, Number.isFinite(loss))`
    expect(await child(script)).toEqual({ code: 0, signal: null, output: 'ERR_RAVINE_ABORTED enough true\n' })
  })

  it('timers keep firing', async () => {
    const script = `${longRun}
      let ticks = 0
      const timer = setInterval(() => ticks++, 10)
      await underWay(${threads})
      const before = ticks
      setTimeout(() => { console.log(ticks - before >= 10 ? 'free' : 'held up: ' + (ticks - before)); process.exit() }, 500)`
    expect(await child(script)).toMatchObject({ code: 0, output: 'free\n' })
  })
})

describe('a fit that is killed at random moments', () => {
  it('goes on from its checkpoint, which is whole, and ends with the bits of one that was not', async () => {
    const script = `
      const { killed } = await import('./test/process/kill.js')
      console.log(JSON.stringify(await killed(5)))`
    const { code, output } = await child(script)
    expect(code, output).toBe(0)
    expect(JSON.parse(output)).toMatchObject({ kills: 5, left: 0, same: true })
  })
})

describe('worker threads', () => {
  it('train, and end in the middle of a run', async () => {
    const script = `
      import { Worker } from 'node:worker_threads'
      import { once } from 'node:events'
      const start = () => new Worker('./test/process/worker.js', { execArgv: [] })
      for (let round = 0; round < 4; round++) {
        const workers = [start(), start()]
        await Promise.all(workers.map((worker) => once(worker, 'message')))
        await Promise.all(workers.map((worker) => worker.terminate()))
      }
      console.log('ended')`
    expect(await child(script)).toEqual({ code: 0, signal: null, output: 'ended\n' })
  }, 30_000)
})

describe('memory', () => {
  it('models that nobody holds are collected, used or not', async () => {
    const script = `
      import { dense, sequential, sgd } from 'ravine'
      const optimizer = sgd({ learningRate: 0.1 })
      const batch = { features: new Float32Array(64), targets: new Float32Array(2048) }
      let collected = 0
      const registry = new FinalizationRegistry(() => collected++)
      const wave = () => {
        for (let i = 0; i < 100; i++) {
          const model = sequential({ inputs: 64 }, [dense(2048)])
          model.step(batch, { loss: 'meanSquaredError', optimizer })
          registry.register(model)
        }
      }
      let made = 0
      const settle = async () => {
        made += 100
        for (let i = 0; i < 100 && collected < made - 5; i++) { gc(); await new Promise((go) => setTimeout(go, 20)) }
      }
      const megabytes = () => process.memoryUsage().rss / 2 ** 20
      for (let i = 0; i < 3; i++) { wave(); await settle() }
      const before = megabytes()
      for (let i = 0; i < 6; i++) { wave(); await settle() }
      // Six waves that were held would be 970 MB; the allocator by itself wanders by a hundred.
      const grown = megabytes() - before
      console.log(collected >= made - 5, grown < 240 ? 'flat' : grown)`
    expect(await child(script, ['--expose-gc'])).toMatchObject({ code: 0, output: 'true flat\n' })
  }, 30_000)

  it('a run of a model that nobody holds goes on to its end', async () => {
    const script = `
      import { dense, digits, sequential, sgd } from 'ravine'
      const { train } = digits({ examples: 600 })
      const begin = () => sequential({ inputs: 784 }, [dense(10)]).fit(train, { optimizer: sgd({ learningRate: 0.01 }), epochs: 20 })
      const run = begin()
      const collect = setInterval(gc, 1)
      const history = await run
      clearInterval(collect)
      console.log(history.length)`
    expect(await child(script, ['--expose-gc'])).toEqual({ code: 0, signal: null, output: '20\n' })
  })

  it('data that are mostly zero take little of it', async () => {
    const script = `
      import { dataset, dense, sequential } from 'ravine'
      const features = new Uint8Array(1 << 26)
      for (let i = 0; i < features.length; i += 10) features[i] = 1
      const data = dataset({ features, labels: new Uint8Array(1 << 16), classes: 2, inputs: 1024 })
      const model = sequential({ inputs: 1024 }, [dense(2)])
      await model.evaluate(data.take(2000))
      const megabytes = () => process.memoryUsage().rss / 2 ** 20
      const before = megabytes()
      await model.evaluate(data)
      // 64 as they are; a tenth of them, and where they are, are 15.
      const grown = megabytes() - before
      console.log(grown < 40 ? 'little' : grown)`
    expect(await child(script)).toMatchObject({ code: 0, output: 'little\n' })
  })
})
