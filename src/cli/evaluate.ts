import { load } from '../load.js'
import type { Call, Command } from './command.js'
import { engine } from './info.js'
import { asked } from './sources.js'
import { UsageError } from './usage.js'

/** `ravine evaluate MODEL DATA` */
export const evaluate: Command = {
  usage: 'evaluate MODEL DATA [options]',
  help: 'say what a model is worth on data, on their test part if they have one',
  examples: [
    ['evaluate model.safetensors mnist', 'loss, accuracy, precision, recall and F1 on 10,000 images'],
    ['evaluate houses.safetensors more-houses.csv', 'loss, R² and mean absolute error on other rows'],
    ['evaluate model.safetensors digits --json', 'for a program that reads it'],
  ],
  options: ['data', 'seed', 'threads', 'backend', 'json', 'quiet'],
  words: 2,
  run,
}

async function run({ settings, words: [path, word], voice }: Call): Promise<void> {
  if (word === undefined) throw new UsageError('expected evaluate MODEL DATA')
  voice.say(engine(settings))
  const { threads, backend } = settings
  const model = await load(path, { threads, backend })
  const data = await asked({ word, model, judged: true }, settings, voice)
  const classes = ['precision', 'recall', 'f1'] as const
  const scores = await model.evaluate(data, { metrics: data.labels ? classes : ['rSquared', 'meanAbsoluteError'] })
  for (const [name, score] of Object.entries(scores)) voice.say(`${name.padEnd(30)}${score}`)
  voice.record('end', { examples: data.examples, ...scores })
}
