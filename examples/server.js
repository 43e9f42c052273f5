// Serves a model by HTTP while it goes on learning: a fit in the background, and each epoch's checkpoint takes the place of the one before.
// `npm run example server [port] [epochs]`, then: curl 127.0.0.1:8080/predict -d "[$(printf '0,%.0s' {1..783})0]"
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { dense, digits, load, sequential, sgd } from 'ravine'

const [port = 8080, epochs = 100] = process.argv.slice(2).map(Number)
const [PIXELS, LARGEST] = [784, 16_384]
const folder = mkdtempSync(join(tmpdir(), 'ravine-server-'))
const path = join(folder, 'digits.safetensors')

const { train, test } = digits({ examples: 10_000 })
const learner = sequential({ inputs: PIXELS, seed: 1 }, [dense(512, 'relu'), dense(256, 'relu'), dense(10)])

/** What answers, and what it is worth: another object takes its place between two requests, whole. */
let served = { epoch: 0 }
async function serve(news) {
  const before = served.model
  served = { model: await load(path), ...news }
  before?.dispose()
}
const stop = new AbortController()
const fit = learner.fit(train, {
  optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }),
  epochs: Math.max(1, epochs),
  batchSize: 64,
  validation: test,
  metrics: ['accuracy'],
  // One core is left for those who ask.
  threads: Math.max(1, availableParallelism() - 1),
  checkpoint: { path },
  signal: stop.signal,
  onEpoch: ({ epoch, validationAccuracy }) => serve({ epoch, validationAccuracy }),
})

class Refusal extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

async function bodyOf(request) {
  const chunks = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > LARGEST) throw new Refusal(413, `expected a body of at most ${LARGEST} bytes but received more`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function pixelsOf(text) {
  let pixels
  try {
    pixels = JSON.parse(text)
  } catch (error) {
    throw new Refusal(400, `expected JSON but received other text: ${error.message}`)
  }
  if (!Array.isArray(pixels) || pixels.length !== PIXELS) {
    const received = Array.isArray(pixels) ? `an array of ${pixels.length}` : typeof pixels
    throw new Refusal(400, `expected an array of ${PIXELS} pixels but received ${received}`)
  }
  const bad = pixels.findIndex((pixel) => !(Number.isInteger(pixel) && pixel >= 0 && pixel <= 255))
  if (bad === -1) return Uint8Array.from(pixels)
  throw new Refusal(
    400,
    `expected pixel ${bad} to be a whole number in 0 … 255 but received ${JSON.stringify(pixels[bad])}`,
  )
}

const logits = new Float32Array(10)
async function answer(request) {
  const { method, url } = request
  if (method === 'GET' && url === '/') return { epoch: served.epoch, validationAccuracy: served.validationAccuracy }
  if (method !== 'POST' || url !== '/predict')
    throw new Refusal(404, `expected GET / or POST /predict but received ${method} ${url}`)
  const pixels = pixelsOf(await bodyOf(request))
  if (!served.model) throw new Refusal(503, 'expected a trained model but the first epoch is not done yet')
  // At once: nobody can take the model away, or write the same array, meanwhile.
  served.model.predictSync(pixels, { out: logits })
  return { digit: logits.indexOf(Math.max(...logits)), logits: [...logits], epoch: served.epoch }
}

const server = createServer(async (request, response) => {
  const send = (status, value) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  try {
    send(200, await answer(request))
  } catch (error) {
    send(error.status ?? 500, { error: error.status ? error.message : 'this should not have happened' })
    if (!error.status) console.error(error)
  }
})

/** Answers what has been asked, ends the step in hand, and takes its files away. */
async function leave() {
  stop.abort()
  await Promise.all([new Promise((closed) => server.close(closed)), fit.catch(() => undefined)])
  rmSync(folder, { recursive: true })
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, leave)

fit.then(
  () => console.log(`trained: epoch ${served.epoch}, accuracy ${served.validationAccuracy}`),
  (error) => error.code === 'ERR_RAVINE_ABORTED' || console.error(error.message),
)
server.on('error', (error) => {
  console.error(`server: expected port ${port} to be free but ${error.message}`)
  process.exitCode = 1
  leave()
})
server.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
