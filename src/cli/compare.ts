import { join } from 'node:path'
import { report } from '../report.js'
import { checkPlace } from '../wholefile.js'
import { type Call, type Command, typed } from './command.js'
import { engine } from './info.js'
import { learn, type Outcome, score, secondsOf } from './learn.js'
import { hasMomentum, type OptimizerName, optimizerOf } from './optimizers.js'
import type { Settings } from './options.js'
import { parts, sourceOf, withDefaults } from './sources.js'
import { table } from './table.js'

/** `ravine compare mnist --optimizers "sgd,sgd+momentum,nesterov,ema,adam"` */
export const compare: Command = {
  usage: 'compare mnist|digits|FILE.csv|DIRECTORY [options]',
  help: 'train by several optimizers from the same weights, side by side',
  examples: [
    ['compare digits', 'what momentum is good for'],
    ['compare mnist --optimizers "sgd,sgd+momentum,nesterov,ema,adam"', 'the same on MNIST'],
    ['compare mnist --report momentum.html', 'and a page with their curves'],
    ['compare digits --optimizers adam,lion,muon --epochs 3 --json', 'for a program that reads it'],
  ],
  options: [
    ...(['target', 'classes', 'columns', 'ignore', 'categories', 'missing', 'standardize'] as const),
    ...(['optimizers', 'layers', 'activation', 'dropout', 'learningRate', 'momentum', 'schedule'] as const),
    ...([
      'epochs',
      'batchSize',
      'patience',
      'seed',
      'threads',
      'backend',
      'data',
      'test',
      'examples',
      'tensorboard',
      'report',
    ] as const),
    ...(['config', 'printConfig', 'json', 'quiet'] as const),
  ],
  words: 1,
  settle,
  run,
}

async function settle(given: Partial<Settings>, [word]: readonly string[]): Promise<Settings> {
  // What suits one optimizer is not for all.
  const settings = { ...(await withDefaults(given, word)), learningRate: given.learningRate }
  for (const name of settings.optimizers) optimizerOf(name, settingsOf(name, settings))
  return settings
}

async function run({ settings, voice, line }: Call): Promise<void> {
  const { report: path } = settings
  if (path !== undefined) await checkPlace('compare', path)
  voice.say(engine(settings))
  const data = await parts(await sourceOf(settings.source), settings, voice)
  const outcomes = new Map<OptimizerName, Outcome>()
  for (const name of new Set(settings.optimizers)) {
    outcomes.set(name, await learn(data, settingsOf(name, settings), voice, { name }))
  }
  voice.say()
  if (path !== undefined) {
    const runs = [...outcomes].map(([name, { history }]) => ({ name, history }))
    await report(path, runs, { command: typed(line) })
  }
  voice.say(table([...outcomes].map(([name, outcome]) => rowOf(name, outcome))))
  for (const [run, { last, history }] of outcomes) voice.record('end', { run, ...last, seconds: secondsOf(history) })
}

/** Without momentum sgd is plain here, where sgd+momentum stands beside it; what has none of its own is told none. */
const settingsOf = (name: OptimizerName, { momentum, ...settings }: Settings): Settings => ({
  ...settings,
  optimizer: name,
  ...(settings.tensorboard !== undefined && { tensorboard: join(settings.tensorboard, name) }),
  ...(name === 'sgd' ? { momentum: 0 } : hasMomentum(name) ? { momentum } : {}),
})

const rowOf = (optimizer: OptimizerName, { history, last }: Outcome) => ({
  optimizer,
  loss: last.loss.toPrecision(4),
  'test loss': (last.validationLoss ?? Number.NaN).toPrecision(4),
  test: score(last),
  epochs: `${last.epoch}`,
  seconds: secondsOf(history).toFixed(1),
})
