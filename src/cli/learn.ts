import { flopsOf } from '../flops.js'
import type { FitHistory, HistoryEntry, Listener } from '../history.js'
import { jsonLinesLogger } from '../loggers/jsonLines.js'
import type { Model } from '../model.js'
import type { Optimizer } from '../optimizer.js'
import { percent, progressBar } from '../progress.js'
import { parameterCount } from '../spec.js'
import { interruptible } from './interrupt.js'
import { networkOf, sizesOf } from './network.js'
import { optimizerOf } from './optimizers.js'
import type { Settings } from './options.js'
import type { Parts } from './sources.js'
import type { Voice } from './voice.js'

/** What a run came to. */
export interface Outcome {
  readonly model: Model
  readonly history: FitHistory
  /** The epoch whose parameters the model has. */
  readonly last: HistoryEntry
}

/** What is said of a run besides its settings. */
export interface Manner {
  /** Its name, where there are several. */
  readonly name?: string
  /** What to do after an interrupt, with the file to go on from. */
  readonly advice?: (from?: string) => string
}

/** Trains a new network, shows how it goes, and judges it by the test after every epoch. */
export async function learn(parts: Parts, settings: Settings, voice: Voice, manner: Manner = {}): Promise<Outcome> {
  const { train, test } = parts
  const { epochs, batchSize, patience, checkpoint, out, resume, tensorboard, log, report, backend } = settings
  const model = networkOf(train, settings)
  const optimizer = optimizerOf(settings.optimizer, settings, epochs * Math.ceil(train.examples / batchSize))
  tellStart(parts, settings, voice, { model, optimizer }, manner.name)
  const shown = progress(model, parts, settings, voice, manner.name)
  const path = checkpoint ?? out
  const work = (signal: AbortSignal) =>
    model.fit(train, {
      optimizer,
      epochs,
      batchSize,
      validation: test,
      metrics: train.labels ? ['accuracy'] : ['rSquared', 'meanAbsoluteError'],
      earlyStopping: patience === undefined ? undefined : { monitor: 'validationLoss', patience, restoreBest: true },
      checkpoint: path === undefined ? undefined : { path },
      resume,
      // A report shows where the time went.
      profile: report !== undefined && backend === 'native',
      tensorboard,
      loggers: log === undefined ? [] : [jsonLinesLogger(log)],
      signal,
      onStep: shown.onStep,
      onEpoch: shown.onEpoch,
    })
  const history = await interruptible(work, manner.advice).finally(() => shown.onEnd?.())
  return { model, history, last: patience === undefined ? history[history.length - 1] : best(history) }
}

/** The bar for people, and records for machines. */
function progress(model: Model, { train }: Parts, { epochs }: Settings, voice: Voice, name?: string) {
  const { stream } = voice
  const work = { examples: train.examples, flops: flopsOf(model.spec) }
  const bar: Listener = progressBar({ stream, epochs, validation: 'test', name, ...work })
  const onEpoch = (entry: HistoryEntry) => {
    voice.record('epoch', { run: name, ...entry })
    bar.onEpoch?.(entry)
  }
  return { ...bar, onEpoch }
}

function tellStart(
  { train, test }: Parts,
  settings: Settings,
  voice: Voice,
  { model, optimizer }: { readonly model: Model; readonly optimizer: Optimizer },
  run?: string,
): void {
  const { activation, batchSize, epochs, seed } = settings
  const loss = train.labels ? 'cross-entropy' : 'mean squared error'
  const how = `${nameOf(settings, optimizer)}, batches of ${batchSize}, seed ${seed}`
  voice.say(`${run ?? 'model'}: ${sizesOf(model)} with ${activation}, ${loss}, ${how}`)
  const sizes = { examples: train.examples, test: test.examples, parameters: parameterCount(model.spec) }
  voice.record('start', { run, source: settings.source, layers: sizesOf(model), ...sizes, epochs, optimizer, seed })
}

/** sgd at 0.01 with momentum 0.9 */
function nameOf({ optimizer: name, schedule }: Settings, optimizer: Optimizer): string {
  const told = schedule === 'constant' ? `at ${optimizer.learningRate}` : `by ${schedule}`
  const { momentum } = optimizer as { readonly momentum?: unknown }
  return typeof momentum === 'number' && momentum > 0 ? `${name} ${told} with momentum ${momentum}` : `${name} ${told}`
}

function best(history: FitHistory): HistoryEntry {
  const loss = ({ validationLoss = Infinity }: HistoryEntry) => validationLoss
  return history.reduce((best, entry) => (loss(entry) < loss(best) ? entry : best))
}

/** What the test says of an epoch: 97.92 % of classes, or R² of numbers. */
export const score = ({ validationAccuracy, validationRSquared }: HistoryEntry): string =>
  validationAccuracy === undefined
    ? `R² ${(validationRSquared ?? Number.NaN).toFixed(4)}`
    : `accuracy ${percent(validationAccuracy)}`

/** Of training, in all epochs. */
export const secondsOf = (history: readonly HistoryEntry[]) => history.reduce((sum, { seconds }) => sum + seconds, 0)
