import type { EngineData } from './backend.js'
import { dataError, RavineError } from './errors.js'
import { checkOptions, checkValue, flag, number, oneOf, type Rule, text } from './options.js'
import { isSparse, type SparseRows } from './sparse.js'
import type { FloatArray } from './spec.js'

/** What becomes of cells without a value. */
export type Missing = 'error' | 'drop' | 'mean'

/** A column of numbers, a feature: its mean and standard deviation, which is 1 where all are the same. */
export interface NumberColumn {
  readonly name: string
  readonly kind: 'number'
  readonly mean: number
  readonly std: number
}

/** A column of names, a feature for each: 1 is that of the name that stands there, 0 are the others. */
export interface CategoryColumn {
  readonly name: string
  readonly kind: 'category'
  readonly values: readonly string[]
}

/** What is to be answered: a number; or a class, by its name. */
export type TargetColumn = Omit<NumberColumn, 'kind'> | Omit<CategoryColumn, 'kind'>

/** How columns became features, and one of them the target: plain data, frozen. */
export interface Preparation {
  /** Whether a model learns z = (x − mean) / std of the columns of numbers, and of a target that is one. */
  readonly standardize: boolean
  readonly missing: Missing
  /** In the order of the features. */
  readonly columns: readonly (NumberColumn | CategoryColumn)[]
  readonly target?: TargetColumn
}

/** What the classes of a target are called, where it has such. */
export function classesOf(preparation?: Preparation): readonly string[] | undefined {
  const { target } = preparation ?? {}
  return target && 'values' in target ? target.values : undefined
}

/** z = (x − mean) / std. */
interface Scale {
  readonly mean: number
  readonly std: number
}

/** Of each input; undefined of one that is taken as it is. And of the target. */
export interface Standard {
  readonly inputs: readonly (Scale | undefined)[]
  readonly target?: Scale
}

/** Of a target of numbers; undefined of classes. */
export const scaleOf = (target?: TargetColumn) => (target && 'mean' in target ? target : undefined)

/** By what a model that learns of such data standardizes them; undefined where it does not. */
export function standardOf(preparation?: Preparation): Standard | undefined {
  if (!preparation?.standardize) return undefined
  const { columns, target } = preparation
  const inputs = columns.flatMap((column) => (column.kind === 'number' ? [column] : column.values.map(() => undefined)))
  return { inputs, target: scaleOf(target) }
}

/** The features of an example. */
export const widthOf = ({ columns }: Preparation) =>
  columns.reduce((sum, column) => sum + (column.kind === 'number' ? 1 : column.values.length), 0)

/**
 * Data as an engine learns them: z of what is there, a copy, where they are to be standardized.
 *
 * @throws {RavineError} ERR_RAVINE_DATA for an example of entries that lacks one of a column of numbers
 */
export function standardized(data: EngineData): EngineData {
  const { features, targets, standard, ...others } = data
  if (!standard) return data
  const { inputs, target } = standard
  return {
    ...others,
    features: isSparse(features) ? standardEntries(features, inputs) : standardNumbers(features, inputs),
    targets: targets && target ? Float64Array.from(targets, (t) => zOf(t, target)) : targets,
  }
}

/** What a model says of standardized targets, in their own units; in place. */
export function turnedBack(outputs: FloatArray, { target }: Standard): FloatArray {
  if (target) for (let i = 0; i < outputs.length; i++) outputs[i] = outputs[i] * target.std + target.mean
  return outputs
}

/**
 * Checks that data were made as a model's are, but for means and deviations: those of the model apply.
 *
 * @throws {RavineError} ERR_RAVINE_DATA
 */
export function checkSame(where: string, own: Preparation, given: Preparation): void {
  if (own === given || same(own, given)) return
  const expected =
    'data whose columns became features as those of the model did (csv(path, { preparation: model.preparation }))'
  const different = own.columns.find((column, i) => !same(column, given.columns[i]))
  const found = different ? `column '${different.name}' is another` : 'columns or target are others'
  throw new RavineError('ERR_RAVINE_DATA', `${where}: expected ${expected} but ${found}`)
}

const same = (a: unknown, b: unknown) => JSON.stringify(a, unnumbered) === JSON.stringify(b, unnumbered)

