import { types } from 'node:util'
import { checkArrays, checkPresent, lengthOf } from './arrays.js'
import { hyperparameterError, shapeError } from './errors.js'
import { type FloatArray, type GraphSpec, learnable, type ParameterSpec, parametersOf, sizeOf, zeros } from './spec.js'

/** A parameter, or its velocity, by itself: `data` is row-major in `shape`. */
export interface Parameter {
  readonly shape: readonly number[]
  readonly data: FloatArray
}

/** What may be written into a model: its own copies back again, or flat arrays of the right length. */
export type ParameterValue = { readonly shape: readonly number[]; readonly data: ArrayLike<number> } | ArrayLike<number>

/** Values by the parameters' names, all or some. */
export type ParameterValues = ReadonlyMap<string, ParameterValue> | Readonly<Record<string, ParameterValue>>

/** The gradients of all parameters by their names, each row-major in the shape of its parameter and of the model's type. */
export type Gradients = Readonly<Record<string, FloatArray>>

/** The arrays of an engine (in the order of `parametersOf`) under their names. */
export function named(spec: GraphSpec, arrays: readonly FloatArray[]): Map<string, Parameter> {
  return new Map(parametersOf(spec).map(({ name, shape }, i) => [name, { shape: [...shape], data: arrays[i] }]))
}

/**
 * The arrays of an engine with some replaced, each rounded to the model's type.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER for a name that the model lacks, ERR_RAVINE_SHAPE
 */
export function replaced(
  where: string,
  spec: GraphSpec,
  arrays: readonly FloatArray[],
  values: ParameterValues,
): FloatArray[] {
  const given = entriesOf(where, 'parameters', values)
  const parameters = parametersOf(spec)
  for (const name of given.keys()) checkName(where, name, parameters)
  return parameters.map((parameter, i) => {
    const value = given.get(parameter.name)
    return value === undefined ? arrays[i] : convert(where, spec, parameter, value)
  })
}

/** The arrays of an engine that belong to what gradients move, states of an optimizer, under their names. */
export function namedStates(spec: GraphSpec, arrays: readonly FloatArray[]): Map<string, Parameter> {
  const all = named(spec, arrays)
  return new Map(learnable(spec).map(({ name }) => [name, all.get(name)!]))
}

/** The gradients of an engine under their names. */
export function namedGradients(spec: GraphSpec, arrays: readonly FloatArray[]): Record<string, FloatArray> {
  return Object.fromEntries(Array.from(namedStates(spec, arrays), ([name, { data }]) => [name, data]))
}

/**
 * Gradients of all parameters as an engine takes them, read where they lie.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER for a name that the model lacks or the gradients lack, ERR_RAVINE_SHAPE,
 * ERR_RAVINE_DATA for arrays that are not of the model's type
 */
export function gradientsOf(
  where: string,
  spec: GraphSpec,
  values: Gradients | ReadonlyMap<string, FloatArray>,
): FloatArray[] {
  const given = entriesOf(where, 'gradients', values)
  const parameters = learnable(spec)
  for (const name of given.keys()) checkName(where, name, parameters)
  const missing = parameters.find(({ name }) => given.get(name) === undefined)
  if (missing) throw hyperparameterError(where, `a gradient of ${missing.name}`, undefined)
  const shaped = parameters.map(({ name, shape }) => [name, [given.get(name), shape]] as const)
  // The first array says of which type the others have to be.
  checkArrays(where, { 'the model': [zeros(spec.dtype, 0), [0]], ...Object.fromEntries(shaped) })
  return parametersOf(spec).map(({ name, shape }) => given.get(name) ?? zeros(spec.dtype, sizeOf(shape)))
}

function entriesOf<V>(
  where: string,
  what: string,
  values: ReadonlyMap<string, V> | Readonly<Record<string, V>>,
): ReadonlyMap<string, V> {
  if (values instanceof Map) return values
  const named = values !== null && typeof values === 'object' && !Array.isArray(values) && !ArrayBuffer.isView(values)
  if (named) return new Map(Object.entries(values))
  throw hyperparameterError(where, `a Map or an object of ${what} by name ('0.weight', …)`, values)
}

function checkName(where: string, name: string, parameters: readonly ParameterSpec[]): void {
  if (parameters.some((parameter) => parameter.name === name)) return
  throw hyperparameterError(where, `names among ${parameters.map((parameter) => parameter.name).join(', ')}`, name)
}

function convert(where: string, { dtype }: GraphSpec, { name, shape }: ParameterSpec, value: ParameterValue) {
  const data = dataOf(value)
  if (!isArray(data)) throw hyperparameterError(where, `${name} to be { shape, data } or an array of numbers`, value)
  const [expected, stated] = [show(shape), show('shape' in value ? value.shape : shape)]
  const count = countOf(where, name, data)
  if (stated !== expected || count !== sizeOf(shape)) {
    const received = `shape ${stated} with ${count}`
    throw shapeError(where, `${name} of shape ${expected} with ${sizeOf(shape)} numbers`, received)
  }
  const copy = zeros(dtype, count)
  copy.set(data)
  return copy
}

const dataOf = (value: ParameterValue) => (Object(value) === value && 'data' in value ? value.data : value)

/** Asked last: to read `shape` may take the memory away. */
function countOf(where: string, name: string, data: ArrayLike<number>): number {
  if (!types.isTypedArray(data)) return data.length
  checkPresent(where, name, data as FloatArray)
  return lengthOf(data)
}

const isArray = (value: unknown): value is ArrayLike<number> =>
  Array.isArray(value)
    ? value.every((number) => typeof number === 'number')
    : types.isTypedArray(value) && !types.isBigInt64Array(value) && !types.isBigUint64Array(value)

const show = (shape?: readonly number[]) => `[${Array.from(shape ?? []).join(', ')}]`
