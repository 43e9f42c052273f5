import { giveAccount } from './account.js'
import type { StepEvent } from './backend.js'
import { Checkpoints } from './checkpoints.js'
import type { Lap, Part } from './course.js'
import { Lookout } from './earlyStopping.js'
import { RavineError } from './errors.js'
import { flopsOf } from './flops.js'
import type { FitHistory, History, HistoryEntry, Listener, StepReport } from './history.js'
import { type Learner, REMEDY } from './learner.js'
import { type LoggedRun, Loggers, type StepEntry } from './logger.js'
import { ofValidation } from './monitor.js'
import { looksAtEpochs, ratesOf } from './optimizers/epochs.js'
import { named, namedStates } from './parameters.js'
import type { Plan } from './plan.js'
import { Profile } from './profile.js'
import { scoresOf } from './scores.js'
import { type FloatArray, lossSpec } from './spec.js'
import { reached } from './target.js'
import { Trace } from './trace.js'

/** Steps of one job when nobody waits for the end of each epoch: an epoch of a tiny net is not worth a job of its own. */
const STEPS_PER_JOB = 20_000

/** A fit in hand: jobs of the engine, one after another, until the epochs are done or something stops them. */
export class Run {
  readonly #learner: Learner
  readonly #plan: Plan
  readonly #history: History
  readonly #profile = new Profile()
  readonly #trace = new Trace()
  readonly #lookout?: Lookout
  readonly #checkpoints: Checkpoints
  readonly #loggers: Loggers
  #listeners: readonly Listener[] = []
  /** Updates by the optimizer before the first epoch of the job in hand. */
  #updates = 0
  /** Likewise, before the first step of the history. */
  #before = 0
  /** What there is of the epoch after those of the history: of the fit that this one goes on from, or when it was stopped. */
  #begun?: Part
  #stopped = false
  /** Whether the last epoch left nothing to be done: it reached the target, or improvements have ended. */
  #done = false
  #ended = false
  #failure?: { readonly error: unknown }

  /** @param left says that its entries are wanted no longer */
  constructor(learner: Learner, plan: Plan, history: History, left: AbortSignal) {
    this.#learner = learner
    this.#plan = plan
    this.#history = history
    this.#lookout = plan.earlyStopping && new Lookout(plan.earlyStopping)
    this.#checkpoints = new Checkpoints(learner, plan)
    this.#loggers = new Loggers(plan.loggers, (error) => this.#fail(error))
    left.addEventListener('abort', () => this.#stop())
  }

  /** Runs to the end; what a callback throws, an abort or a divergence comes out after the step in hand. */
  async finish(): Promise<FitHistory> {
    const { signal } = this.#plan
    const abort = () => this.#fail(new Aborted(signal?.reason))
    this.#listeners = await this.#listen()
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort)
    try {
      return await this.#logged()
    } finally {
      this.#ended = true
      signal?.removeEventListener('abort', abort)
      for (const listener of this.#listeners) listener.onEnd?.()
    }
  }

  async #listen(): Promise<Listener[]> {
    const { progress, listener } = this.#plan
    if (!progress) return [listener]
    const { progressBar } = await import('./progress.js')
    const { epochs, course } = this.#plan
    const flops = flopsOf(this.#learner.spec)
    return [progressBar({ epochs, examples: course.examples, flops }), listener]
  }

  /** The loggers hear of the end too, however it comes. */
  async #logged(): Promise<FitHistory> {
    const { entries: history } = this.#history
    try {
      await this.#loggers.start(this.#described())
      await this.#jobs()
      await this.#loggers.end({ outcome: this.#stopped ? 'stopped' : 'done', history })
      return this.#reportable(history)
    } catch (error) {
      // The first failure is the one that comes out.
      await this.#loggers.end({ outcome: 'failed', error, history }).catch(() => undefined)
      throw error
    }
  }

