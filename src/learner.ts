import type {
  Begun,
  Engine,
  EngineData,
  EngineDataset,
  Evaluation,
  Some,
  StepEvent,
  TrainJob,
  TrainResult,
  UpdateRule,
} from './backend.js'
import type { Dataset, Normalize } from './dataset.js'
import { hyperparameterError, RavineError } from './errors.js'
import { initialOf, kindOf, type Optimizer, statesOf, updateRule } from './optimizer.js'
import { observed } from './optimizers/epochs.js'
import { checkSame, type Preparation, type Standard, standardized, standardOf, turnedBack } from './preparation.js'
import type { Places } from './schedules/places.js'
import { type FloatArray, type GraphSpec, type Loss, parametersOf } from './spec.js'

/** What stays the same from job to job of a fit, whatever it learns from. */
export interface Manner extends Pick<TrainJob, 'threads' | 'logEvery' | 'profile'> {
  readonly optimizer: Optimizer
  /** Bounds for the gradients of a step. */
  readonly clip: Pick<UpdateRule, 'clipValue' | 'clipNorm'>
}

/** Likewise, of a dataset. */
export interface Lesson extends Manner, Pick<TrainJob, 'loss' | 'weights' | 'batchSize' | 'shuffle'> {}

/** All that a model has learnt: what training changes. */
export interface Snapshot {
  /** In the order of `parametersOf`. */
  readonly parameters: FloatArray[]
  /** The optimizer's, each by its name and like the parameters. */
  readonly states: ReadonlyMap<string, FloatArray[]>
  readonly steps: number
  /** Updates by whatever optimizer. */
  readonly updates: number
  readonly epochs: number
  readonly kind?: string
  readonly normalize?: Normalize
  readonly preparation?: Preparation
  /** What schedules that look at epochs remember. */
  readonly places: Places
  /** What the tuner of an optimizer remembers. */
  readonly memory: readonly number[]
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
  /** Updates by the present kind of optimizer. */
  steps = 0
  /** Epochs since the model was made: each has a shuffle of its own. */
  epochs = 0
  /** Of the data learnt from; belongs to raw features that come later. */
  normalize?: Normalize
  /** What the optimizer's schedules that look at epochs remember. */
  places: Places = {}
  /** Is called when the model is disposed of, while a fit may wait for data. */
  onDispose?: () => void
  #kind?: string
  /** Names of the states that the engine has of each parameter. */
  #states: readonly string[] = ['velocity']
  /** What gradients were last taken of and nothing has been learnt of since. */
  #looked?: Learnt
  #preparation?: Preparation
  #fitting = false
  #training = false
  /** Whether the training in hand was asked to stop: its data may be on the way, and the engine not at work. */
  #stopped = false
  #disposed = false
  #calls = 0
  #last: Promise<unknown> = Promise.resolve()
  readonly #engine: Engine
  #copies = new WeakMap<Dataset, EngineDataset>()

  constructor(spec: GraphSpec, seed: number, threads: number, engine: Engine) {
    this.spec = spec
    this.seed = seed
    this.threads = threads
    this.#engine = engine
  }

  /** How the columns of the first data learnt from became numbers, and whether these are standardized: all others are taken likewise. */
  get preparation(): Preparation | undefined {
    return this.#preparation
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
    if (this.#calls > 0) throw busy(where)
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
    { begun }: TrainJob,
    work: (copy: EngineDataset) => Promise<TrainResult>,
  ): Promise<TrainResult> {
    this.#training = true
    this.#stopped = false
    const call = this.#queue(async () => {
      const copy = await this.#copy('fit', data, () => !this.#stopped)
      const result = await (copy && !this.#stopped ? work(copy) : nothing(begun))
      // Before the next call has its turn: it may ask.
      this.steps += result.steps
      return result
    })
    return call.finally(() => {
      this.#training = false
    })
  }

