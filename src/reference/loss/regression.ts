import type { LossSpec } from '../../spec.js'
import { exp64, logp64, tanh64 } from '../math.js'
import { type Answer, each, type Row } from './row.js'

const { abs } = Math

type Pair = readonly [loss: number, slope: number]

/** The losses of real targets; NaN for any other loss, or a label. */
export function regression(loss: LossSpec, row: Row, answer: Answer): number {
  if (!('targets' in answer)) return NaN
  const target = (j: number) => answer.targets[j]
  switch (loss.type) {
    case 'meanSquaredError':
      return each(row, target, squared)
    case 'meanAbsoluteError':
      return each(row, target, absolute)
    case 'huber':
      return each(row, target, (y, t) => huber(y - t, loss.delta))
    case 'logCosh':
      return each(row, target, (y, t) => [logCosh(y - t), tanh64(y - t)])
    case 'poisson':
      return each(row, target, poisson)
    default:
      return NaN
  }
}

/** (y − t)² */
const squared = (y: number, t: number): Pair => [(y - t) * (y - t), 2 * (y - t)]

/** |y − t|, whose slope is 0 at its corner. */
const absolute = (y: number, t: number): Pair => [abs(y - t), y - t === 0 ? 0 : sign(y - t)]

/** d²/2 where |d| ≤ δ, δ(|d| − δ/2) beyond */
function huber(difference: number, delta: number): Pair {
  const size = abs(difference)
  if (size <= delta) return [0.5 * (difference * difference), difference]
  return [delta * (size - 0.5 * delta), delta * sign(difference)]
}

/** log cosh d = |d| − log 2 + log(1 + e^{−2|d|}), and −½·log(1 − tanh² d) near 0, where that would cancel. */
function logCosh(difference: number): number {
  const size = abs(difference)
  if (!(size < 1)) return size - Math.LN2 + logp64(exp64(-2 * size))
  const slope = tanh64(size)
  return -0.5 * logp64(-(slope * slope))
}

/** eʸ − t·y */
function poisson(y: number, t: number): Pair {
  const rate = exp64(y)
  return [rate - t * y, rate - t]
}

const sign = (difference: number) => (difference < 0 ? -1 : 1)
