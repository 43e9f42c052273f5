import type { Call, Command } from './command.js'
import { engine } from './info.js'
import { regress } from './regression.js'
import { anyDigits } from './sources.js'
import { classify } from './train.js'

/** `ravine demo`, which is `npm start`: a network that learns to read digits, then a line through five points. */
export const demo: Command = {
  usage: 'demo [options]',
  help: 'learn to read digits, then draw a line (npm start)',
  options: ['data', 'epochs', 'seed', 'threads', 'backend'],
  words: 0,
  run,
}

async function run({ settings, voice, line }: Call): Promise<void> {
  voice.say(engine(settings))
  await classify(await anyDigits(settings, voice), settings, { voice, line })
  voice.say()
  await regress(settings, voice)
}
