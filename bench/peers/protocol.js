import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { nameOf, seed } from '../seed.js'

// The peer's side of protocol.md, and the input that data.js wrote.

const [threads, data, folder] = process.argv.slice(2)

export { folder }
export const THREADS = Number(threads)

const LONG = 0.02
const VALUES = 16
export const SIZES = seed

/** Answers requests: `jobs[job][mode](...sizes)` prepares a job, and returns what does it once and gives its figures; both may be asynchronous. */
export async function serve(version, jobs) {
  const modes = Object.entries(jobs).map(([job, modes]) => [job, Object.keys(modes)])
  const ready = new Map()
  const answer = async (line) => {
    const [job, mode, ...sizes] = line.split(' ')
    if (!ready.has(line)) ready.set(line, await jobs[job][mode](...sizes.map(Number)))
    return ready.get(line)()
  }
  say({ version, jobs: Object.fromEntries(modes) })
  for await (const line of createInterface({ input: process.stdin })) {
    say(await answer(line).catch(({ message }) => ({ error: message })))
  }
}

const say = (figures) => process.stdout.write(`${JSON.stringify(figures)}\n`)

/** The seconds of a call of `work`, which may be asynchronous. */
export async function once(work) {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** The seconds of a call over as many calls as it takes to be sure, and how many were made in all. */
export async function many(work) {
  for (let calls = 1, made = 0; ; calls *= 2) {
    const seconds = await once(async () => {
      for (let call = 0; call < calls; call++) {
        const later = work()
        if (later) await later
      }
    })
    made += calls
    if (seconds > LONG) return { seconds: seconds / calls, made }
  }
}

/** A momentum job: the seconds of a step, how many there have been, and what they made of the parameter. */
export function counted(step, parameter) {
  let steps = 0
  return async () => {
    const { seconds, made } = await many(step)
    steps += made
    return { seconds, steps, values: spread(parameter) }
  }
}

export const bytes = (name) => new Uint8Array(readFileSync(join(data, name)))
export const floats = (name) => new Float32Array(bytes(name).buffer)

/** Normalised images [examples, 784], and their labels. */
export function digits() {
  held ??= {
    features: new Float32Array(bytes('images.u8')).map((byte) => (byte / 255 - 0.1307) / 0.3081),
    labels: bytes('labels.u8'),
  }
  return held
}
let held

/** What the seed MLP starts from: weight [outputs, inputs] and bias of each layer, and the same weight as [inputs, outputs]. */
export function parameters() {
  const numbers = floats(`parameters-${nameOf(SIZES)}.f32`)
  let place = 0
  const take = (count) => {
    place += count
    return numbers.slice(place - count, place)
  }
  return SIZES.slice(1).map((outputs, layer) => {
    const inputs = SIZES[layer]
    const weight = take(inputs * outputs)
    return { inputs, outputs, weight, transposed: transpose(weight, outputs, inputs), bias: take(outputs) }
  })
}

/** Of a matrix of so many rows and columns, into `to`. */
export function transpose(matrix, rows, columns, to = new Float32Array(rows * columns)) {
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = matrix[i * columns + j]
  return to
}

export function shuffled(length) {
  const order = Uint32Array.from({ length }, (_, i) => i)
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

/** VALUES of them, evenly spread. */
export const spread = (values) =>
  Array.from({ length: VALUES }, (_, i) => values[Math.floor(((2 * i + 1) * values.length) / (2 * VALUES))])

/** The mean over all examples of the squared error of a line. */
export function squaredError(features, targets, weight, bias) {
  const inputs = weight.length
  let sum = 0
  for (let i = 0; i < targets.length; i++) {
    let error = bias - targets[i]
    for (let j = 0; j < inputs; j++) error += features[i * inputs + j] * weight[j]
    sum += error * error
  }
  return sum / targets.length
}