  /** What the model has learnt: between two calls, of which none has to wait for it. */
  async snapshot(where: string): Promise<Snapshot> {
    this.alive(where)
    if (this.#calls > 0) await this.#last
    this.alive(where)
    return {
      parameters: this.#engine.parameters(),
      states: this.#named(),
      steps: this.steps,
      updates: this.#engine.updates(),
      epochs: this.epochs,
      kind: this.#kind,
      normalize: this.normalize,
      preparation: this.#preparation,
      places: this.places,
      memory: [...this.#engine.memory()],
    }
  }

  /** Copies of the optimizer's states, by their names, each in the order of `parametersOf`. */
  states(where: string): Map<string, FloatArray[]> {
    this.idle(where)
    return this.#named()
  }

  /** Goes back, or on, to where a snapshot was taken, of this model or of one like it. */
  restore({
    parameters,
    states,
    steps,
    updates,
    epochs,
    kind,
    normalize,
    preparation,
    places,
    memory,
  }: Snapshot): void {
    this.#engine.setUpdates(updates)
    this.#engine.setParameters(parameters)
    this.#engine.setStates([...states.values()])
    this.#engine.setMemory(Float64Array.from(memory))
    this.#states = [...states.keys()]
    this.#return(kind, steps, places)
    this.epochs = epochs
    this.normalize = normalize
    this.#prepare(preparation)
    this.#looked = undefined
  }

  /** Takes in what an epoch came to. */
  observe(optimizer: Optimizer, entry: object): void {
    this.places = observed(optimizer, this.places, entry)
  }

  #named(): Map<string, FloatArray[]> {
    const states = this.#engine.states()
    return new Map(this.#states.map((name, i) => [name, states[i]]))
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
    const copy = engine.dataset(this.#engineData('step', data))
    const update = this.#update('step', optimizer, 1)
    const undo = this.#follow(optimizer)
    const evaluation = engine.step(copy, loss, update, threads, weights)
    if (!Number.isFinite(evaluation.loss)) {
      undo()
      throw diverged('step', evaluation.loss)
    }
    this.steps += 1
    this.#learn(data)
    return evaluation
  }

  /** The gradients of the mean loss of all of `data` at once, in the order of `parametersOf`. */
  gradients(data: Dataset, loss: Loss, threads: number, weights?: Float64Array): FloatArray[] {
    const engine = this.idle('gradients')
    const found = engine.gradients(engine.dataset(this.#engineData('gradients', data)), loss, threads, weights)
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
    const update = this.#update('apply', optimizer, 1)
    this.#follow(optimizer)
    engine.apply(gradients, update)
    this.steps += 1
    if (this.#looked) this.#learn(this.#looked)
  }

  async evaluate(data: Dataset, loss: Loss, threads: number, weights?: Float64Array): Promise<Evaluation> {
    this.alive('evaluate')
    return this.#queue(async () => this.#engine.evaluate(await this.#whole('evaluate', data), loss, threads, weights))
  }

  /** The outputs for all examples, or for some, in the units of the targets. */
  async predict(data: Dataset, threads: number, some?: Some): Promise<FloatArray> {
    this.alive('predict')
    return this.#queue(async () => {
      const copy = await this.#whole('predict', data)
      const standard = this.#standardOf(data)
      const outputs = await this.#engine.predict(copy, threads, some)
      return standard ? turnedBack(outputs, standard) : outputs
    })
  }

  /** The outputs for all examples, at once into `out`. */
  predictSync(data: Dataset, out: FloatArray, threads: number): void {
    const engine = this.idle('predictSync')
    const standard = this.#standardOf(data)
    engine.predictSync(standardized(this.#engineData('predictSync', data)), out, threads)
    if (standard) turnedBack(out, standard)
  }

  /** Stops a training in hand; the engine goes when its calls have ended. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.onDispose?.()
    this.abort()
    this.#last.then(() => this.#engine.dispose())
  }

  /** The optimizer's rules of the next steps; nothing has changed where it has none. */
  #update(where: string, optimizer: Optimizer, steps: number): UpdateRule {
    const [first, places] = this.#goesOn(optimizer) ? [this.steps + 1, this.places] : [1, {}]
    return updateRule(where, optimizer, parametersOf(this.spec), first, steps, places)
  }

  #learn({ normalize, preparation }: Learnt): void {
    this.normalize = normalize
    if (!this.#preparation) this.#prepare(preparation)
    this.#looked = undefined
  }

  #jobOf(data: Dataset, { optimizer, clip, ...lesson }: Lesson, epochs: number, begun?: Begun): TrainJob {
    const steps = epochs * Math.ceil(data.examples / lesson.batchSize) - (begun?.steps ?? 0)
    const update = { ...this.#update('fit', optimizer, steps), ...clip }
    this.#follow(optimizer)
    this.#learn(data)
    return { ...lesson, update, epochs, firstEpoch: this.epochs, begun, seed: this.seed }
  }

  /** Whether states, steps and places are of use to an optimizer. */
  #goesOn(optimizer: Optimizer): boolean {
    const kind = kindOf(optimizer)
    // A file may have said that it has the states of one kind, and had others.
    return (this.#kind ?? kind) === kind && `${this.#states}` === `${statesOf(optimizer)}`
  }

  /** Another kind of optimizer cannot use the states: they start anew, and the steps from 1. Returns the way back. */
  #follow(optimizer: Optimizer): () => void {
    const [kind, steps, places, names] = [this.#kind, this.steps, this.places, this.#states]
    const goesOn = this.#goesOn(optimizer)
    this.#kind = kindOf(optimizer)
    if (goesOn) return () => this.#return(kind, steps, places)
    const [states, memory] = [this.#engine.states(), this.#engine.memory()]
    this.#begin(optimizer)
    return () => {
      this.#engine.setStates(states)
      this.#engine.setMemory(memory)
      this.#states = names
      this.#return(kind, steps, places)
    }
  }

  #begin(optimizer: Optimizer): void {
    const initial = initialOf(optimizer)
    this.#engine.keep(initial.length)
    if (initial.some((value) => value !== 0)) {
      const filled = (value: number) => (state: FloatArray) => state.fill(value)
      this.#engine.setStates(this.#engine.states().map((state, i) => state.map(filled(initial[i]))))
    }
    this.#states = statesOf(optimizer)
    this.#return(kindOf(optimizer), 0, {})
  }

  #return(kind: string | undefined, steps: number, places: Places): void {
    this.#kind = kind
    this.steps = steps
    this.places = places
  }

  /** Copies of before are of data that were standardized otherwise. */
  #prepare(preparation?: Preparation): void {
    if (preparation === this.#preparation) return
    this.#preparation = preparation
    this.#copies = new WeakMap()
  }

  #standardOf({ preparation }: Dataset): Standard | undefined {
    return standardOf(this.#preparation ?? preparation)
  }

  #engineData(where: string, data: Dataset): EngineData {
    if (this.#preparation && data.preparation) checkSame(where, this.#preparation, data.preparation)
    const { features, examples, labels, targets } = data
    return { features, examples, labels, targets, fold: data.fold(), standard: this.#standardOf(data) }
  }

  /** The engine's copy of a dataset, made when it is first used; none where it is wanted no longer. */
  async #copy(where: string, data: Dataset, wanted: () => boolean): Promise<EngineDataset | undefined> {
    const known = this.#copies.get(data)
    if (known) return known
    const copy = await this.#engine.copy(this.#engineData(where, data), wanted)
    if (copy) this.#copies.set(data, copy)
    return copy
  }

  /** Likewise, for what nothing stops. */
  async #whole(where: string, data: Dataset): Promise<EngineDataset> {
    return (await this.#copy(where, data, () => true))!
  }

  /** One call after another; the first begins at once. */
  async #queue<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.#calls++ === 0 ? call() : this.#last.then(call)
    this.#last = turn.catch(() => undefined)
    return turn.finally(() => {
      this.#calls--
    })
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