  #described(): LoggedRun {
    const [{ spec, seed }, { course, epochs, lesson }] = [this.#learner, this.#plan]
    const { batchSize } = course.record as Pick<LoggedRun, 'batchSize'>
    return {
      ...{ spec, seed, optimizer: lesson.optimizer, loss: course.loss, epochs, batchSize, steps: course.steps },
      parameters: () => named(spec, this.#learner.idle('fit').parameters()),
      state: () => new Map([...this.#learner.states('fit')].map(([name, arrays]) => [name, namedStates(spec, arrays)])),
    }
  }

  async #jobs(): Promise<void> {
    const [{ entries }, { lesson, epochs }] = [this.#history, this.#plan]
    if (!this.#stopped) this.#begun = await this.#checkpoints.begin((entry, best) => this.#replay(entry, best))
    while (!this.#stopped && !this.#done && entries.length < epochs) await this.#job(entries.length)
    await this.#leave()
    if (this.#lookout?.best) this.#learner.idle('fit').setParameters(this.#lookout.best)
    // An array with one more enumerable property would not equal a plain one.
    if (lesson.profile) Object.defineProperty(entries, 'profile', { value: this.#profile.rows() })
  }

  /** The file is of where the run has ended, in the midst of an epoch if it was stopped there; not of one that has failed. */
  async #leave(): Promise<void> {
    const error = this.#failure?.error
    if (error === undefined || error instanceof Aborted)
      await this.#checkpoints.end(this.#history.entries, this.#lookout?.best, this.#begun)
    if (error instanceof Aborted) error.from = this.#checkpoints.from
    if (this.#failure) throw error
  }

  /** Whoever keeps the history keeps the model, and the data for validation, for reports. */
  #reportable(entries: readonly HistoryEntry[]): FitHistory {
    const [learner, { course, lesson, validation, epochs }] = [this.#learner, this.#plan]
    const { optimizer, threads } = lesson
    giveAccount(entries, {
      ...{ learner, optimizer, threads, validation, epochs, examples: course.examples },
      loss: course.loss && lossSpec(course.loss),
      batchSize: course.record.batchSize as number | undefined,
      before: this.#before,
      after: { epochs: learner.epochs, steps: learner.steps },
      reports: this.#trace.reports,
      ended: new Date(),
    })
    const report: FitHistory['report'] = async (path, options) =>
      (await import('./report.js')).reportOf(entries, path, options)
    return Object.defineProperty(entries, 'report', { value: report }) as FitHistory
  }

  /** @param done epochs before this job */
  async #job(done: number): Promise<void> {
    const report = (event: StepEvent) => this.#report(done, event)
    const before = this.#begun
    const training = this.#plan.course.train(this.#epochsAtOnce(done), report, before)
    // By now another kind of optimizer has begun anew.
    this.#updates = this.#learner.steps - (before?.steps ?? 0)
    const lap = await training
    this.#begun = lap.begun
    this.#profile.add(lap.profile)
    // Nobody waits for each of very many epochs: then neither does the loop.
    if (this.#alone) for (let i = 0; i < lap.losses.length; i++) this.#history.add(this.#entry(lap, i))
    else for (let i = 0; i < lap.losses.length; i++) await this.#record(this.#entry(lap, i))
    if (lap.outcome === 'diverged') throw diverged(done, lap.steps, this.#plan.course.steps)
    // Nobody here stopped it: the model was disposed of.
    if (lap.outcome === 'aborted' && !this.#stopped) this.#learner.alive('fit')
  }

  #epochsAtOnce(done: number): number {
    const { epochs, course } = this.#plan
    if (!this.#alone || course.steps === undefined) return 1
    return Math.min(epochs - done, Math.max(1, Math.floor(STEPS_PER_JOB / course.steps)))
  }

  /** Nothing is to be done, and nobody to be told, between two epochs. */
  get #alone(): boolean {
    const { validation, earlyStopping, target, checkpoint, lesson } = this.#plan
    if (validation || earlyStopping || target || checkpoint || looksAtEpochs(lesson.optimizer)) return false
    return !(this.#history.followed || this.#loggers.any || this.#listeners.some(({ onEpoch }) => onEpoch))
  }

  #entry({ losses, correct, seconds, examples, stepsPerEpoch, steps: done }: Lap, i: number): HistoryEntry {
    const { entries } = this.#history
    const steps = (entries.at(-1)?.steps ?? 0) + stepsPerEpoch
    const told = this.#plan.metrics.accuracy ? { accuracy: correct[i] / examples } : {}
    // Before the last of this epoch.
    const updates = this.#learner.steps - done + (i + 1) * stepsPerEpoch - 1
    this.#before = updates + 1 - steps
    const rates = ratesOf(this.#plan.lesson.optimizer, updates, this.#learner.places)
    return { epoch: entries.length + 1, steps, loss: losses[i], ...told, ...rates, seconds: seconds[i] }
  }

  async #record({ seconds, ...entry }: HistoryEntry): Promise<void> {
    const whole = { ...entry, ...(await this.#validate()), seconds }
    this.#learner.observe(this.#plan.lesson.optimizer, whole)
    this.#done = this.#ends(whole, () => this.#learner.idle('fit').parameters())
    this.#history.add(whole)
    await this.#checkpoints.after(this.#history.entries, this.#lookout?.best)
    for (const listener of this.#listeners) await listener.onEpoch?.(whole)
    if (this.#loggers.any) await this.#loggers.epoch(whole)
  }

  /** Takes in an epoch of the run that this one goes on from. */
  #replay(entry: HistoryEntry, best: readonly FloatArray[] = []): void {
    this.#done = this.#ends(entry, () => best)
    this.#history.add(entry)
  }

  #ends(entry: HistoryEntry, parameters: () => readonly FloatArray[]): boolean {
    const { target } = this.#plan
    const late = this.#lookout?.ends(entry, parameters)
    return late || (target !== undefined && reached(target, entry))
  }

  async #validate(): Promise<Partial<HistoryEntry>> {
    const { validation, course, lesson, metrics } = this.#plan
    if (!validation) return {}
    const scores = await scoresOf(this.#learner, validation, lossSpec(course.loss), metrics, lesson.threads)
    return Object.fromEntries(Object.entries(scores).map(([name, value]) => [ofValidation(name), value]))
  }

  /** Tells of steps; it is called from within the engine's run, which no error of a listener may enter. */
  async #report(done: number, { epoch, step, loss }: StepEvent): Promise<void> {
    const { steps } = this.#plan.course
    const place = { epoch: done + epoch + 1, step: steps === undefined ? step : ((step - 1) % steps) + 1, steps }
    try {
      if (this.#stopped) return
      this.#trace.add({ ...place, loss })
      if (this.#loggers.any) this.#loggers.step(this.#stepEntry({ ...place, loss }))
      for (const listener of this.#listeners) await listener.onStep?.({ ...place, loss })
    } catch (error) {
      this.#fail(error)
    }
  }

  #stepEntry(report: StepReport): StepEntry {
    const before = this.#history.entries.at(-1)?.steps ?? 0
    // Of batches that come one by one each is a job, and counted by now.
    const updates = report.steps === undefined ? this.#learner.steps : this.#updates + report.step
    const rates = ratesOf(this.#plan.lesson.optimizer, updates - 1, this.#learner.places)
    return { ...report, update: before + report.step, ...rates }
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    this.#failure ??= { error }
    this.#stop()
  }

  /** Stops after the step in hand; the history is then of the epochs that are done. */
  #stop(): void {
    if (this.#ended) return
    this.#stopped = true
    this.#plan.course.stop()
  }
}

/**
 * @param done epochs before
 * @param steps since then
 * @param each of an epoch, if that is known
 */
function diverged(done: number, steps: number, each = Infinity): RavineError {
  const whole = each === Infinity ? '' : ` of ${each}`
  const place = `epoch ${done + Math.floor(steps / each) + 1}, step ${(steps % each) + 1}${whole}`
  const message = `fit: expected a finite loss but received none at ${place}; ${REMEDY}; the model is as the step before left it`
  return new RavineError('ERR_RAVINE_DIVERGED', message)
}

/** What comes out of a run that its signal has stopped. */
export class Aborted extends RavineError {
  /** The file that another fit can go on from. */
  from?: string

  constructor(cause: unknown) {
    super('ERR_RAVINE_ABORTED', 'fit: aborted by its signal; the model is as the last finished step left it', { cause })
  }
}
