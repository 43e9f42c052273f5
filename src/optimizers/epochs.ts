import { hyperparameterError } from '../errors.js'
import { isConstant, observe, plateauOf, type Scheduled, valueAt } from '../schedule.js'
import type { Places } from '../schedules/places.js'
import type { ReduceOnPlateau } from '../schedules/reduceOnPlateau.js'
import { type Common, schedulable, values } from './definition.js'

/** The options of an optimizer, or of one of its groups, by name. */
type Options = Readonly<Record<string, Scheduled | undefined>>

/** What history tells of an optimizer, where it is scheduled. */
export interface Rates {
  readonly learningRate?: number
  readonly momentum?: number
}

/** The rates of the update after `step` others, as far as they are scheduled. */
export function ratesOf(optimizer: Common, step: number, places: Places): Rates {
  const rates: Record<string, number> = {}
  for (const name of ['learningRate', 'momentum'] satisfies (keyof Rates)[]) {
    const value = (optimizer as unknown as Options)[name]
    if (value === undefined || isConstant(value)) continue
    rates[name] = valueAt('fit', name, value, step, values[name], places[name])
  }
  return rates
}

/** Whether something of an optimizer depends on what its epochs come to. */
export const looksAtEpochs = (optimizer: Common) => plateausOf(optimizer).length > 0

/**
 * Checks that epochs will tell what the schedules of an optimizer look at, and that those of one option look at it in one way: its
 * groups may start from other values.
 *
 * @param told the numbers that epochs will tell
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkPlateaus(where: string, optimizer: Common, told: readonly string[]): void {
  const ways = new Map<string, string>()
  for (const [name, { monitor, patience, minDelta, factor }] of plateausOf(optimizer)) {
    if (!told.includes(monitor)) {
      throw hyperparameterError(where, `${name} to look at one of ${told.join(', ')}, which epochs tell,`, monitor)
    }
    const way = JSON.stringify({ monitor, patience, minDelta, factor })
    if ((ways.get(name) ?? way) !== way) {
      throw hyperparameterError(where, `${name} to be reduced in one way, ${ways.get(name)}, in all groups`, way)
    }
    ways.set(name, way)
  }
}

/** What the schedules of an optimizer remember after one more epoch. */
export function observed(optimizer: Common, places: Places, entry: object): Places {
  const seen = plateausOf(optimizer).map(([name, plateau]) => [name, observe(plateau, places[name], entry)])
  return Object.fromEntries(seen)
}

function plateausOf(optimizer: Common): [name: string, plateau: ReduceOnPlateau][] {
  const all = [optimizer, ...(optimizer.parameterGroups ?? [])] as unknown as Options[]
  return all.flatMap((options) =>
    schedulable.flatMap((name) => {
      const plateau = plateauOf(options[name] ?? 0)
      return plateau ? [[name, plateau] as [string, ReduceOnPlateau]] : []
    }),
  )
}
