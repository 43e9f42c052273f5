import type { FloatArray, ParameterSpec } from '../spec.js'
import { sum16 } from './loss.js'

const exactly = (x: number) => x

/** Of a parameter. */
export type Shape = Pick<ParameterSpec, 'shape' | 'table' | 'lazy'>

/** The parameters that are updated, by their numbers. */
export type Updated = (parameter: number) => boolean

/**
 * Σ x over all numbers of all parameters, in f64: over the inputs of each output in order, then over the outputs of a parameter in 16
 * lanes, then over parameters in order. Those that stay as they are have no part in it.
 */
export function total(
  parameters: readonly Shape[],
  updated: Updated,
  of: (parameter: number, place: number) => number,
): number {
  let sum = 0
  for (const [number, parameter] of parameters.entries()) {
    const [outputs, inputs, place] = sides(parameter)
    const sums = new Float64Array(outputs)
    for (let j = 0; j < outputs && updated(number); j++) {
      for (let i = 0; i < inputs; i++) sums[j] += of(number, place(j, i))
    }
    sum += sum16(sums, exactly)
  }
  return sum
}

/** Σ x² */
export const totalSquare = (parameters: readonly Shape[], updated: Updated, arrays: readonly FloatArray[]) =>
  total(parameters, updated, (number, place) => arrays[number][place] * arrays[number][place])

/** Outputs, inputs of each, and where one lies: the columns of a table are its outputs. */
function sides({ shape, table }: Shape): [number, number, (output: number, input: number) => number] {
  const [rows, columns = 1] = shape
  return table ? [columns, rows, (j, i) => i * columns + j] : [rows, columns, (j, i) => j * columns + i]
}
