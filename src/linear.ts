import { primitives } from './anywhere.js'
import type { Primitives } from './primitives.js'
import { type Linear, type LinearOptions, linear as schedule } from './schedules/linear.js'

/** Two things are called linear everywhere: of one object of options it is the schedule from + (to − from)·min(step / steps, 1), … */
export function linear(options: LinearOptions): Linear
/** … and of arrays the layer activation(input·weightᵀ + bias): `input` [batch, inputs], `weight` [outputs, inputs], `bias` [outputs]. */
export function linear<T extends Float32Array | Float64Array>(...operands: Parameters<typeof primitives.linear<T>>): T
export function linear(...operands: [LinearOptions] | Parameters<Primitives['linear']>): unknown {
  return operands.length === 1 ? schedule(...operands) : primitives.linear(...operands)
}
