import type { Standard } from './preparation.js'
import type { SparseRows } from './sparse.js'
import type { FloatArray, GraphSpec, Loss } from './spec.js'

/** x = scale·p + offset, of raw features p; it belongs to the first layer (folded into its product). */
export interface Fold {
  readonly scale: number
  readonly offset: number
}

/** Examples as an engine takes them: it copies what it reads. Exactly one of `labels` and `targets` where a loss is asked for. */
export interface EngineData {
  readonly features: Uint8Array | FloatArray | SparseRows
  readonly examples: number
  readonly labels?: Uint32Array
  readonly targets?: FloatArray
  readonly fold?: Fold
  /** By what `standardized` makes of them what is to be learnt. */
  readonly standard?: Standard
}

/** The rules that an engine knows; what their numbers mean stands at each in `reference/rules`. */
export type RuleName =
  | 'momentum'
  | 'nesterov'
  | 'qhm'
  | 'aggMo'
  | 'adam'
  | 'amsgrad'
  | 'nadam'
  | 'rmsprop'
  | 'adagrad'
  | 'adadelta'
  | 'lion'
  /** Of whole matrices; all others are elementwise. */
  | 'muon'

/** A rule with its numbers: rows of `width`, either one for every step or one a step. */
export interface RuleGroup {
  readonly rule: RuleName
  readonly width: number
  readonly rows: Float64Array
}

/** The optimizer over some steps: what groups of parameters follow. */
export interface UpdateRule {
  readonly groups: readonly RuleGroup[]
  /** The group of each parameter, in the order of `parametersOf`; `FROZEN` of one that stays as it is. */
  readonly of: readonly number[]
  readonly tuner?: TunerRule
  /** −c ≤ g ≤ c for each element of a gradient. */
  readonly clipValue?: number
  /** ‖g‖ ≤ c over all parameters that are updated, after `clipValue`. */
  readonly clipNorm?: number
}

/** What sets the numbers of the momentum family by what a step sees of all gradients together. */
export interface TunerRule {
  readonly kind: 'yellowFin' | 'restartByFunction' | 'restartByGradient'
  /** (β, window) of YellowFin; momenta of the steps after a restart, the last for all that follow. */
  readonly numbers: readonly number[]
}

/** A number that no group has. */
export const FROZEN = 0xffffffff

/** What there is of an epoch that is not done. */
export interface Begun {
  readonly steps: number
  /** Σ of the losses of their examples, each before the update that it took part in. */
  readonly loss: number
  readonly correct: number
}

export interface TrainJob {
  readonly loss: Loss
  /** [examples], by which their losses are multiplied. */
  readonly weights?: Float64Array
  readonly update: UpdateRule
  readonly batchSize: number
  readonly epochs: number
  /** Number of the first epoch since the model was made: the stream of its shuffle. */
  readonly firstEpoch: number
  /** What there is of that epoch already, fewer steps than it has. */
  readonly begun?: Begun
  readonly shuffle: boolean
  readonly seed: number
  /** 0 lets the engine choose. Results do not depend on it. */
  readonly threads: number
  /** Steps between two progress events; 0 for none. */
  readonly logEvery: number
  /** Whether to find out where the time goes; only of engines that say that they can. */
  readonly profile?: boolean
  /** Whether gradients go into the update from registers (the default) or are written before. Results do not depend on it, and the reference always writes them. */
  readonly fused?: boolean
}

/** Progress: `loss` is the mean over the examples since the event before it, `step` counts from 1 within the epochs of the job, `epoch` from 0. */
export interface StepEvent {
  readonly epoch: number
  readonly step: number
  readonly loss: number
}

/** Where the time of a job went: an operation of the step, or what the workers waited at the end of a phase ('wait'). */
export interface Timing {
  readonly phase: number
  readonly operation: string
  /** Summed over workers and steps, as are the others. */
  readonly seconds: number
  readonly flops: number
  readonly bytes: number
}

/** What a training job came to; arrays have one entry for each finished epoch. After `aborted` or `diverged` the parameters are those of the last finished step. */
export interface TrainResult {
  readonly outcome: 'done' | 'aborted' | 'diverged'
  readonly steps: number
  /** Of the epoch that was cut short, if one was. */
  readonly begun?: Begun
  readonly losses: Float64Array
  readonly correct: Float64Array
  readonly seconds: Float64Array
  /** Empty unless it was asked for. */
  readonly profile: readonly Timing[]
}

export interface Evaluation {
  readonly loss: number
  readonly correct: number
}

/** The gradients of the mean loss of a batch. */
export interface EngineGradients extends Evaluation {
  /** Canonical layout, in the order of `parametersOf`; none where the loss is not finite. */
  readonly gradients: FloatArray[]
}

/** Examples in a row. */
export interface Some {
  readonly first: number
  readonly end: number
}

/** Opaque handle to data that an engine has copied. */
export type EngineDataset = object

/** What trains: the addon and the reference offer the same, to the bit. Arguments have been checked before they come here. */
export interface Engine {
  /** Whether it can say where the time of a job goes. */
  readonly profiles: boolean
  /** A copy, made at once. */
  dataset(data: EngineData): EngineDataset
  /**
   * A copy, made with turns of the event loop in between where it takes long: until then what is written to the data may be seen.
   * None where it is wanted no longer.
   */
  copy(data: EngineData, wanted: () => boolean): Promise<EngineDataset | undefined>
  train(dataset: EngineDataset, job: TrainJob, onEvent: (event: StepEvent) => void): Promise<TrainResult>
  evaluate(dataset: EngineDataset, loss: Loss, threads: number, weights?: Float64Array): Promise<Evaluation>
  /** → [examples, outputs], of all examples or of those from `first` to `end`. */
  predict(dataset: EngineDataset, threads: number, some?: Some): Promise<FloatArray>
  /** Likewise at once, of features that are not entries and are not kept: out ← [examples, outputs]. */
  predictSync(data: EngineData, out: FloatArray, threads: number): void
  /** One update on the whole of `dataset`, at once. The loss is of before the update; one that is not finite leaves the parameters as they were. */
  step(dataset: EngineDataset, loss: Loss, update: UpdateRule, threads: number, weights?: Float64Array): Evaluation
  /** The gradients over the whole of `dataset`, at once; nothing changes. */
  gradients(dataset: EngineDataset, loss: Loss, threads: number, weights?: Float64Array): EngineGradients
  /** One update by gradients as `gradients` gives them. */
  apply(gradients: readonly FloatArray[], update: UpdateRule): void
  /** Copies, canonical layout, in the order of `parametersOf`. */
  parameters(): FloatArray[]
  setParameters(values: readonly FloatArray[]): void
  /** The optimizer's states of the parameters: copies, each in the order of `parametersOf`. */
  states(): FloatArray[][]
  /** Takes states, as many as there are. */
  setStates(values: readonly (readonly FloatArray[])[]): void
  /** Makes room for so many states, all zero; a tuner has forgotten all. */
  keep(states: number): void
  /** What the tuner of an optimizer remembers. */
  memory(): Float64Array
  setMemory(memory: Float64Array): void
  /** Updates since the model was made: what is drawn in a step depends on their number. */
  updates(): number
  /** Goes on as after so many. */
  setUpdates(updates: number): void
  /** Asks the run in hand to stop after the step in hand. */
  abort(): void
  dispose(): void
}

/** Makes an engine whose parameters start from `initial`, with one state of each that is zero. */
export type Backend = (spec: GraphSpec, initial: readonly FloatArray[], seed?: number) => Engine