/** The kind of a column, without its numbers. What was missing and whether it is standardized is the model's affair. */
const unnumbered = (key: string, value: unknown) =>
  ['mean', 'std', 'missing', 'standardize'].includes(key) ? undefined : value

function standardNumbers(features: Uint8Array | FloatArray, inputs: Standard['inputs']): Float64Array {
  const z = Float64Array.from(features)
  for (const [column, scale] of inputs.entries()) {
    if (scale) for (let i = column; i < z.length; i += inputs.length) z[i] = zOf(z[i], scale)
  }
  return z
}

function standardEntries({ offsets, indices, values }: SparseRows, inputs: Standard['inputs']): SparseRows {
  checkEntries({ offsets, indices }, inputs)
  const z = Float64Array.from(indices, (column, i) => {
    const scale = inputs[column]
    const x = values ? values[i] : 1
    return scale ? zOf(x, scale) : x
  })
  return { offsets, indices, values: z }
}

/** What is not listed is 0, and the z of 0 is not: it has to be listed. */
function checkEntries({ offsets, indices }: SparseRows, inputs: Standard['inputs']): void {
  const numbers = inputs.reduce((count, scale) => count + Number(scale !== undefined), 0)
  for (let example = 0; example + 1 < offsets.length; example++) {
    let found = 0
    for (let i = offsets[example]; i < offsets[example + 1]; i++) if (inputs[indices[i]]) found++
    if (found === numbers) continue
    throw dataError('features', `an entry for each of ${numbers} columns of numbers in example ${example}`, found)
  }
}

const zOf = (x: number, { mean, std }: Scale) => (x - mean) / std

const object: Rule = { expected: 'an object', test: (value) => Object(value) === value && !Array.isArray(value) }
const list: Rule = { expected: 'an array', test: Array.isArray }
const finite = number('a finite number', Number.isFinite)
const spread = number('a finite number > 0', (x) => x > 0 && x < Infinity)
const names: Rule = {
  expected: 'an array of strings, no two alike,',
  test: (value) => Array.isArray(value) && value.every(text.test) && new Set(value).size === value.length,
}
export const missing = oneOf('error', 'drop', 'mean')
const rules = {
  whole: { standardize: flag, missing, columns: list, target: object },
  number: { name: text, kind: oneOf('number'), mean: finite, std: spread },
  category: { name: text, kind: oneOf('category'), values: names },
}

/**
 * Checks what a file or a caller states as a preparation, and freezes a copy.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkedPreparation(stated: Preparation): Preparation {
  const { target: _, ...needed } = rules.whole
  stated = checkOptions('preparation', stated, rules.whole)
  checkAll('preparation', stated, needed)
  const columns = Object.freeze(stated.columns.map((column, i) => checkedColumn(`columns[${i}]`, column)))
  if (columns.length === 0)
    throw new RavineError('ERR_RAVINE_HYPERPARAMETER', 'preparation: expected at least one column')
  const { standardize, missing } = stated
  const target = stated.target && checkedTarget(stated.target)
  return Object.freeze({ standardize, missing, columns, ...(target && { target }) })
}

function checkedColumn(where: string, column: NumberColumn | CategoryColumn): NumberColumn | CategoryColumn {
  checkValue('preparation', where, column, object)
  const rule = column.kind === 'category' ? rules.category : rules.number
  column = checkOptions(`preparation: ${where}`, column, rule)
  checkAll(`preparation: ${where}`, column, rule)
  return column.kind === 'category' ? frozenNames(column) : Object.freeze({ ...column })
}

function checkedTarget(target: TargetColumn): TargetColumn {
  const [kind, { kind: _, ...rule }] = 'values' in target ? ['values', rules.category] : ['mean', rules.number]
  target = checkOptions(`preparation: target of ${kind}`, target, rule)
  checkAll('preparation: target', target, rule)
  return 'values' in target ? frozenNames(target) : Object.freeze({ ...target })
}

const frozenNames = <C extends { readonly values: readonly string[] }>(column: C): C =>
  Object.freeze({ ...column, values: Object.freeze([...column.values]) })

function checkAll(where: string, object: object, rules: Readonly<Record<string, Rule>>): void {
  for (const [name, rule] of Object.entries(rules)) {
    checkValue(where, name, (object as Record<string, unknown>)[name], rule)
  }
}
