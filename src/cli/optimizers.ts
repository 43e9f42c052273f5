import { RavineError } from '../errors.js'
import type { Optimizer } from '../optimizer.js'
import { adadelta } from '../optimizers/adadelta.js'
import { adagrad } from '../optimizers/adagrad.js'
import { adam } from '../optimizers/adam.js'
import { adamW } from '../optimizers/adamW.js'
import { aggMo } from '../optimizers/aggMo.js'
import { amsgrad } from '../optimizers/amsgrad.js'
import { lion } from '../optimizers/lion.js'
import { muon } from '../optimizers/muon.js'
import { nadam } from '../optimizers/nadam.js'
import { qhm } from '../optimizers/qhm.js'
import { radam } from '../optimizers/radam.js'
import { rmsprop } from '../optimizers/rmsprop.js'
import { sgd } from '../optimizers/sgd.js'
import { yellowFin } from '../optimizers/yellowFin.js'
import type { Settings } from './options.js'
import { ratesOf } from './schedules.js'
import { UsageError } from './usage.js'

/** A maker, and what it is told where nothing else is said. */
type Preset = readonly [make: (options: never) => Optimizer, options?: object]

const [learningRate, momentum] = [0.01, 0.9]

const presets = {
  sgd: [sgd, { learningRate, momentum }],
  'sgd+momentum': [sgd, { learningRate, momentum }],
  nesterov: [sgd, { learningRate, momentum, nesterov: true }],
  velocity: [sgd, { learningRate, momentum, form: 'velocity' }],
  ema: [sgd, { learningRate, momentum, form: 'ema' }],
  qhm: [qhm, { learningRate }],
  aggMo: [aggMo, { learningRate }],
  adam: [adam],
  adamW: [adamW],
  amsgrad: [amsgrad],
  nadam: [nadam],
  radam: [radam],
  rmsprop: [rmsprop],
  adagrad: [adagrad],
  adadelta: [adadelta],
  lion: [lion],
  muon: [muon],
  yellowFin: [yellowFin],
} satisfies Record<string, Preset>

export type OptimizerName = keyof typeof presets
export const optimizerNames = Object.keys(presets) as OptimizerName[]

/** What a command line can tell an optimizer. */
export type Told = Partial<
  Pick<Settings, 'learningRate' | 'momentum' | 'form' | 'nesterov' | 'weightDecay' | 'schedule'>
>

/**
 * The optimizer of a name as it is told to be; of a run of so many steps, if it is scheduled.
 *
 * @throws {UsageError} where it cannot be told that
 */
export function optimizerOf(name: OptimizerName, told: Told, steps?: number): Optimizer {
  const { learningRate, momentum, form, nesterov, weightDecay, schedule = 'constant' } = told
  const [make, preset]: Preset = presets[name]
  const options = Object.entries({ learningRate, momentum, form, nesterov, weightDecay })
  const given = Object.fromEntries(options.filter(([, value]) => value !== undefined))
  const made = (rates: object) => make({ ...preset, ...given, ...rates } as never)
  try {
    const constant = made({})
    if (steps === undefined || schedule === 'constant') return constant
    const { momentum: along, ...rate } = ratesOf(schedule, constant.learningRate as number, steps)
    return made('momentum' in constant && constant.momentum && along ? { ...rate, momentum: along } : rate)
  } catch (error) {
    throw error instanceof RavineError ? new UsageError(error.message) : error
  }
}

/** Whether momentum of the heavy ball's kind moves it. */
export const hasMomentum = (name: OptimizerName) => Object.hasOwn(Object((presets[name] as Preset)[1]), 'momentum')
