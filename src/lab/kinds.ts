import type { Optimizer } from '../optimizer.js'
import { adadelta } from '../optimizers/adadelta.js'
import { adagrad } from '../optimizers/adagrad.js'
import { adam } from '../optimizers/adam.js'
import { aggMo } from '../optimizers/aggMo.js'
import { amsgrad } from '../optimizers/amsgrad.js'
import { lion } from '../optimizers/lion.js'
import { muon } from '../optimizers/muon.js'
import { nadam } from '../optimizers/nadam.js'
import { qhm } from '../optimizers/qhm.js'
import { radam } from '../optimizers/radam.js'
import { rmsprop } from '../optimizers/rmsprop.js'
import { type Sgd, sgd } from '../optimizers/sgd.js'
import { yellowFin } from '../optimizers/yellowFin.js'
import type { Scheduled } from '../schedule.js'
import { headOf, kindNameOf, kindOf, type Moving, scheduleOf, signs, stretched } from './schedules.js'
import type { Surface } from './surface.js'

/** What is always there before a surface gives it a rate. */
const learningRate = 1

/** What a person may choose, by the name it has in the menu. */
export const kinds: Readonly<Record<string, Optimizer>> = {
  'plain descent': sgd({ learningRate }),
  'heavy ball': sgd({ learningRate, momentum: 0.9 }),
  'velocity form': sgd({ learningRate, momentum: 0.9, form: 'velocity' }),
  'moving average': sgd({ learningRate, momentum: 0.9, form: 'ema' }),
  Nesterov: sgd({ learningRate, momentum: 0.9, nesterov: true }),
  QHM: qhm({ learningRate, beta: 0.99, nu: 0.7 }),
  AggMo: aggMo({ learningRate }),
  Adam: adam(),
  AMSGrad: amsgrad(),
  Nadam: nadam(),
  RAdam: radam(),
  RMSprop: rmsprop({ decay: 0.9 }),
  Adagrad: adagrad(),
  Adadelta: adadelta({ learningRate }),
  Lion: lion(),
  Muon: muon(),
  YellowFin: yellowFin(),
}

/** An optimizer with the learning rate that suits a surface, that of a heavy ball or a length of step, its schedules as long as walks are there. */
export function suited(optimizer: Optimizer, surface: Surface): Optimizer {
  const rate = Number(rateFor(optimizer, surface).toPrecision(3))
  const again = (name: Moving, value: Scheduled, head = headOf(name, value)) =>
    scheduleOf(name, kindNameOf(name, value)!, head, surface.steps)
  const learningRate = again('learningRate', optimizer.learningRate, rate)
  const momentum = 'momentum' in optimizer && { momentum: again('momentum', optimizer.momentum) }
  return Object.freeze({ ...optimizer, learningRate, ...momentum } as Optimizer)
}

/** An optimizer whose schedules, if they went through all of a run's steps, go through another number of them. */
export function lengthened(optimizer: Optimizer, steps: number, to: number): Optimizer {
  const longer = (name: Moving, value: Scheduled) => stretched(name, value, steps, to)
  const momentum = 'momentum' in optimizer && { momentum: longer('momentum', optimizer.momentum) }
  return { ...optimizer, learningRate: longer('learningRate', optimizer.learningRate), ...momentum } as Optimizer
}

function rateFor(optimizer: Optimizer, { rate, stride }: Surface): number {
  switch (optimizer.type) {
    case 'sgd':
      // A velocity that averages is 1 − μ times as long as one that sums.
      return optimizer.form === 'ema' ? rate / (1 - headOf('momentum', optimizer.momentum)) : rate
    case 'qhm':
      // What a gradient counts at once, with ν between plain descent and the average.
      return rate / (1 - optimizer.nu * optimizer.beta)
    case 'aggMo':
      return rate
    case 'adagrad':
      return 4 * stride
    case 'rmsprop':
    case 'lion':
      return stride / 3
    case 'adadelta':
    case 'yellowFin':
      return 1
    default:
      return stride
  }
}

/** What a run is called: its kind, with the number that tells it from others of it. */
export function nameOf(optimizer: Optimizer): string {
  if (optimizer.type === 'sgd') return sgdName(optimizer)
  const [name] = Object.entries(kinds).find(([, { type }]) => type === optimizer.type) ?? [optimizer.type]
  if (optimizer.type === 'qhm') return `${name} ${optimizer.beta}`
  return optimizer.type === 'aggMo' ? `${name} ${optimizer.betas.join(', ')}` : name
}

function sgdName({ momentum, nesterov, form }: Sgd): string {
  if (momentum === 0) return 'plain descent'
  const name = { heavyBall: 'heavy ball', velocity: 'velocity form', ema: 'moving average' }[form]
  const ahead = `Nesterov${form === 'heavyBall' ? '' : `, ${name}`}`
  return `${nesterov ? ahead : name} ${headOf('momentum', momentum)}`
}

/** The schedules of a run: η cosine, μ Demon. */
export function goingOf(optimizer: Optimizer): string {
  const kinds = (['learningRate', 'momentum'] as const).flatMap((name) => {
    const kind = name in optimizer && kindOf(name, optimizer[name as 'learningRate'])
    return kind ? [`${signs[name]} ${kind.label}`] : []
  })
  return kinds.join(', ')
}

/** What has to be known of a kind where it walks on a surface. */
export const noteOf = ({ type }: Optimizer): string =>
  type === 'muon'
    ? 'Muon makes the velocity of a matrix orthogonal. A point is a matrix of one row, and that made orthogonal is a vector of one length: every step is as long, 0.7 η with five iterations, and follows nothing of the velocity but its direction.'
    : ''
