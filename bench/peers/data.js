import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { uniform } from '../numbers.js'
import { examples, nameOf, network, noise, seed } from '../seed.js'
import { cases, random } from '../shapes.js'

/** Products are of numbers up to here: two matrices of 2048 × 2048. */
const NUMBERS = 2 * 2048 ** 2
const [EXAMPLES, INPUTS] = [100_000, 50]
const NOISE = 0.1

/**
 * Writes what the jobs work on, raw and little-endian, each number after the other:
 * images.u8 [examples, 784], labels.u8, parameters-784-….f32 for each net (what it starts from: weight [outputs, inputs], bias, layer by layer),
 * noise.f32 [20000, 784], noise.u8 (its labels),
 * numbers.f32 (A is its beginning, B follows), features.f32 [100000, 50] and targets.f32 of a line with noise of variance 0.01.
 *
 * @returns what else the runner has to know of them
 */
export async function writeData(folder) {
  mkdirSync(folder, { recursive: true })
  const write = (name, values) => writeFileSync(join(folder, name), values)
  const { name: source, train } = await examples()
  write('images.u8', train.features)
  write('labels.u8', Uint8Array.from(train.labels))
  for (const { widths } of [{ widths: seed }, ...cases]) write(`parameters-${nameOf(widths)}.f32`, startOf(widths))
  const full = noise(random.most)
  write('noise.f32', full.features)
  write('noise.u8', full.labels)
  const numbers = uniform(NUMBERS, 1)
  write('numbers.f32', numbers)
  const features = uniform(EXAMPLES * INPUTS, 2).map((value) => value * Math.sqrt(12))
  write('features.f32', features)
  write('targets.f32', targetsOf(features))
  return { source, examples: train.examples, regression: EXAMPLES, numbers }
}

const startOf = (widths) =>
  Buffer.concat([...network({ widths }).parameters().values()].map(({ data }) => bytesOf(data)))

const bytesOf = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)

function targetsOf(features) {
  const [weight, noise] = [uniform(INPUTS, 3), uniform(EXAMPLES, 4)]
  return noise.map((value, i) => {
    let target = 0.5 + value * Math.sqrt(12) * NOISE
    for (let j = 0; j < INPUTS; j++) target += features[i * INPUTS + j] * weight[j]
    return target
  })
}
