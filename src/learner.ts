import type {
  Begun,
  Engine,
  EngineDataset,
  Evaluation,
  Some,
  StepEvent,
  TrainJob,
  TrainResult,
  UpdateRule,
} from './backend.js'
import { Copies } from './copies.js'
import type { Dataset } from './dataset.js'
import { hyperparameterError, RavineError } from './errors.js'
import { type Followed, Following } from './following.js'
import { outputsOf } from './graph.js'
import { expectMemory } from './memory.js'
import type { Normalize } from './normalize.js'
import type { Optimizer } from './optimizer.js'
import { type Preparation, standardized, turnedBack } from './preparation.js'
import type { Places } from './schedules/places.js'
import { elementSize, type FloatArray, type GraphSpec, type Loss } from './spec.js'
import { Turns } from './turns.js'

/** What stays the same from job to job of a fit, whatever it learns from. */
export interface Manner extends Pick<TrainJob, 'threads' | 'logEvery' | 'profile'> {
  readonly optimizer: Optimizer
  /** Bounds for the gradients of a step. */
  readonly clip: Pick<UpdateRule, 'clipValue' | 'clipNorm'>
}

/** Likewise, of a dataset. */
export interface Lesson extends Manner, Pick<TrainJob, 'loss' | 'weights' | 'batchSize' | 'shuffle'> {}

/** All that a model has learnt: what training changes. */
export interface Snapshot extends Followed {
  /** In the order of `parametersOf`. */
  readonly parameters: FloatArray[]
  /** Updates by whatever optimizer. */
  readonly updates: number
  readonly epochs: number
  readonly normalize?: Normalize
  readonly preparation?: Preparation
}

/** What a model takes over from what it learns from. */
type Learnt = Pick<Dataset, 'normalize' | 'preparation'>

/** What to try when the loss is no longer finite. */
export const REMEDY = 'try a smaller learningRate, a lower momentum or normalised features'

/**
 * The engine of a model under guard: one call at a time, none after the end; and what training leaves behind besides parameters and
 * velocities: how many updates and epochs there were, by which kind of optimizer, of features normalised how.
 */
export class Learner {
  readonly spec: GraphSpec
  readonly seed: number
  /** Asked for when a call names no number; 0 lets the engine choose. */
  readonly threads: number
  /** Epochs since the model was made: each has a shuffle of its own. */
  epochs = 0
  /** Of the data learnt from; belongs to raw features that come later. */
  normalize?: Normalize
  /** Is called when the model is disposed of, while a fit may wait for data. */
  onDispose?: () => void
  /** What gradients were last taken of and nothing has been learnt of since. */
  #looked?: Learnt
  #fitting = false
  #training = false
  /** Whether the training in hand was asked to stop: its data may be on the way, and the engine not at work. */
  #stopped = false
  #disposed = false
  readonly #turns = new Turns()
  readonly #engine: Engine
  readonly #following: Following
  readonly #copies: Copies

  constructor(spec: GraphSpec, seed: number, threads: number, engine: Engine) {
    this.spec = spec
    this.seed = seed
    this.threads = threads
    this.#engine = engine
    this.#following = new Following(spec, engine)
    this.#copies = new Copies(engine)
  }

  /** Updates by the present kind of optimizer. */
  get steps(): number {
    return this.#following.steps
  }

  /** What the optimizer's schedules that look at epochs remember. */
  get places(): Places {
    return this.#following.places
  }

  /** How the columns of the first data learnt from became numbers, and whether these are standardized: all others are taken likewise. */
  get preparation(): Preparation | undefined {
    return this.#copies.preparation
  }

  /** Whether a fit can be asked where its time goes. */
  get profiles(): boolean {
    return this.#engine.profiles
  }

  get disposed(): boolean {
    return this.#disposed
  }

