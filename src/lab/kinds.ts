import type { Optimizer } from '../optimizer.js'
import { adadelta } from '../optimizers/adadelta.js'
import { adagrad } from '../optimizers/adagrad.js'
import { adam } from '../optimizers/adam.js'
import { aggMo } from '../optimizers/aggMo.js'
import { amsgrad } from '../optimizers/amsgrad.js'
import { lion } from '../optimizers/lion.js'
import { nadam } from '../optimizers/nadam.js'
import { qhm } from '../optimizers/qhm.js'
import { radam } from '../optimizers/radam.js'
import { rmsprop } from '../optimizers/rmsprop.js'
import { type Sgd, sgd } from '../optimizers/sgd.js'
import { yellowFin } from '../optimizers/yellowFin.js'
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
  YellowFin: yellowFin(),
}

/** An optimizer with the learning rate that suits a surface: that of a heavy ball, or a length of step. */
export const suited = (optimizer: Optimizer, surface: Surface): Optimizer =>
  Object.freeze({ ...optimizer, learningRate: Number(rateFor(optimizer, surface).toPrecision(3)) })

function rateFor(optimizer: Optimizer, { rate, stride }: Surface): number {
  switch (optimizer.type) {
    case 'sgd':
      // A velocity that averages is 1 − μ times as long as one that sums.
      return optimizer.form === 'ema' ? rate / (1 - (optimizer.momentum as number)) : rate
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
  return `${nesterov ? `Nesterov${form === 'heavyBall' ? '' : `, ${name}`}` : name} ${momentum}`
}
