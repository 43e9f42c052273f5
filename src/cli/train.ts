import { checkPlace } from '../wholefile.js'
import { type Call, type Command, typed } from './command.js'
import { engine } from './info.js'
import { learn, score, secondsOf } from './learn.js'
import { optimizerOf } from './optimizers.js'
import type { OptionName, Settings } from './options.js'
import { parts, sourceOf, withDefaults } from './sources.js'

const table: readonly OptionName[] = ['target', 'classes', 'columns', 'ignore', 'categories', 'missing', 'standardize']
const network: readonly OptionName[] = ['layers', 'activation', 'dropout']
const optimization: readonly OptionName[] = [
  'optimizer',
  'learningRate',
  'momentum',
  'form',
  'nesterov',
  'weightDecay',
  'schedule',
]
const course: readonly OptionName[] = ['epochs', 'batchSize', 'patience', 'seed', 'threads', 'backend']
const files: readonly OptionName[] = [
  'data',
  'test',
  'examples',
  'out',
  'checkpoint',
  'resume',
  'tensorboard',
  'log',
  'report',
  'config',
  'printConfig',
]

/** `ravine train mnist | digits | FILE.csv | DIRECTORY` */
export const train: Command = {
  usage: 'train mnist|digits|FILE.csv|DIRECTORY [options]',
  help: 'train a network on MNIST, generated digits, a table, or IDX files',
  examples: [
    ['train digits', 'a first network in some seconds, without any data'],
    ['train mnist --out model.safetensors', 'MNIST, and the model in a file'],
    ['train housing.csv --target median_house_value', 'numbers or classes of a table'],
    ['train mnist --report mnist.html', 'and a page to show to others'],
    ['train mnist --optimizer adam --layers 256 --epochs 5', 'another optimizer, a smaller network'],
    ['train mnist --epochs 20 --out m.safetensors --resume m.safetensors', 'go on where that file ends'],
    ['train mnist --print-config > run.json && ravine train --config run.json', 'keep what a run was'],
  ],
  options: [...table, ...network, ...optimization, ...course, ...files, 'json', 'quiet'],
  words: 1,
  settle,
  run,
}

/** Nothing left to a default: what the optimizer makes of the options is part of it. */
async function settle(given: Partial<Settings>, [word]: readonly string[]): Promise<Settings> {
  const settings = await withDefaults(given, word)
  const { learningRate, momentum, form, nesterov, weightDecay }: Record<string, unknown> = {
    ...optimizerOf(settings.optimizer, settings),
  }
  return { ...settings, ...({ learningRate, momentum, form, nesterov, weightDecay } as Partial<Settings>) }
}

async function run({ settings, voice, line }: Call): Promise<void> {
  const { out, checkpoint, log, report } = settings
  for (const path of [out, checkpoint, log, report]) if (path !== undefined) await checkPlace('train', path)
  voice.say(engine(settings))
  const data = await parts(await sourceOf(settings.source), settings, voice)
  await classify(data, settings, { voice, line })
}

/** Trains, and says what came out. */
export async function classify(
  data: Parameters<typeof learn>[0],
  settings: Settings,
  { voice, line }: Pick<Call, 'voice' | 'line'>,
): Promise<void> {
  const { out, checkpoint, patience, report } = settings
  const advice = (from?: string) => whatNext(settings, line, from)
  const { model, history, last } = await learn(data, settings, voice, { advice })
  // A checkpoint has the parameters of its last epoch, not of the best.
  if (out !== undefined && (checkpoint !== undefined || patience !== undefined)) await model.save(out)
  if (report !== undefined) await history.report(report, { command: typed(line) })
  const epochs = history.length === 1 ? '1 epoch' : `${history.length} epochs`
  const seconds = secondsOf(history)
  voice.say(`final test ${score(last)} after ${epochs}, ${seconds.toFixed(1)} s of training`)
  if (out !== undefined) voice.say(`the model is in ${out}`)
  if (report !== undefined) voice.say(`the report is in ${report}`)
  voice.record('end', { ...last, epochs: history.length, seconds, out, report })
}

/** How an interrupted run goes on. */
function whatNext({ out, checkpoint }: Settings, line: readonly string[], from?: string): string {
  if (from !== undefined) return `; to go on: ${typed([...withoutResume(line), '--resume', from])}`
  return out === undefined && checkpoint === undefined ? '' : ', the first of all: there is nothing to go on from'
}

const withoutResume = (line: readonly string[]) =>
  line.filter((word, i) => !/^--resume(=|$)/.test(word) && line[i - 1] !== '--resume')
