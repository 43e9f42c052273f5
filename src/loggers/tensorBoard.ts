import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { event, type Value, version } from '../events.js'
import { histogramOf } from '../histogram.js'
import type { HistoryEntry } from '../history.js'
import type { LoggedRun, Logger } from '../logger.js'
import { isOfValidation, ofTraining } from '../monitor.js'
import { checkOptions, checkValue, flag, text } from '../options.js'

export interface TensorBoardOptions {
  /** Show how parameters and the optimizer's states are spread after each epoch; true by default. */
  readonly histograms?: boolean
}

/** Files that this process has begun: names of one second are to differ. */
let files = 0

/**
 * Writes event files for `tensorboard --logdir DIRECTORY`, in DIRECTORY/train and, of validation, DIRECTORY/validation, so that both are
 * curves of one plot: after each epoch `epoch/loss`, metrics, `epoch/learningRate` and `epoch/momentum`, with `logEvery` the same as
 * `step/…`, all over the steps of the fit; and histograms, `parameters/0.weight`, `velocity/0.weight`, …. A fit that goes on adds files.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function tensorBoard(directory: string, options: TensorBoardOptions = {}): Logger {
  checkValue('tensorBoard', 'directory', directory, text)
  options = checkOptions('tensorBoard', options, { histograms: flag })
  const { histograms = true } = options
  const begun = new Map<string, EventFile>()
  let run: LoggedRun | undefined
  const file = async (name: string) => {
    const found = begun.get(name) ?? (await EventFile.begin(join(directory, name)))
    begun.set(name, found)
    return found
  }
  return {
    name: 'tensorBoard',
    async start(described) {
      run = described
      await file('train')
    },
    async step({ update, loss, learningRate, momentum }) {
      const told = { loss, ...ratesOf(run!), ...defined({ learningRate, momentum }) }
      await (await file('train')).write(update, scalars('step', told))
    },
    async epoch(entry) {
      const [ours, validation] = partsOf(entry)
      const spread = histograms ? await histogramsOf(run!) : []
      await (await file('train')).write(entry.steps, [...scalars('epoch', { ...ratesOf(run!), ...ours }), ...spread])
      if (Object.keys(validation).length > 0) {
        await (await file('validation')).write(entry.steps, scalars('epoch', validation))
      }
    },
    async end() {
      const ended = [...begun.values()]
      begun.clear()
      for (const file of ended) await file.close()
    },
  }
}

type Numbers = Readonly<Record<string, unknown>>

/** What an entry tells of training, and what of validation, under the same names. */
function partsOf({ epoch, steps, ...told }: HistoryEntry): [training: Numbers, validation: Numbers] {
  const entries = Object.entries(told)
  const validation = entries.filter(([name]) => isOfValidation(name))
  return [
    Object.fromEntries(entries.filter(([name]) => !isOfValidation(name))),
    Object.fromEntries(validation.map(([name, value]) => [ofTraining(name), value])),
  ]
}

/** The rates that are not scheduled, which entries do not tell. */
function ratesOf({ optimizer }: LoggedRun): Numbers {
  const { learningRate, momentum }: Numbers = { ...optimizer }
  return defined({ learningRate, momentum })
}

const defined = (numbers: Numbers): Numbers =>
  Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined))

const scalars = (group: string, told: Numbers): Value[] =>
  Object.entries(told).flatMap(([name, scalar]) =>
    typeof scalar === 'number' ? [{ tag: `${group}/${name}`, scalar }] : [],
  )

async function histogramsOf(run: LoggedRun): Promise<Value[]> {
  const values: Value[] = []
  for (const [group, arrays] of [['parameters', run.parameters()] as const, ...run.state()]) {
    for (const [name, { data }] of arrays) {
      const histogram = await histogramOf(data)
      if (histogram) values.push({ tag: `${group}/${name}`, histogram })
    }
  }
  return values
}

/** A file that grows by one record after another. */
class EventFile {
  readonly #file: FileHandle

  constructor(file: FileHandle) {
    this.#file = file
  }

  static async begin(directory: string): Promise<EventFile> {
    await mkdir(directory, { recursive: true })
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0')
    const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${files++}`
    const file = new EventFile(await open(join(directory, name), 'ax'))
    await file.#file.appendFile(version(Date.now() / 1000))
    return file
  }

  async write(step: number, values: readonly Value[]): Promise<void> {
    await this.#file.appendFile(event(Date.now() / 1000, step, values))
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
