import { createHash } from 'node:crypto'
import { type Dataset, dataset } from '../dataset.js'
import { digits } from '../digits.js'
import { batchNorm, dense, dropout, type Layer, layerNorm } from '../layers.js'
import { type Sgd, type SgdOptions, sgd } from '../optimizers/sgd.js'
import { type BackendName, sequential } from '../sequential.js'
import type { Activation, Dtype } from '../spec.js'
import type { Call, Command } from './command.js'

/** A small model that trains in a moment, in plain JavaScript too. */
interface Trial {
  readonly data: Dataset
  readonly activation: Activation
  readonly dtype: Dtype
  readonly optimizer: Sgd
  /** What stands behind the first dense layer. */
  readonly between: readonly Layer[]
}

function trials(): Trial[] {
  const images = digits({ examples: 180, seed: 3 }).train
  const points = dataset({
    features: Float64Array.from({ length: 60 }, (_, i) => Math.sqrt(i + 1) - 4),
    targets: Float64Array.from({ length: 20 }, (_, i) => 1 / (i + 1)),
    inputs: 3,
  })
  const trial = (
    data: Dataset,
    dtype: Dtype,
    activation: Activation,
    optimizer: Omit<SgdOptions, 'learningRate'>,
    ...between: Layer[]
  ) => ({ data, dtype, activation, optimizer: sgd({ learningRate: 0.05, ...optimizer }), between })
  return [
    trial(images, 'f32', 'relu', { momentum: 0.9 }),
    trial(images, 'f32', 'relu', { momentum: 0.9, nesterov: true }),
    trial(images, 'f32', 'tanh', { momentum: 0.9, form: 'velocity', weightDecay: 1e-3 }),
    trial(images, 'f32', 'sigmoid', { momentum: 0.9, form: 'ema', biasCorrection: true }),
    trial(points, 'f32', 'relu', { momentum: 0.5, dampening: 0.5 }),
    trial(points, 'f64', 'tanh', { momentum: 0.9, form: 'ema' }),
    trial(points, 'f64', 'sigmoid', { momentum: 0.9, form: 'velocity', nesterov: true }),
    trial(images, 'f32', 'gelu', { momentum: 0.9 }, batchNorm(), dropout(0.2)),
    trial(points, 'f64', 'silu', { momentum: 0.9 }, layerNorm()),
  ]
}

/** `ravine check` */
export const check: Command = {
  usage: 'check [options]',
  help: 'compare the bits of the addon and of plain JavaScript',
  options: ['threads', 'json', 'quiet'],
  words: 0,
  run,
}

/** The addon against the reference, on this machine. Whether all parameters and velocities have equal bits. */
async function run({ settings: { threads }, voice: { say, record } }: Call): Promise<boolean> {
  say(row('model', 'type', 'momentum', 'native', 'reference', ''))
  let equal = true
  for (const trial of trials()) {
    const [native, reference] = [await hashOf(trial, 'native', threads), await hashOf(trial, 'reference')]
    equal &&= native === reference
    const [model, type, momentum] = titleOf(trial)
    say(row(model, type, momentum, native, reference, native === reference ? 'equal' : 'DIFFERENT'))
    record('check', { model, type, momentum, native, reference, equal: native === reference })
  }
  say(
    equal
      ? 'every parameter and every velocity has the same bits'
      : 'the addon and the reference disagree: please report it',
  )
  record('end', { equal })
  return equal
}

/** Of the parameters and velocities at the end of two epochs. */
async function hashOf(trial: Trial, backend: BackendName, threads?: number): Promise<string> {
  const { data, activation, dtype, optimizer, between } = trial
  const layers = [dense(17, activation), ...between, dense(9, activation), dense(data.outputs)]
  const model = sequential({ inputs: data.inputs, seed: 1, dtype, backend, threads }, layers)
  await model.fit(data, { optimizer: optimizer, epochs: 2, batchSize: 16 })
  const hash = createHash('sha256')
  for (const { data } of [...model.parameters().values(), ...model.velocities().values()]) hash.update(data)
  return hash.digest('hex').slice(0, 16)
}

function titleOf({ data, activation, dtype, optimizer }: Trial): [string, string, string] {
  const { form = 'heavyBall', nesterov } = optimizer
  return [`${data.inputs}-17-9-${data.outputs} ${activation}`, dtype, nesterov ? `${form}, Nesterov` : form]
}

const widths = [19, 4, 19, 16, 16, 0]
const row = (...cells: readonly string[]) =>
  cells
    .map((cell, i) => cell.padEnd(widths[i]))
    .join('  ')
    .trimEnd()
