import { createRequire } from 'node:module'
import type * as Addon from '../index.js'
import { addon } from './addon.js'
import type { Backend, Engine, EngineData, EngineDataset, TrainJob, UpdateRule } from './backend.js'
import { checked } from './checked.js'
import { type ErrorCode, RavineError } from './errors.js'
import type { DenseFeatures } from './features.js'
import { inputsOf } from './graph.js'
import { lowered } from './lowered.js'
import { checkValue, count } from './options.js'
import { standardized } from './preparation.js'
import type { Primitives } from './primitives.js'
import { inSlices } from './slices.js'
import { isSparse } from './sparse.js'
import { type Dtype, type GraphSpec, type Loss, lossSpec } from './spec.js'

const require = createRequire(import.meta.url)

/** A refusal of the addon (`CODE sentence`) as the one error of ravine. */
function translated(error: unknown): unknown {
  const [, code, sentence] = /^(ERR_RAVINE_[A-Z]+) (.*)$/s.exec(error instanceof Error ? error.message : '') ?? []
  return code ? new RavineError(code as ErrorCode, sentence, { cause: error }) : error
}

/** Calls the addon, its refusals translated. */
export function call<R>(work: () => R): R {
  try {
    return work()
  } catch (error) {
    throw translated(error)
  }
}

/** Likewise, of what it promises. */
export const settled = <R>(work: () => Promise<R>): Promise<R> =>
  call(work).catch((error) => {
    throw translated(error)
  })

const native = (dataset: EngineDataset) => dataset as Addon.NativeDataset

const plain = ({ groups, of, tuner, ...clip }: UpdateRule) => ({
  groups: [...groups],
  of: [...of],
  tuner: tuner && { kind: tuner.kind, numbers: [...tuner.numbers] },
  ...clip,
})

function open(dtype: Dtype, inputs: number, { examples, fold }: EngineData): Addon.NativeDataset {
  return call(() => new (addon().NativeDataset)({ dtype, examples, inputs, fold }))
}

function append(copy: Addon.NativeDataset, { features, ...answers }: EngineData): void {
  const { labels = null, targets = null } = answers
  if (isSparse(features)) {
    const { offsets, indices, values = null } = features
    call(() => copy.appendEntries(offsets, indices, values, labels, targets))
  } else call(() => copy.append(features, labels, targets))
}

const objective = (loss: Loss, weights?: Float64Array) => ({ ...lossSpec(loss), weights })

const trainOptions = ({ loss, weights, update, ...job }: TrainJob) => ({
  ...job,
  objective: objective(loss, weights),
  update: plain(update),
})

/** The engine in Rust. */
export const nativeEngine: Backend = (spec, initial, seed = 0) => {
  const engine = empty(spec, seed)
  engine.setParameters(initial)
  return engine
}

/** Its parameters are zero. A function of its own: closures beside the initial ones would keep them as long as the engine lives. */
function empty(spec: GraphSpec, seed: number): Engine {
  const [{ dtype }, inputs] = [spec, inputsOf(spec)]
  const nodes = lowered(spec).map(({ reads, ...node }) => ({ ...node, reads: [...reads] }))
  const widths = Object.values(spec.inputs)
  const engine = call(() => new (addon().NativeEngine)({ dtype, inputs: widths, nodes, seed }))
  return {
    profiles: true,
    dataset: (data) => {
      const copy = open(dtype, inputs, data)
      append(copy, standardized(data))
      return copy
    },
    copy: async (data, wanted) => {
      const copy = open(dtype, inputs, data)
      return (await inSlices(data, (slice) => append(copy, standardized(slice)), wanted)) ? copy : undefined
    },
    train: (data, job, onEvent) =>
      settled(() =>
        engine.train(native(data), trainOptions(job), (epoch, step, loss) => onEvent({ epoch, step, loss })),
      ),
    evaluate: (data, loss, threads, weights) =>
      settled(() => engine.evaluate(native(data), objective(loss, weights), threads)),
    predict: (data, threads, some) => settled(() => engine.predict(native(data), threads, some)),
    predictSync: ({ features, fold }, out, threads) =>
      call(() => engine.predictSync(features as DenseFeatures, fold, out, threads)),
    step: (data, loss, update, threads, weights) =>
      call(() => engine.step(native(data), objective(loss, weights), plain(update), threads)),
    gradients: (data, loss, threads, weights) =>
      call(() => engine.gradients(native(data), objective(loss, weights), threads)),
    apply: (gradients, update) => call(() => engine.apply([...gradients], plain(update))),
    parameters: () => call(() => engine.parameters()),
    setParameters: (values) => call(() => engine.setParameters([...values])),
    states: () => call(() => engine.states()),
    setStates: (values) => call(() => engine.setStates(values.map((state) => [...state]))),
    keep: (states) => call(() => engine.keep(states)),
    memory: () => call(() => engine.memory()),
    setMemory: (memory) => call(() => engine.setMemory(memory)),
    updates: () => call(() => engine.updates()),
    setUpdates: (updates) => call(() => engine.setUpdates(updates)),
    abort: () => engine.abort(),
    dispose: () => engine.dispose(),
  }
}

/** The primitives in Rust: row-major arrays, on all threads where the size pays. */
export const primitives: Primitives = checked({
  matmul: (...operands) => call(() => addon().matmul(...operands)),
  linear: (...operands) => call(() => addon().linear(...operands)),
  linearBackward: (...operands) => call(() => addon().linearBackward(...operands)),
  activate: (...operands) => call(() => addon().activate(...operands)),
  activateBackward: (...operands) => call(() => addon().activateBackward(...operands)),
  softmaxCrossEntropy: (...operands) => call(() => addon().softmaxCrossEntropy(...operands)),
  meanSquaredError: (...operands) => call(() => addon().meanSquaredError(...operands)),
  momentumStep: (...operands) => call(() => addon().momentumStep(...operands)),
  momentumStepSparse: (parameter, rows, gradientRows, velocity, width, coefficients, nesterov) => {
    const count = parameter.length / width
    call(() =>
      addon().momentumStepSparse(parameter, rows, gradientRows, velocity, count, width, coefficients, nesterov),
    )
  },
  momentumCatchUp: (parameter, velocity, rows, places, drifts, width) => {
    const count = parameter.length / width
    call(() => addon().momentumCatchUp(parameter, velocity, rows, places, drifts, count, width))
  },
  cpu: () => call(() => addon().cpu()),
})

export const {
  matmul,
  linear,
  linearBackward,
  activate,
  activateBackward,
  softmaxCrossEntropy,
  meanSquaredError,
  momentumCatchUp,
  momentumStep,
  momentumStepSparse,
  cpu,
} = primitives

const { version: packaged } = require('../package.json') as { version: string }

/** The version of this package. */
export const version: string = packaged

/** The machine's measured roof in GFLOP/s: that many threads that only multiply and add in registers, in f32; takes milliseconds. */
export const peakGflops = (threads = 1): number => {
  checkValue('peakGflops', 'threads', threads, count)
  return call(() => addon().peakGflops(threads))
}
