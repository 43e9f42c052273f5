import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { dense, sequential } from 'ravine'
import { largestError } from './measure.js'
import { examples, nameOf, network, noise, seed } from './seed.js'
import { duration, exact, table } from './table.js'

/** Calls of a contestant in a round, each timed by itself, and how many of them go before. */
const CALLS = 2000
const WARM = 500

/** What one example costs: a call at once, one that is awaited, the loops that everyone writes and, where it is installed, onnxruntime. */
export default async function bench(rounds) {
  const { name: source, test } = await examples()
  const pixels = Float32Array.from(test.features.subarray(0, seed[0]))
  await latencies(rounds, seed, `a digit of ${source}`, pixels)
  await latencies(rounds, seed, 'dense noise', Float32Array.from(noise(1).features))
  await latencies(rounds, [4, 8, 2], 'four numbers', Float32Array.of(0.1, -0.2, 0.3, 0.4))
}

async function latencies(rounds, widths, what, features) {
  const model = widths === seed ? network() : tiny(widths)
  const entries = await contestants(model, widths, features)
  for (let round = 0; round < rounds; round++) for (const entry of entries) entry.samples.push(...(await timed(entry)))
  const expected = await model.predict(features)
  table(
    `One example of ${nameOf(widths)}, ${what}: seconds of a call, of ${rounds * CALLS}`,
    await Promise.all(
      entries.map(async ({ who, samples, last }) => {
        const sorted = samples.sort((a, b) => a - b)
        const at = (part) => duration(sorted[Math.floor(part * sorted.length)] / 1000)
        return {
          who,
          size: nameOf(widths),
          median: at(0.5),
          p99: at(0.99),
          error: exact(largestError([await last()], [expected])),
        }
      }),
    ),
  )
}

const tiny = ([inputs, hidden, outputs]) => sequential({ inputs, seed: 1 }, [dense(hidden, 'relu'), dense(outputs)])

async function contestants(model, widths, features) {
  const options = { out: new Float32Array(widths.at(-1)) }
  const entries = [
    entry('predictSync, out', false, () => model.predictSync(features, options)),
    entry('predictSync', false, () => model.predictSync(features)),
    entry('await predict', true, () => model.predict(features)),
    entry('plain JS', false, plain(model, widths, features)),
  ]
  const session = await onnx(model)
  return session ? [...entries, entry('onnxruntime-node', true, session(features))] : entries
}

/** A contestant that keeps what it said last. */
function entry(who, awaited, work) {
  let last
  const call = () => {
    last = work()
    return last
  }
  return { who, awaited, call, samples: [], last: async () => await last }
}

async function timed({ call, awaited }) {
  const samples = new Float64Array(CALLS)
  for (let i = -WARM; i < CALLS; i++) {
    const start = performance.now()
    if (awaited) await call()
    else call()
    if (i >= 0) samples[i] = performance.now() - start
  }
  return samples
}

/** Row by row, a sum in f64 for each output; relu but for the last layer. */
function plain(model, widths, features) {
  const arrays = [...model.parameters().values()].map(({ data }) => data)
  const layers = widths
    .slice(1)
    .map((outputs, i) => ({ weight: arrays[2 * i], bias: arrays[2 * i + 1], out: new Float32Array(outputs) }))
  return () => {
    let input = features
    for (const [i, { weight, bias, out }] of layers.entries()) {
      for (let o = 0; o < out.length; o++) {
        let sum = bias[o]
        for (let k = 0, at = o * input.length; k < input.length; k++) sum += input[k] * weight[at + k]
        out[o] = i < layers.length - 1 && sum < 0 ? 0 : sum
      }
      input = out
    }
    return input
  }
}

/** onnxruntime on one thread, which is what so little work takes; none where it is not installed, here or by test:foreign. */
async function onnx(model) {
  const places = [import.meta.url, join(homedir(), '.cache/ravine/foreign/package.json')]
  const runtime = places.map((place) => loaded(createRequire(place))).find(Boolean)
  if (!runtime) return undefined
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 }
  const session = await runtime.InferenceSession.create(Buffer.from(model.toONNX()), options)
  const [[input], [output]] = [session.inputNames, session.outputNames]
  return (features) => {
    const feeds = { [input]: new runtime.Tensor('float32', features, [1, features.length]) }
    return async () => (await session.run(feeds))[output].data
  }
}

function loaded(require) {
  try {
    return require('onnxruntime-node')
  } catch {
    return undefined
  }
}
