import { describe } from './errors.js'
import { inputsOf, remadeGraph } from './graph.js'
import type { Snapshot } from './learner.js'
import { normalized } from './normalize.js'
import { type Rule, text, wholeNumber } from './options.js'
import { checkedPreparation, type Preparation, widthOf } from './preparation.js'
import { checkedRecord, type FitRecord } from './record.js'
import { MEMORY } from './reference/rule.js'
import { tensorFile } from './safetensors.js'
import { checkedPlaces } from './schedules/places.js'
import { type FloatArray, type GraphSpec, parametersOf } from './spec.js'
import { arraysIn, BEST, OPTIMIZER, refused, type Source, source, tensorsOf } from './stored.js'

/** All that a model is, as a file keeps it. */
export interface Checkpoint {
  readonly spec: GraphSpec
  readonly seed: number
  readonly snapshot: Snapshot
  /** Of the fit that wrote it, if one did. */
  readonly fit?: FitRecord
  /** Parameters of its best epoch, where they are to be restored. */
  readonly best?: readonly FloatArray[]
}

/** Of files and what their metadata say; a later one is for files that this code cannot read. */
const FORMAT = '1'

/**
 * A model as a safetensors file, in parts: its parameters by PyTorch's names, the optimizer's states of them as
 * `optimizer.STATE.PARAMETER`, and in the metadata, each in JSON, what is no array.
 */
export function checkpointFile({ spec, seed, snapshot, fit, best }: Checkpoint): Uint8Array[] {
  const { parameters, states, ...memory } = snapshot
  const kept = [...states].flatMap(([state, arrays]) => tensorsOf(spec, `${OPTIMIZER}${state}.`, arrays))
  if (best) kept.push(...tensorsOf(spec, BEST, best))
  const metadata = new Map([['ravine', FORMAT]])
  for (const [key, value] of Object.entries({ spec, seed, states: [...states.keys()], ...memory, fit })) {
    if (value !== undefined) metadata.set(key, JSON.stringify(value, said))
  }
  return tensorFile(new Map([...tensorsOf(spec, '', parameters), ...kept]), metadata)
}

/**
 * Reads what `checkpointFile` gave.
 *
 * @throws {RavineError} ERR_RAVINE_FILE
 */
export async function readCheckpoint(where: string, path: string): Promise<Checkpoint> {
  const file = await source(where, path)
  checkFormat(file)
  const spec = made(file, 'spec', remadeGraph)
  const snapshot = {
    parameters: arraysIn(file, spec, ''),
    states: statesIn(file, spec),
    steps: number(file, 'steps'),
    updates: number(file, 'updates'),
    epochs: number(file, 'epochs'),
    kind: file.metadata.has('kind') ? (stated(file, 'kind', text) as string) : undefined,
    normalize: file.metadata.has('normalize') ? made(file, 'normalize', normalized) : undefined,
    preparation: file.metadata.has('preparation') ? preparationIn(file, spec) : undefined,
    places: file.metadata.has('places') ? made(file, 'places', checkedPlaces) : {},
    memory: stated(file, 'memory', remembered) as number[],
  }
  const fit = file.metadata.has('fit') ? made(file, 'fit', checkedRecord) : undefined
  const best = hasBest(file, spec) ? arraysIn(file, spec, BEST) : undefined
  return { spec, seed: number(file, 'seed'), snapshot, fit, best }
}

function checkFormat(file: Source): void {
  const format = file.metadata.get('ravine')
  if (format === FORMAT) return
  const received = format === undefined ? 'it is of others, whose parameters loadParameters reads' : describe(format)
  throw refused(file, `a model of ravine in format ${FORMAT}`, received)
}

function preparationIn(file: Source, spec: GraphSpec): Preparation {
  const preparation = made(file, 'preparation', checkedPreparation)
  const [width, inputs] = [widthOf(preparation), inputsOf(spec)]
  if (width === inputs) return preparation
  throw refused(file, `a preparation of ${inputs} features in its metadata`, `it has one of ${width}`)
}

/** The states that the metadata name: all of them, and the file has no more. */
function statesIn(file: Source, spec: GraphSpec): Map<string, FloatArray[]> {
  const stateNames = stated(file, 'states', names) as string[]
  const ofStates = stateNames.map((state) => `${OPTIMIZER}${state}.`)
  const prefixes = ['', ...ofStates, ...(hasBest(file, spec) ? [BEST] : [])]
  const known = new Set(prefixes.flatMap((prefix) => parametersOf(spec).map(({ name }) => prefix + name)))
  const unknown = [...file.tensors.keys()].find((name) => !known.has(name))
  if (unknown !== undefined) throw refused(file, 'parameters and their states alone', `it has ${describe(unknown)}`)
  return new Map(stateNames.map((state, i) => [state, arraysIn(file, spec, ofStates[i])]))
}

const hasBest = ({ tensors }: Source, spec: GraphSpec) =>
  parametersOf(spec).some(({ name }) => tensors.has(BEST + name))

const remembered: Rule = {
  expected: `an array of ${MEMORY} numbers`,
  test: (value) => Array.isArray(value) && value.length === MEMORY && value.every((x) => typeof x === 'number'),
}

const names: Rule = {
  expected: 'an array of one or more names, no two alike',
  test: (value) => Array.isArray(value) && value.length > 0 && value.every(text.test) && !twice(value),
}

const twice = (values: readonly unknown[]) => new Set(values).size < values.length

const number = (file: Source, key: string) => stated(file, key, wholeNumber) as number

function stated(file: Source, key: string, rule: Rule): unknown {
  const value = json(file, key)
  if (rule.test(value)) return value
  throw refused(file, `${key} in its metadata, ${rule.expected},`, `it has ${describe(value)}`)
}

/** What is made again of what the file states. */
function made<T>(file: Source, key: string, make: (stated: never) => T): T {
  const value = json(file, key)
  try {
    return make(value as never)
  } catch (cause) {
    throw refused(file, `a ${key} in its metadata`, (cause as Error).message, cause)
  }
}

function json(file: Source, key: string): unknown {
  try {
    return JSON.parse(file.metadata.get(key) ?? '', heard)
  } catch (cause) {
    throw refused(file, `${key} in its metadata, in JSON,`, describe(file.metadata.get(key)), cause)
  }
}

/** JSON has no numbers that are not finite: { number: 'NaN' }. */
const said = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value

function heard(_: string, value: unknown): unknown {
  const { number } = Object(value)
  return ['NaN', 'Infinity', '-Infinity'].includes(number) ? Number(number) : value
}
