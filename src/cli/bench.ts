import type { Dataset } from '../dataset.js'
import { flopsOf } from '../flops.js'
import { dense } from '../layers.js'
import type { Model } from '../model.js'
import { cpu, peakGflops } from '../native.js'
import { sgd } from '../optimizers/sgd.js'
import { figure } from '../progress.js'
import { sequential } from '../sequential.js'
import type { Call, Command } from './command.js'
import { engine, processor } from './info.js'
import { interruptible } from './interrupt.js'
import { tellProfile } from './profile.js'
import { digitsAtHand } from './sources.js'
import { duration, share, table } from './table.js'
import type { Voice } from './voice.js'

/** Measured epochs of each contestant. */
const ROUNDS = 3

const lesson = { optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }), batchSize: 64 }

/** A number of threads, or that the engine chooses it, with what it came to. */
interface Contestant {
  readonly threads?: number
  readonly model: Model
  /** Of each epoch. */
  readonly seconds: number[]
  /** FMA peaks of as many threads, in GFLOP/s. */
  readonly peaks: number[]
}

/** `ravine bench` */
export const bench: Command = {
  usage: 'bench [options]',
  help: 'measure how fast this machine trains',
  options: ['data', 'examples', 'threads', 'profile', 'json', 'quiet'],
  words: 0,
  run,
}

/** How fast the network that ravine is measured by trains here, beside what the machine can do. */
async function run({ settings, voice }: Call): Promise<void> {
  const { say } = voice
  say(engine(settings))
  say(processor())
  const data = await digitsAtHand(settings, voice)
  say('model: 784-512-256-10 with ReLU, cross-entropy, SGD with momentum, batches of 64')
  await interruptible(async (signal) => {
    const contestants = [...new Set([1, settings.threads])].map(contestant)
    await race(contestants, data, signal)
    say()
    const figures = contestants.map((contestant) => figuresOf(contestant, data))
    say(table(figures.map(rowOf)))
    for (const found of figures) voice.record('bench', found)
    say(`medians of ${ROUNDS} epochs; GFLOP/s counts the work of a step without zeros in its features`)
    if (settings.profile) await profile(contestants[contestants.length - 1], data, signal, voice)
  })
}

function contestant(threads?: number): Contestant {
  const model = sequential({ inputs: 784, seed: 1 }, [dense(512, 'relu'), dense(256, 'relu'), dense(10)])
  return { threads, model, seconds: [], peaks: [] }
}

/** In rounds, so that a slow spell of the machine meets all; the first only warms. */
async function race(contestants: readonly Contestant[], data: Dataset, signal: AbortSignal): Promise<void> {
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { threads, model, seconds, peaks } of contestants) {
      peaks.push(peakGflops(threads ?? cpu().threads))
      const [epoch] = await model.fit(data, { ...lesson, threads, signal })
      if (round > 0) seconds.push(epoch.seconds)
    }
  }
}

/** Times in seconds. */
function figuresOf({ threads, model, seconds, peaks }: Contestant, { examples }: Dataset) {
  const [epoch, peak] = [median(seconds), Math.max(...peaks)]
  const step = epoch / Math.ceil(examples / lesson.batchSize)
  return { threads: name(threads), epoch, step, gflops: (flopsOf(model.spec) * examples) / epoch / 1e9, peak }
}

const rowOf = ({ threads, epoch, step, gflops, peak }: ReturnType<typeof figuresOf>) => ({
  threads,
  epoch: duration(epoch),
  step: duration(step),
  'GFLOP/s': figure(gflops),
  'FMA peak': figure(peak),
  'of peak': share(gflops / peak),
})

async function profile(
  { threads, model }: Contestant,
  data: Dataset,
  signal: AbortSignal,
  voice: Voice,
): Promise<void> {
  const history = await model.fit(data, { ...lesson, threads, signal, profile: true })
  voice.say()
  voice.say(`where the time of a step goes, threads: ${name(threads)}`)
  tellProfile(history, voice)
  voice.record('profile', { threads: name(threads), rows: history.profile })
}

const name = (threads?: number) => `${threads ?? 'auto'}`

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
