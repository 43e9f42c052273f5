import type {
  Backend,
  Engine,
  EngineData,
  EngineDataset,
  EngineGradients,
  Evaluation,
  StepEvent,
  TrainJob,
  TrainResult,
  UpdateRule,
} from '../backend.js'
import { Philox, purpose, shuffled } from '../random.js'
import type { FloatArray, GraphSpec, Loss } from '../spec.js'
import { type Batch, Examples, inOrder } from './examples.js'
import { meanSquaredError, softmaxCrossEntropy } from './loss.js'
import { Network } from './network.js'
import { finish, inBreaths, type Pieces } from './pieces.js'
import { type Tally, TrainRecord } from './record.js'

/** Examples that are evaluated together: what their losses are summed over first. */
const EVALUATED = 256

/** The engine in plain JavaScript: the addon's definitions, on one thread. */
export const referenceEngine: Backend = (spec, initial) => new ReferenceEngine(spec, initial)

class ReferenceEngine implements Engine {
  /** It has neither phases nor tiles. */
  readonly profiles = false
  readonly #spec: GraphSpec
  readonly #network: Network
  #aborted = false

  constructor(spec: GraphSpec, initial: readonly FloatArray[]) {
    this.#spec = spec
    this.#network = new Network(spec, initial)
  }

  dataset(data: EngineData): EngineDataset {
    const [inputs] = Object.values(this.#spec.inputs)
    return new Examples(data, inputs, this.#spec.dtype)
  }

  async copy(data: EngineData): Promise<EngineDataset> {
    return this.dataset(data)
  }

  train(dataset: EngineDataset, job: TrainJob, onEvent: (event: StepEvent) => void): Promise<TrainResult> {
    this.#aborted = false
    return inBreaths(this.#train(dataset as Examples, job, onEvent))
  }

  evaluate(dataset: EngineDataset, loss: Loss): Promise<Evaluation> {
    return inBreaths(this.#evaluate(dataset as Examples, loss))
  }

  predict(dataset: EngineDataset): Promise<FloatArray> {
    return inBreaths(this.#predict(dataset as Examples))
  }

  step(dataset: EngineDataset, loss: Loss, update: UpdateRule): Evaluation {
    const examples = dataset as Examples
    const { lossSum, correct } = finish(this.#step(examples, examples.gather(inOrder(examples.size)), loss, update, 0))
    return { loss: lossSum / examples.size, correct }
  }

  gradients(dataset: EngineDataset, loss: Loss): EngineGradients {
    const examples = dataset as Examples
    const batch = examples.gather(inOrder(examples.size))
    const { lossSum, correct, gradients } = finish(this.#gradients(examples, batch, loss))
    return { loss: lossSum / examples.size, correct, gradients }
  }

  apply(gradients: readonly FloatArray[], update: UpdateRule): void {
    this.#network.update(gradients, update, 0)
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
  }

  abort(): void {
    this.#aborted = true
  }

  /** Memory is the garbage collector's. */
  dispose(): void {
    this.abort()
  }

  *#train(examples: Examples, job: TrainJob, onEvent: (event: StepEvent) => void): Pieces<TrainResult> {
    const record = new TrainRecord(job.logEvery, onEvent)
    for (let epoch = 0; epoch < job.epochs; epoch++) {
      for (const batch of examples.batches(job.batchSize, epochOrder(examples.size, job, epoch))) {
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
    const { gradients, ...tally } = yield* this.#gradients(examples, batch, loss)
    if (gradients.length > 0) this.#network.update(gradients, update, step)
    return tally
  }

  /** Forward, loss, and all gradients or, if the loss is not finite, none. */
  *#gradients({ fold }: Examples, batch: Batch, loss: Loss): Pieces<Tally & { gradients: FloatArray[] }> {
    const outputs = yield* this.#network.forward(batch.features, batch.size, fold)
    const { gradOutput, ...tally } = this.#loss(loss, outputs[outputs.length - 1], batch)
    if (!Number.isFinite(tally.lossSum)) return { ...tally, gradients: [] }
    const gradients = yield* this.#network.backward(batch.features, outputs, gradOutput, batch.size, fold)
    return { ...tally, gradients }
  }

  *#evaluate(examples: Examples, loss: Loss): Pieces<Evaluation> {
    let [lossSum, correct] = [0, 0]
    for (const batch of examples.batches(EVALUATED, inOrder(examples.size))) {
      const outputs = yield* this.#network.forward(batch.features, batch.size, examples.fold)
      const tally = this.#loss(loss, outputs[outputs.length - 1], batch)
      lossSum += tally.lossSum
      correct += tally.correct
    }
    return { loss: lossSum / examples.size, correct }
  }

  *#predict(examples: Examples): Pieces<FloatArray> {
    const answers = this.#network.zeros(examples.size * this.#network.width)
    let length = 0
    for (const batch of examples.batches(EVALUATED, inOrder(examples.size))) {
      const outputs = yield* this.#network.forward(batch.features, batch.size, examples.fold)
      answers.set(outputs[outputs.length - 1], length)
      length += batch.size * this.#network.width
    }
    return answers
  }

  #loss(loss: Loss, output: FloatArray, { size, labels, targets }: Batch): Tally & { gradOutput: FloatArray } {
    const gradOutput = this.#network.zeros(output.length)
    const { arithmetic, width } = this.#network
    return loss === 'crossEntropy'
      ? { ...softmaxCrossEntropy(arithmetic, output, labels, gradOutput, size, width), gradOutput }
      : { ...meanSquaredError(arithmetic, output, targets, gradOutput, size, width), correct: 0, gradOutput }
  }
}

const epochOrder = (examples: number, { shuffle, seed, firstEpoch }: TrainJob, epoch: number) =>
  shuffle ? shuffled(examples, new Philox(seed, purpose.shuffle, firstEpoch + epoch)) : inOrder(examples)
