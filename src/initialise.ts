import { allocate } from './arrays.js'
import { expectMemory } from './memory.js'
import { normal } from './normal.js'
import { orthonormalise } from './orthogonal.js'
import { Philox, purpose } from './random.js'
import { type FloatArray, type GraphSpec, type ParameterSpec, parametersOf, zeros } from './spec.js'

type Fill = (values: FloatArray, parameter: ParameterSpec, random: Philox) => void

const fills: Readonly<Record<NonNullable<ParameterSpec['init']>, Fill>> = {
  uniform: uniform(({ inputs }) => inputs),
  heUniform: uniform(({ inputs }) => inputs / 6),
  glorotUniform: uniform(({ inputs, shape }) => (inputs + shape[0]) / 6),
  heNormal: normals(({ inputs }) => 2 / inputs),
  glorotNormal: normals(({ inputs, shape }) => 2 / (inputs + shape[0])),
  lecunNormal: normals(({ inputs }) => 1 / inputs),
  orthogonal: (values, { shape: [rows, columns] }, random) => {
    const matrix = Float64Array.from(values, () => normal(random))
    orthonormalise(matrix, rows, columns)
    values.set(matrix)
  },
  zeros: () => {},
  ones: (values) => values.fill(1),
  normal: normals(() => 1),
}

/**
 * The start of every parameter, each by a random stream of its own, so that a change of one layer leaves the others as they were; the
 * formulas stand at `dense`.
 *
 * @returns the parameters in the order of `parametersOf`, canonical layout
 * @throws {RavineError} ERR_RAVINE_SHAPE for a parameter that is too large for any memory, ERR_RAVINE_NATIVE where less is left
 *
 * Sources: He et al. 2015, Glorot and Bengio 2010, LeCun et al. 1998, Saxe et al. 2014.
 */
export function initialise(spec: GraphSpec, seed: number): FloatArray[] {
  const parameters = parametersOf(spec)
  const all = parameters.map(({ name, shape }) => allocate('sequential', name, zeros(spec.dtype, 0), shape))
  // Memory is taken when it is written: by these, by the engine that copies them, and by their velocities.
  const bytes = all.reduce((sum, { byteLength }) => sum + byteLength, 0)
  expectMemory('sequential', 'parameters and their velocities', 3 * bytes)
  for (const [index, parameter] of parameters.entries()) {
    fills[parameter.init ?? 'zeros'](all[index], parameter, new Philox(seed, purpose.initialisation, index))
  }
  return all
}

/** Of U(±1/√square). */
function uniform(square: (parameter: ParameterSpec) => number): Fill {
  return (values, parameter, random) => {
    const root = Math.sqrt(square(parameter))
    for (let i = 0; i < values.length; i++) values[i] = (2 * random.unit() - 1) / root
  }
}

/** Of N(0, variance). */
function normals(variance: (parameter: ParameterSpec) => number): Fill {
  return (values, parameter, random) => {
    const deviation = Math.sqrt(variance(parameter))
    for (let i = 0; i < values.length; i++) values[i] = deviation * normal(random)
  }
}
