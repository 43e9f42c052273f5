import { types } from 'node:util'
import { checkApart, checkArrays, lengthOf } from './arrays.js'
import { driftOf, driftsUntil } from './drift.js'
import { dataError, hyperparameterError, shapeError } from './errors.js'
import { updateRule } from './optimizer.js'
import { complete, isUnscheduled } from './optimizers/definition.js'
import { type MomentumCoefficients, type Sgd, type SgdOptions, sgdDefinition } from './optimizers/sgd.js'
import { checkOptions, checkValue, count, oneOf, type Rule, wholeNumber } from './options.js'
import type { RawPrimitives } from './primitives.js'
import { integers } from './sparse.js'
import type { FloatArray } from './spec.js'

const modes = ['lazy', 'exact'] as const
export type SparseMode = (typeof modes)[number]

/** [count], of each row the step up to which it is current: zeros at the start, written where rows step or catch up. */
export type LastTouched = Uint32Array | Float64Array

/** Options of `sgd`, schedules and functions of the updates done before among them. */
interface Momentum extends Omit<SgdOptions, 'restart' | 'parameterGroups'> {
  /** Of this update, counting from 1: needed where the rule depends on it, and by 'exact'. */
  readonly step?: number
}

export interface MomentumSparseOptions extends Momentum {
  /** Numbers in a row. */
  readonly width: number
  /** What becomes of rows that are not listed: 'lazy' (the default) leaves them alone, 'exact' makes up for it later. */
  readonly mode?: SparseMode
  /** Needed by 'exact'; not looked at by 'lazy'. */
  readonly lastTouched?: LastTouched
}

export interface CatchUpOptions extends Momentum {
  /** Numbers in a row. */
  readonly width: number
  /** How many steps have been done: the step, counting from 1, that rows are brought up to; 0 before the first. */
  readonly step: number
  readonly lastTouched: LastTouched
  /** Which rows, in any order; all by default. */
  readonly rows?: ArrayLike<number>
}

type Rows = ArrayLike<number>

/** What a table is to an optimizer: one parameter. */
const TABLE = { name: 'table', shape: [1] }

/** Steps of a schedule that are looked at in one call: some seconds. */
const MOST_MISSED = 2 ** 22

/** The rule of every step. */
interface Rules {
  readonly scheduled: boolean
  readonly at: (step: number) => MomentumCoefficients
}

/** How far each row is, and the step that it is to come to. */
interface Progress {
  readonly lastTouched: LastTouched
  readonly step: number
}

const perRow: Rule = {
  expected: 'a Uint32Array or a Float64Array',
  test: (value) => types.isUint32Array(value) || types.isFloat64Array(value),
}
const { restart: _, ...momentumRules } = sgdDefinition.rules
const stepRules = { ...momentumRules, step: count, width: count, mode: oneOf(...modes), lastTouched: perRow }
const catchUpRules = { ...momentumRules, step: wholeNumber, width: count, lastTouched: perRow, rows: integers }

/** `momentumStepSparse` of a backend, checked; it stands at `Primitives`. */
export function momentumStepSparse(
  raw: RawPrimitives,
  parameter: FloatArray,
  rows: Rows,
  gradientRows: FloatArray,
  velocity: FloatArray,
  options: MomentumSparseOptions,
): void {
  const where = 'momentumStepSparse'
  options = checkOptions(where, options, stepRules)
  const { width, mode, lastTouched, ...momentum } = options
  checkValue(where, 'width', width, count)
  const rules = rulesOf(where, momentum)
  const { coefficients, nesterov } = rules.at(momentum.step ?? 1)
  checkList(where, rows)
  const size = checkTable(where, parameter, velocity, width, { gradientRows: [gradientRows, [rows.length, width]] })
  const listed = checkedRows(where, rows, size)
  checkApart(where, 'parameter', parameter, { gradientRows })
  checkApart(where, 'velocity', velocity, { gradientRows })
  const step = () => raw.momentumStepSparse(parameter, listed, gradientRows, velocity, width, coefficients, nesterov)
  if (mode === 'exact') {
    const progress = checkedProgress(where, momentum.step, lastTouched, size, { parameter, velocity, gradientRows })
    const before = { ...progress, step: progress.step - 1 }
    catchUp(where, raw, parameter, velocity, width, distinct(listed), before, rules)
    step()
    for (const row of listed) progress.lastTouched[row] = progress.step
  } else step()
}

