import { anyDigits } from './data.js'
import { engine } from './info.js'
import { print } from './print.js'
import { regress } from './regression.js'
import { classify } from './train.js'
import type { Settings } from './usage.js'

/** `ravine demo`, which is `npm start`: a network that learns to read digits, then a line through five points. */
export async function demo(settings: Settings): Promise<void> {
  print(engine(settings))
  await classify(await anyDigits(settings.data, settings.seed), settings)
  print()
  await regress(settings)
}