  /** Checks that the model has not been disposed of. */
  alive(where: string): void {
    if (!this.#disposed) return
    throw new RavineError('ERR_RAVINE_DISPOSED', `${where}: expected a model in use but it has been disposed of`)
  }

  /** Checks that no fit holds the model: what asks the engine may wait for its turn. */
  unheld(where: string): void {
    this.alive(where)
    if (this.#fitting) throw busy(where)
  }

  /** The engine to be read at once: no call is in hand, though a fit may be between two of its epochs. */
  idle(where: string): Engine {
    this.alive(where)
    if (this.#turns.taken) throw busy(where)
    return this.#engine
  }

  /** The engine to be changed at once: no call is in hand and no fit holds the model. */
  free(where: string): Engine {
    this.unheld(where)
    return this.idle(where)
  }

  /** Holds the model for one fit, until `release`. */
  hold(where: string): void {
    this.free(where)
    this.#fitting = true
  }

  release(): void {
    this.#fitting = false
  }

  /** Trains for some epochs; the steps and epochs that are finished count even when it stops early. */
  async train(
    data: Dataset,
    lesson: Lesson,
    epochs: number,
    onEvent: (event: StepEvent) => void,
    begun?: Begun,
  ): Promise<TrainResult> {
    this.alive('fit')
    const job = this.#jobOf(data, lesson, epochs, begun)
    return this.#train(data, job, async (copy) => {
      const result = await this.#engine.train(copy, job, onEvent)
      this.epochs += result.losses.length
      return result
    })
  }

  /**
   * One step on one batch of an epoch, which its caller counts.
   *
   * @param onCopied is called when what is written to the data is seen no more
   */
  async trainBatch(
    data: Dataset,
    lesson: Manner & Pick<Lesson, 'loss' | 'weights'>,
    onCopied: () => void,
  ): Promise<TrainResult> {
    this.alive('fit')
    const job = this.#jobOf(data, { ...lesson, batchSize: data.examples, shuffle: false, logEvery: 0 }, 1)
    return this.#train(data, job, (copy) => {
      const result = this.#engine.train(copy, job, () => undefined)
      onCopied()
      return result
    })
  }

  /** A job of training in its turn. */
  async #train(
    data: Dataset,
    { begun, batchSize }: TrainJob,
    work: (copy: EngineDataset) => Promise<TrainResult>,
  ): Promise<TrainResult> {
    this.#training = true
    this.#stopped = false
    const call = this.#turns.take(async () => {
      this.#expectBatch(Math.min(batchSize, data.examples))
      const copy = await this.#copies.of('fit', data, () => !this.#stopped)
      const result = await (copy && !this.#stopped ? work(copy) : nothing(begun))
      // Before the next call has its turn: it may ask.
      this.#following.steps += result.steps
      return result
    })
    return call.finally(() => {
      this.#training = false
    })
  }

  /** On its way through the layers: what each gives, and the gradients of that. */
  #expectBatch(examples: number): void {
    const { nodes, dtype } = this.spec
    const width = nodes.reduce((sum, { outputs }) => sum + outputs, 0)
    expectMemory('fit', 'a batch in all layers', 2 * examples * width * elementSize(dtype))
  }

  /** What the model has learnt: between two calls, of which none has to wait for it. */
  async snapshot(where: string): Promise<Snapshot> {
    this.alive(where)
    if (this.#turns.taken) await this.#turns.ended
    this.alive(where)
    return {
      ...this.#following.snapshot(),
      parameters: this.#engine.parameters(),
      updates: this.#engine.updates(),
      epochs: this.epochs,
      normalize: this.normalize,
      preparation: this.preparation,
    }
  }

  /** Copies of the optimizer's states, by their names, each in the order of `parametersOf`. */
  states(where: string): Map<string, FloatArray[]> {
    this.idle(where)
    return this.#following.states()
  }

  /** Goes back, or on, to where a snapshot was taken, of this model or of one like it. */
  restore({ parameters, updates, epochs, normalize, preparation, ...followed }: Snapshot): void {
    this.#engine.setUpdates(updates)
    this.#engine.setParameters(parameters)
    this.#following.restore(followed)
    this.epochs = epochs
    this.normalize = normalize
    this.#copies.prepare(preparation)
    this.#looked = undefined
  }

  /** Takes in what an epoch came to. */
  observe(optimizer: Optimizer, entry: object): void {
    this.#following.observe(optimizer, entry)
  }

  /** Asks the training in hand, if there is one, to stop after the step in hand. */
  abort(): void {
    if (!this.#training) return
    this.#stopped = true
    this.#engine.abort()
  }

  /** One update on all of `data` at once; one whose loss is not finite changes nothing. */
  step(data: Dataset, loss: Loss, optimizer: Optimizer, threads: number, weights?: Float64Array): Evaluation {
    const engine = this.free('step')
    const copy = this.#copies.once('step', data)
    const update = this.#following.rule('step', optimizer, 1)
    const undo = this.#following.follow(optimizer)
    const evaluation = engine.step(copy, loss, update, threads, weights)
    if (!Number.isFinite(evaluation.loss)) {
      undo()
      throw diverged('step', evaluation.loss)
    }
    this.#following.steps += 1
    this.#learn(data)
    return evaluation
  }

  /** The gradients of the mean loss of all of `data` at once, in the order of `parametersOf`. */
  gradients(data: Dataset, loss: Loss, threads: number, weights?: Float64Array): FloatArray[] {
    const engine = this.idle('gradients')
    const found = engine.gradients(this.#copies.once('gradients', data), loss, threads, weights)
    if (!Number.isFinite(found.loss)) throw diverged('gradients', found.loss)
    this.#looked = { normalize: data.normalize, preparation: data.preparation }
    return found.gradients
  }

  /** One update by gradients in the order of `parametersOf`. */
  apply(gradients: readonly FloatArray[], optimizer: Optimizer): void {
    const engine = this.free('apply')
    if ('restart' in optimizer && optimizer.restart === 'function') {
      throw hyperparameterError('apply', "an optimizer without restart by 'function', which looks at the loss,", 'one')
    }
    const update = this.#following.rule('apply', optimizer, 1)
    this.#following.follow(optimizer)
    engine.apply(gradients, update)
    this.#following.steps += 1
    if (this.#looked) this.#learn(this.#looked)
  }

  async evaluate(data: Dataset, loss: Loss, threads: number, weights?: Float64Array): Promise<Evaluation> {
    this.alive('evaluate')
    return this.#turns.take(async () =>
      this.#engine.evaluate(await this.#copies.whole('evaluate', data), loss, threads, weights),
    )
  }

  /** The outputs for all examples, or for some, in the units of the targets. */
  async predict(data: Dataset, threads: number, some?: Some): Promise<FloatArray> {
    this.alive('predict')
    return this.#turns.take(async () => {
      const copy = await this.#copies.whole('predict', data)
      const standard = this.#copies.standardOf(data)
      const rows = some ? some.end - some.first : data.examples
      expectMemory('predict', 'the answers', rows * outputsOf(this.spec) * elementSize(this.spec.dtype))
      const outputs = await this.#engine.predict(copy, threads, some)
      return standard ? turnedBack(outputs, standard) : outputs
    })
  }

  /** The outputs for all examples, at once into `out`. */
  predictSync(data: Dataset, out: FloatArray, threads: number): void {
    const engine = this.idle('predictSync')
    const standard = this.#copies.standardOf(data)
    engine.predictSync(standardized(this.#copies.dataOf('predictSync', data)), out, threads)
    if (standard) turnedBack(out, standard)
  }

  /** Stops a training in hand; the engine goes when its calls have ended. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.onDispose?.()
    this.abort()
    this.#turns.ended.then(() => this.#engine.dispose())
  }

  #learn({ normalize, preparation }: Learnt): void {
    this.normalize = normalize
    if (!this.preparation) this.#copies.prepare(preparation)
    this.#looked = undefined
  }

  #jobOf(data: Dataset, { optimizer, clip, ...lesson }: Lesson, epochs: number, begun?: Begun): TrainJob {
    const steps = epochs * Math.ceil(data.examples / lesson.batchSize) - (begun?.steps ?? 0)
    const update = { ...this.#following.rule('fit', optimizer, steps), ...clip }
    this.#following.follow(optimizer)
    this.#learn(data)
    return { ...lesson, update, epochs, firstEpoch: this.epochs, begun, seed: this.seed }
  }
}

const nothing = (begun?: Begun): TrainResult => {
  const [losses, correct, seconds] = [new Float64Array(0), new Float64Array(0), new Float64Array(0)]
  return { outcome: 'aborted', steps: 0, begun, losses, correct, seconds, profile: [] }
}

function diverged(where: string, loss: number): RavineError {
  const message = `${where}: expected a finite loss but received ${loss}; ${REMEDY}; the model is as it was`
  return new RavineError('ERR_RAVINE_DIVERGED', message)
}

function busy(where: string): RavineError {
  const message = `${where}: expected no other run of this model in hand but one is; await it first`
  return new RavineError('ERR_RAVINE_HYPERPARAMETER', message)
}