/** `momentumCatchUp` of a backend, checked; it stands at `Primitives`. */
export function momentumCatchUp(
  raw: RawPrimitives,
  parameter: FloatArray,
  velocity: FloatArray,
  options: CatchUpOptions,
): void {
  const where = 'momentumCatchUp'
  options = checkOptions(where, options, catchUpRules)
  const { width, lastTouched, rows, ...momentum } = options
  checkValue(where, 'width', width, count)
  const rules = rulesOf(where, momentum)
  const size = checkTable(where, parameter, velocity, width)
  const listed = rows === undefined ? new Uint32Array(size).map((_, i) => i) : distinct(checkedRows(where, rows, size))
  const progress = checkedProgress(where, momentum.step, lastTouched, size, { parameter, velocity })
  catchUp(where, raw, parameter, velocity, width, listed, progress, rules)
  for (const row of listed) lastTouched[row] = progress.step
}

function rulesOf(where: string, { step, ...options }: Momentum): Rules {
  const optimizer = complete<Sgd>(where, 'sgd', sgdDefinition, options)
  const scheduled = !isUnscheduled(optimizer)
  if (step === undefined && (scheduled || !sgdDefinition.steady(optimizer, 1))) {
    throw hyperparameterError(where, 'step, counting from 1, with dampening, biasCorrection or a schedule', step)
  }
  const { nesterov } = optimizer
  const at = (step: number) => ({
    nesterov,
    coefficients: updateRule(where, optimizer, [TABLE], step, 1).groups[0].rows,
  })
  return { scheduled, at }
}

/** The number of rows of parameter and velocity. */
function checkTable(
  where: string,
  parameter: FloatArray,
  velocity: FloatArray,
  width: number,
  others: Parameters<typeof checkArrays>[1] = {},
): number {
  const size = Math.floor(lengthOf(parameter) / width)
  const shape = [size, width]
  checkArrays(where, { parameter: [parameter, shape], velocity: [velocity, shape], ...others })
  checkApart(where, 'parameter', parameter, { velocity })
  return size
}

function checkList(where: string, rows: unknown): void {
  if (!integers.test(rows)) throw dataError(where, `rows to be ${integers.expected}`, rows)
}

/** A copy. */
function checkedRows(where: string, rows: Rows, size: number): Uint32Array {
  const listed = new Uint32Array(rows)
  const outside = listed.findIndex((row, i) => !(row === rows[i] && row < size))
  if (outside >= 0) throw dataError(where, `rows[${outside}] to be a whole number in [0, ${size})`, rows[outside])
  return listed
}

const distinct = (rows: Uint32Array) => new Uint32Array(new Set(rows))

function checkedProgress(
  where: string,
  step: number | undefined,
  lastTouched: LastTouched | undefined,
  size: number,
  others: Readonly<Record<string, FloatArray>>,
): Progress {
  if (step === undefined) throw hyperparameterError(where, 'step, counting from 1, to know what rows have missed', step)
  if (lastTouched === undefined) throw hyperparameterError(where, `lastTouched, ${perRow.expected}`, lastTouched)
  if (lastTouched.length !== size)
    throw shapeError(where, `lastTouched of shape [${size}]`, `${lastTouched.length} elements`)
  if (types.isUint32Array(lastTouched) && step > 0xffffffff) {
    throw hyperparameterError(where, 'step to fit into lastTouched, a Uint32Array', step)
  }
  checkApart(where, 'lastTouched', lastTouched, others)
  return { lastTouched, step }
}

/** Of `rows`, each there once, those that are behind move by the drift of the steps that they have missed. */
function catchUp(
  where: string,
  raw: RawPrimitives,
  parameter: FloatArray,
  velocity: FloatArray,
  width: number,
  rows: Uint32Array,
  { lastTouched, step: until }: Progress,
  { scheduled, at }: Rules,
): void {
  // Neither filter nor from: they take ten times as long, on typed arrays.
  const behind: number[] = []
  for (const row of rows) if (isBehind(where, row, lastTouched[row], until)) behind.push(row)
  if (behind.length === 0) return
  const touched = new Float64Array(behind).map((row) => lastTouched[row])
  const lasts = [...new Set(touched)].sort((a, b) => b - a)
  if (scheduled) checkMissed(where, until - lasts[lasts.length - 1])
  const placeOf = new Map(lasts.map((last, place) => [last, place]))
  const places = new Uint32Array(touched.map((last) => placeOf.get(last) as number))
  const round = types.isFloat32Array(parameter) ? Math.fround : (value: number) => value
  const drifts = driftsUntil(until, lasts, (step) => driftOf(at(step), round), scheduled)
  raw.momentumCatchUp(parameter, velocity, new Uint32Array(behind), places, drifts, width)
}

function checkMissed(where: string, missed: number): void {
  const expected = `rows that have missed at most ${MOST_MISSED} steps of a schedule (momentumCatchUp in between)`
  if (missed > MOST_MISSED) throw hyperparameterError(where, expected, missed)
}

function isBehind(where: string, row: number, last: number, until: number): boolean {
  if (Number.isSafeInteger(last) && last >= 0 && last <= until) return last < until
  throw dataError(where, `lastTouched[${row}] to be a step in 0 … ${until}`, last)
}
