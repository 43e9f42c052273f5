import type {
  Backend,
  Engine,
  EngineData,
  EngineDataset,
  EngineGradients,
  Evaluation,
  Some,
  StepEvent,
  TrainJob,
  TrainResult,
  UpdateRule,
} from '../backend.js'
import { inputsOf } from '../graph.js'
import { standardized } from '../preparation.js'
import { Philox, purpose, shuffled } from '../random.js'
import { type FloatArray, type GraphSpec, type Loss, lossSpec } from '../spec.js'
import { type Batch, Examples, inOrder } from './examples.js'
import { judge } from './loss.js'
import { type Features, Network, type Pass } from './network.js'
import { finish, inBreaths, type Pieces } from './pieces.js'
import { type Tally, TrainRecord } from './record.js'

/** Examples that are evaluated together: what their losses are summed over first. */
const EVALUATED = 256

/** The engine in plain JavaScript: the addon's definitions, on one thread. */
export const referenceEngine: Backend = (spec, initial, seed) => new ReferenceEngine(spec, initial, seed)

class ReferenceEngine implements Engine {
  /** It has neither phases nor tiles. */
  readonly profiles = false
  readonly #spec: GraphSpec
  readonly #network: Network
  readonly #seed: number
  #aborted = false
  #updates = 0

  constructor(spec: GraphSpec, initial: readonly FloatArray[], seed = 0) {
    this.#spec = spec
    this.#seed = seed
    this.#network = new Network(spec, initial)
  }

