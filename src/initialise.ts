import { allocate } from './arrays.js'
import { Philox, purpose } from './random.js'
import { type FloatArray, type GraphSpec, type ParameterSpec, parametersOf, zeros } from './spec.js'

/**
 * U(−1/√inputs, 1/√inputs) for weights and biases, as PyTorch's `Linear` starts. Every parameter has a random stream of its own, so
 * that a change of one layer leaves the others as they were.
 *
 * @returns the parameters in the order of `parametersOf`, canonical layout
 * @throws {RavineError} ERR_RAVINE_SHAPE for a parameter that is too large for memory
 */
export function initialise(spec: GraphSpec, seed: number): FloatArray[] {
  return parametersOf(spec).map((parameter, index) => {
    const random = new Philox(seed, purpose.initialisation, index)
    const values = allocate('sequential', parameter.name, zeros(spec.dtype, 0), parameter.shape)
    return uniform(parameter, values, random)
  })
}

function uniform({ inputs }: ParameterSpec, values: FloatArray, random: Philox): FloatArray {
  const root = Math.sqrt(inputs)
  for (let i = 0; i < values.length; i++) values[i] = (2 * random.unit() - 1) / root
  return values
}
