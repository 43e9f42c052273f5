import type { Scheduled } from '../schedule.js'
import { cosine } from '../schedules/cosine.js'
import { linear } from '../schedules/linear.js'
import { oneCycle } from '../schedules/oneCycle.js'

/** What a schedule sets. */
interface Rates {
  readonly learningRate: Scheduled
  readonly momentum?: Scheduled
}

/** Each over a whole run of so many steps, from or up to a learning rate. */
const schedules = {
  constant: (learningRate: number): Rates => ({ learningRate }),
  linear: (from: number, steps: number): Rates => ({ learningRate: linear({ from, to: 0, steps }) }),
  cosine: (from: number, steps: number): Rates => ({ learningRate: cosine({ from, steps }) }),
  oneCycle: (max: number, steps: number): Rates => oneCycle({ max, steps }),
}

export type ScheduleName = keyof typeof schedules
export const scheduleNames = Object.keys(schedules) as ScheduleName[]

/** Learning rate and, of oneCycle, momentum along a run. */
export const ratesOf = (name: ScheduleName, learningRate: number, steps: number): Rates =>
  schedules[name](learningRate, steps)
