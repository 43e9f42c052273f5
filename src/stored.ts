import { describe, fileError, type RavineError } from './errors.js'
import { fromBfloat16, fromFloat16 } from './halves.js'
import { readTensors, type Tensor, type TensorFile, type TensorType } from './safetensors.js'
import { type FloatArray, type GraphSpec, type ParameterSpec, parametersOf } from './spec.js'

/** A safetensors file of parameters, and who reads it. */
export interface Source extends TensorFile {
  readonly where: string
  readonly path: string
}

const types: Readonly<Record<string, TensorType>> = { f32: 'F32', f64: 'F64' }
const floats = new Map<TensorType, (data: never) => FloatArray>([
  ['F32', (data: Float32Array) => data],
  ['F64', (data: Float64Array) => data],
  ['BF16', fromBfloat16],
  ['F16', fromFloat16],
])
/** Counts of PyTorch's batch normalisation, which nothing reads. */
const COUNTED = /(^|\.)num_batches_tracked$/
/** What else than parameters a checkpoint has: states of them as `optimizer.STATE.PARAMETER`, and those of the best epoch. */
export const OPTIMIZER = 'optimizer.'
export const BEST = 'best.'

export async function source(where: string, path: string): Promise<Source> {
  return { where, path, ...(await readTensors(path)) }
}

/** The arrays of an engine, in the order of `parametersOf`, as tensors under the names of the parameters after a prefix. */
export function tensorsOf(spec: GraphSpec, prefix: string, arrays: readonly FloatArray[]): [string, Tensor][] {
  const type = types[spec.dtype]
  return parametersOf(spec).map(({ name, shape }, i) => [prefix + name, { type, shape, data: arrays[i] }])
}

/**
 * The arrays of an engine out of a file, in the model's own type.
 *
 * @throws {RavineError} ERR_RAVINE_FILE where one is missing or of another shape or type
 */
export function arraysIn(file: Source, spec: GraphSpec, prefix: string): FloatArray[] {
  const type = types[spec.dtype]
  return parametersOf(spec).map((parameter) => {
    const tensor = tensorIn(file, prefix, parameter)
    if (tensor.type === type) return tensor.data as FloatArray
    throw refused(file, `${prefix}${parameter.name} in ${type}`, `it is in ${tensor.type}`)
  })
}

/**
 * The parameters of a model out of a file that has them by PyTorch's names, in any type of float: a state_dict, or what `save` wrote.
 *
 * @throws {RavineError} ERR_RAVINE_FILE where one is missing or of another shape, or the file has some that the model lacks
 */
export function parametersIn(file: Source, spec: GraphSpec): Map<string, FloatArray> {
  const parameters = parametersOf(spec)
  const names = new Set(parameters.map(({ name }) => name))
  for (const name of file.tensors.keys()) {
    if (names.has(name) || name.startsWith(OPTIMIZER) || name.startsWith(BEST) || COUNTED.test(name)) continue
    throw refused(file, `parameters of the model, ${[...names].join(', ')},`, `it has ${describe(name)}`)
  }
  return new Map(parameters.map((parameter) => [parameter.name, floatsOf(file, parameter)]))
}

function floatsOf(file: Source, parameter: ParameterSpec): FloatArray {
  const { type, data } = tensorIn(file, '', parameter)
  const convert = floats.get(type)
  if (!convert) throw refused(file, `${parameter.name} in ${[...floats.keys()].join(', ')}`, `it is in ${type}`)
  return convert(data as never)
}

function tensorIn(file: Source, prefix: string, { name, shape }: ParameterSpec): Tensor {
  const tensor = file.tensors.get(prefix + name)
  if (!tensor) throw refused(file, `${prefix}${name}`, 'it has none')
  if (`${tensor.shape}` === `${shape}`) return tensor
  throw refused(file, `${prefix}${name} of shape [${shape.join(', ')}]`, `it is of [${tensor.shape.join(', ')}]`)
}

/** The refusal of a file that is whole but not what was looked for. */
export const refused = (file: Source, expected: string, received: string, cause?: unknown): RavineError =>
  fileError(file.where, `${file.path} to have ${expected}`, received, cause)
