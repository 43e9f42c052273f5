import { describe, hyperparameterError, RavineError } from './errors.js'
import type { HistoryEntry, StepReport } from './history.js'
import type { Optimizer } from './optimizer.js'
import { callback, checkOptions, text } from './options.js'
import type { Parameter } from './parameters.js'
import type { GraphSpec, Loss } from './spec.js'

/** A fit as its loggers see it: plain data, and ways to look at the model between two epochs. */
export interface LoggedRun {
  readonly spec: GraphSpec
  readonly seed: number
  readonly optimizer: Optimizer
  /** Not known before the first epoch of batches that come one by one. */
  readonly loss?: Loss
  readonly epochs: number
  /** Examples of an update and steps of an epoch, where they are known. */
  readonly batchSize?: number
  readonly steps?: number
  /** Copies, as `model.parameters` and `model.state` give them; in `epoch` and `end`. */
  readonly parameters: () => ReadonlyMap<string, Parameter>
  readonly state: () => ReadonlyMap<string, ReadonlyMap<string, Parameter>>
}

/** What a logger is told of steps, every `logEvery`. */
export interface StepEntry extends StepReport {
  /** From 1, in this fit: the last of the steps that the loss is of. */
  readonly update: number
  /** Of this update, where they are scheduled. */
  readonly learningRate?: number
  readonly momentum?: number
}

/** How a fit ended. */
export interface Outcome {
  /** 'stopped' where its entries were wanted no longer. */
  readonly outcome: 'done' | 'stopped' | 'failed'
  /** What it failed with; an abort by `signal` is ERR_RAVINE_ABORTED. */
  readonly error?: unknown
  readonly history: readonly HistoryEntry[]
}

/**
 * Whoever keeps a record of fits. The fit waits for what `start`, `epoch` and `end` return, and hears of what they and `step` throw: then
 * it ends after the step in hand with ERR_RAVINE_LOGGER, and the model is as that step left it. After `start` comes `end`, however the
 * fit ends.
 */
export interface Logger {
  /** What errors call it. */
  readonly name?: string
  start?(run: LoggedRun): unknown
  step?(entry: StepEntry): unknown
  /** After validation and checkpoint of the epoch. */
  epoch?(entry: HistoryEntry): unknown
  end?(outcome: Outcome): unknown
}

const rules = { name: text, start: callback, step: callback, epoch: callback, end: callback }
const methods = ['start', 'step', 'epoch', 'end'] as const

/** @throws {RavineError} ERR_RAVINE_HYPERPARAMETER for what is no logger */
export function checkLoggers(where: string, loggers: unknown): readonly Logger[] {
  if (!Array.isArray(loggers)) throw hyperparameterError(where, 'loggers to be an array', loggers)
  for (const [i, logger] of loggers.entries()) checkLogger(`${where}: loggers[${i}]`, logger)
  return loggers
}

function checkLogger(where: string, logger: unknown): void {
  if (Object(logger) !== logger || !methods.some((name) => (logger as Logger)[name] !== undefined)) {
    throw hyperparameterError(where, `an object of one or more of ${methods.join(', ')}`, logger)
  }
  // Instances of classes may keep more, and have what they do in their prototypes.
  const given = Object.fromEntries(Object.keys(rules).map((name) => [name, (logger as Record<string, unknown>)[name]]))
  checkOptions(where, given, rules)
}

/** The loggers of one fit, each told one thing after another; those that began hear of its end. */
export class Loggers {
  readonly #loggers: readonly Named[]
  readonly #fail: (error: unknown) => void
  #begun: Named[] = []
  #last: Promise<void> = Promise.resolve()

  /** @param fail hears of what a logger of steps throws, for which nobody waits */
  constructor(loggers: readonly Logger[], fail: (error: unknown) => void) {
    this.#loggers = loggers.map((logger, i) => ({ logger, name: logger.name ?? `loggers[${i}]` }))
    this.#fail = fail
  }

  get any(): boolean {
    return this.#loggers.length > 0
  }

  async start(run: LoggedRun): Promise<void> {
    for (const each of this.#loggers) {
      await told(each, (logger) => logger.start?.(run))
      this.#begun.push(each)
    }
  }

  step(entry: StepEntry): void {
    const tell = async () => {
      for (const each of this.#begun) await told(each, (logger) => logger.step?.(entry))
    }
    this.#last = this.#last.then(tell).catch(this.#fail)
  }

  async epoch(entry: HistoryEntry): Promise<void> {
    await this.#last
    for (const each of this.#begun) await told(each, (logger) => logger.epoch?.(entry))
  }

  /** Tells all of them, once, whatever one of them throws; the first error comes out. */
  async end(outcome: Outcome): Promise<void> {
    await this.#last
    const failures: unknown[] = []
    for (const each of this.#begun.splice(0)) {
      await told(each, (logger) => logger.end?.(outcome)).catch((error) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }
}

interface Named {
  readonly logger: Logger
  readonly name: string
}

async function told({ logger, name }: Named, tell: (logger: Logger) => unknown): Promise<void> {
  try {
    await tell(logger)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : describe(cause)
    const message = `fit: expected ${name} to take what it is told but it failed: ${said}; the model is as the last finished step left it`
    throw new RavineError('ERR_RAVINE_LOGGER', message, { cause })
  }
}