  dataset(data: EngineData): EngineDataset {
    return new Examples(standardized(data), inputsOf(this.#spec), this.#spec.dtype)
  }

  async copy(data: EngineData): Promise<EngineDataset> {
    return this.dataset(data)
  }

  train(dataset: EngineDataset, job: TrainJob, onEvent: (event: StepEvent) => void): Promise<TrainResult> {
    this.#aborted = false
    return inBreaths(this.#train(dataset as Examples, job, onEvent))
  }

  evaluate(dataset: EngineDataset, loss: Loss, _threads: number, weights?: Float64Array): Promise<Evaluation> {
    return inBreaths(this.#evaluate(dataset as Examples, loss, weights))
  }

  predict(dataset: EngineDataset, _threads: number, some?: Some): Promise<FloatArray> {
    const examples = dataset as Examples
    return inBreaths(this.#predict(examples, inOrder(examples.size).subarray(some?.first, some?.end)))
  }

  predictSync(data: EngineData, out: FloatArray): void {
    out.set(finish(this.#predict(this.dataset(data) as Examples, inOrder(data.examples))))
  }

  step(dataset: EngineDataset, loss: Loss, update: UpdateRule, _threads: number, weights?: Float64Array): Evaluation {
    const examples = dataset as Examples
    const batch = examples.gather(inOrder(examples.size), weights)
    const { lossSum, correct } = finish(this.#step(examples, batch, loss, update, 0))
    return { loss: lossSum / examples.size, correct }
  }

  gradients(dataset: EngineDataset, loss: Loss, _threads: number, weights?: Float64Array): EngineGradients {
    const examples = dataset as Examples
    const batch = examples.gather(inOrder(examples.size), weights)
    const { lossSum, correct, gradients } = finish(this.#gradients(examples, batch, loss))
    return { loss: lossSum / examples.size, correct, gradients }
  }

  apply(gradients: readonly FloatArray[], update: UpdateRule): void {
    this.#network.update(
      gradients.map((gradient) => gradient.slice()),
      update,
      0,
    )
    this.#updates += 1
  }

  parameters(): FloatArray[] {
    return this.#network.parameters.map((values) => values.slice())
  }

  setParameters(values: readonly FloatArray[]): void {
    for (const [i, parameter] of this.#network.parameters.entries()) parameter.set(values[i])
  }

  states(): FloatArray[][] {
    return this.#network.states.map((state) => state.map((values) => values.slice()))
  }

  setStates(values: readonly (readonly FloatArray[])[]): void {
    this.#network.states = values.map((state) => state.map((values) => values.slice()))
  }

  keep(states: number): void {
    this.#network.states = Array.from({ length: states }, () => this.#network.like())
    this.#network.memory.fill(0)
  }

  memory(): Float64Array {
    return this.#network.memory.slice()
  }

  setMemory(memory: Float64Array): void {
    this.#network.memory.set(memory)
  }

  updates(): number {
    return this.#updates
  }

  setUpdates(updates: number): void {
    this.#updates = updates
  }

  abort(): void {
    this.#aborted = true
  }

  /** Memory is the garbage collector's. */
  dispose(): void {
    this.abort()
  }

  *#train(examples: Examples, job: TrainJob, onEvent: (event: StepEvent) => void): Pieces<TrainResult> {
    const record = new TrainRecord(job.logEvery, onEvent, job.begun)
    for (let epoch = 0; epoch < job.epochs; epoch++) {
      const done = epoch === 0 && job.begun ? job.begun.steps * job.batchSize : 0
      const order = epochOrder(examples.size, job, epoch).subarray(done)
      for (const batch of examples.batches(job.batchSize, order, job.weights)) {
        if (this.#aborted) return record.result('aborted')
        const tally = yield* this.#step(examples, batch, job.loss, job.update, record.steps)
        if (!Number.isFinite(tally.lossSum)) return record.result('diverged')
        record.addStep(epoch, batch.size, tally)
      }
      record.endEpoch(examples.size)
    }
    return record.result('done')
  }

  /** All gradients, then the update, which is in one piece: nobody sees it half done. Without it if the loss is not finite. */
  *#step(examples: Examples, batch: Batch, loss: Loss, update: UpdateRule, step: number): Pieces<Tally> {
    const { gradients, pass, ...tally } = yield* this.#gradients(examples, batch, loss)
    if (!Number.isFinite(tally.lossSum)) return tally
    this.#network.update(gradients, update, step, tally.lossSum / batch.size)
    this.#network.settle(pass)
    this.#updates += 1
    return tally
  }

  /** Forward, loss, and all gradients or, if the loss is not finite, none. */
  *#gradients(examples: Examples, batch: Batch, loss: Loss): Pieces<Tally & { gradients: FloatArray[]; pass: Pass }> {
    const [given, draw] = [featuresOf(examples, batch), { seed: this.#seed, number: this.#updates, firstRow: 0 }]
    const pass = yield* this.#network.forward(given, draw)
    const { gradOutput, ...tally } = this.#loss(loss, pass.output, batch)
    if (!Number.isFinite(tally.lossSum)) return { ...tally, gradients: [], pass }
    return { ...tally, gradients: yield* this.#network.backward(pass, gradOutput, given), pass }
  }

  *#evaluate(examples: Examples, loss: Loss, weights?: Float64Array): Pieces<Evaluation> {
    let [lossSum, correct] = [0, 0]
    for (const batch of examples.batches(EVALUATED, inOrder(examples.size), weights)) {
      const { output } = yield* this.#network.forward(featuresOf(examples, batch))
      const tally = this.#loss(loss, output, batch)
      lossSum += tally.lossSum
      correct += tally.correct
    }
    return { loss: lossSum / examples.size, correct }
  }

  *#predict(examples: Examples, order: Uint32Array): Pieces<FloatArray> {
    const answers = this.#network.zeros(order.length * this.#network.width)
    let length = 0
    for (const batch of examples.batches(EVALUATED, order)) {
      const { output } = yield* this.#network.forward(featuresOf(examples, batch))
      answers.set(output, length)
      length += batch.size * this.#network.width
    }
    return answers
  }

  #loss(loss: Loss, output: FloatArray, batch: Batch): Tally & { gradOutput: FloatArray } {
    const gradOutput = this.#network.zeros(output.length)
    const { arithmetic, width } = this.#network
    return { ...judge(arithmetic, lossSpec(loss), batch, output, gradOutput, batch.size, width), gradOutput }
  }
}

const featuresOf = ({ fold }: Examples, { features, size }: Batch): Features => ({ features, batch: size, fold })

const epochOrder = (examples: number, { shuffle, seed, firstEpoch }: TrainJob, epoch: number) =>
  shuffle ? shuffled(examples, new Philox(seed, purpose.shuffle, firstEpoch + epoch)) : inOrder(examples)
