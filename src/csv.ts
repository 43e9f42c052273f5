import type { CsvFieldOptions, CsvHead, CsvSummary, CsvTable } from '../index.js'
import { addon } from './addon.js'
import { Dataset } from './dataset.js'
import { dataError, hyperparameterError, RavineError } from './errors.js'
import { settled } from './native.js'
import { anything, checkOptions, checkValue, distance, flag, oneOf, type Rule, text } from './options.js'
import {
  type CategoryColumn,
  checkedPreparation,
  type Missing,
  missing,
  type NumberColumn,
  type Preparation,
  type TargetColumn,
} from './preparation.js'
import type { SparseRows } from './sparse.js'
import type { Dtype, FloatArray } from './spec.js'

/** A column by its name, or by its number from 0, or from −1 backwards. */
export type ColumnName = string | number

export interface CsvOptions {
  /** What is to be answered: classes where its first value is no number. Without it the dataset has features alone, for `predict`. */
  readonly target?: ColumnName
  /** Whether a target of numbers is one of classes, too. */
  readonly classes?: boolean
  /** The columns to learn from, in this order; all but the target by default. */
  readonly columns?: readonly ColumnName[]
  /** Columns to leave out. */
  readonly ignore?: readonly ColumnName[]
  /** Columns of numbers that are names: codes of places, of kinds. */
  readonly categories?: readonly ColumnName[]
  /** Whether the first line has names; by default ('auto') where no field of it is a number or missing. */
  readonly header?: boolean | 'auto'
  /** 'auto' by default: of comma, semicolon and tab that which the first line has most of. */
  readonly delimiter?: string
  /**
   * What becomes of cells that are empty or, out of quotes, NA, N/A, NaN, nan, null, NULL, None or ?: they are refused ('error', the
   * default); their rows are left out ('drop'); or a number is the mean of its column and a name is none of the names ('mean', which
   * leaves out rows whose target is missing).
   */
  readonly missing?: Missing
  /** Whether a model is to learn z-scores of the columns of numbers and of a target that is one; false by default. */
  readonly standardize?: boolean
  /** 'f32' by default. */
  readonly dtype?: Dtype
  /**
   * How another file was read, `dataset.preparation` or `model.preparation`: this one is read in the same way, columns found by their
   * names. Its target may be missing there, or in `ignore`.
   */
  readonly preparation?: Preparation
}

const name: Rule = {
  expected: 'the name of a column or its number',
  test: (value) => typeof value === 'string' || Number.isInteger(value),
}
const columnNames: Rule = {
  expected: 'an array of names of columns or their numbers',
  test: (value) => Array.isArray(value) && value.every(name.test),
}
const character: Rule = {
  expected: "'auto' or one character of ASCII, no quote and no newline,",
  test: (value) => value === 'auto' || (typeof value === 'string' && /^[^"\r\n\u0080-\uffff]$/.test(value)),
}
const rules = {
  target: name,
  classes: flag,
  columns: columnNames,
  ignore: columnNames,
  categories: columnNames,
  header: { expected: "'auto', true or false", test: (value: unknown) => value === 'auto' || flag.test(value) },
  delimiter: character,
  missing,
  standardize: flag,
  dtype: oneOf('f32', 'f64'),
  preparation: anything,
}
/** What a preparation has settled. */
const settledBy = ['target', 'classes', 'columns', 'categories', 'standardize'] as const

/** The names of columns that an error lists. */
const LISTED = 20

/**
 * Reads a file of separated values (RFC 4180; LF, CRLF or CR; UTF-8) on a thread of its own and without holding its text: columns of
 * numbers are features, rounded once; columns of names are a feature for each name, as entries where more than three quarters of all
 * features would be zero. A column is of numbers if its first value is one.
 *
 * Features and targets stay as the file has them, in their own units. A model that learns from the dataset takes over its
 * `preparation`: where that says `standardize`, the model learns z = (x − mean) / std, with the means and deviations of this file, or of
 * the training part alone where the dataset is `split`, also when it evaluates or predicts, whatever it is given; and it gives predictions
 * and metrics in the target's own units. Losses are of the standardized targets. What stands for cells that are missing ('mean') is of
 * the whole file.
 *
 * Rejects with ERR_RAVINE_FILE where the file cannot be read; ERR_RAVINE_DATA, which names line and column, where it is not what it
 * should be; ERR_RAVINE_HYPERPARAMETER for options, columns that are not there among them.
 */
export async function csv(path: string, options: CsvOptions = {}): Promise<Dataset> {
  checkValue('csv', 'path', path, text)
  options = checkOptions('csv', options, rules)
  const { delimiter, header = 'auto', preparation } = options
  const given = delimiter === 'auto' ? undefined : delimiter
  const head = await settled(() => addon().csvHead(path, given))
  if (head.fields.length === 0) throw dataError('csv', `${path} to have a line`, 'none')
  const named = header === 'auto' ? head.names : header
  const names = namesOf(path, head, named)
  const plan = preparation !== undefined ? prepared(path, names, options) : asked(path, names, options)
  const table = await settled(() =>
    addon().csvTable(path, { ...plan, names, dtype: options.dtype ?? 'f32', delimiter: head.delimiter, header: named }),
  )
  return datasetOf(
    table,
    preparation !== undefined ? checkedPreparation(preparation) : preparationOf(table, names, plan),
  )
}

/** How fields are to be read, by their numbers. */
interface Plan {
  readonly features: CsvFieldOptions[]
  readonly target?: CsvFieldOptions
  readonly missing: Missing
  readonly standardize: boolean
}

function namesOf(path: string, { fields }: CsvHead, named: boolean): string[] {
  const names = fields.map((field, i) => (named && field) || `column ${i + 1}`)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw dataError('csv', `columns of different names in ${path}`, twice)
  return names
}

function asked(path: string, names: readonly string[], options: CsvOptions): Plan {
  const { missing = 'error', standardize = false } = options
  const at = (option: string) => (column: ColumnName) => fieldOf(path, names, option, column)
  const target = options.target === undefined ? undefined : at('target')(options.target)
  const [ignored, categories] = [options.ignore?.map(at('ignore')), options.categories?.map(at('categories'))]
  const all = options.columns?.map(at('columns')) ?? names.map((_, i) => i)
  const kindOf = (field: number) => (categories?.includes(field) ? 'category' : 'auto')
  const fields = [...new Set(all)].filter((field) => field !== target && !ignored?.includes(field))
  if (fields.length === 0) throw hyperparameterError('csv', `a column of ${path} besides the target to learn from`, 0)
  return {
    features: fields.map((field) => ({ field, kind: kindOf(field) })),
    target: target === undefined ? undefined : { field: target, kind: options.classes ? 'category' : kindOf(target) },
    missing,
    standardize,
  }
}

/** As another file was read. */
function prepared(path: string, names: readonly string[], options: CsvOptions): Plan {
  const own = settledBy.find((option) => options[option] !== undefined)
  if (own) throw hyperparameterError('csv', `preparation without ${own}, which it has settled,`, options[own])
  const preparation = checkedPreparation(options.preparation!)
  const ignored = options.ignore?.map((column) => fieldOf(path, names, 'ignore', column)) ?? []
  const features = preparation.columns.map((column) => {
    const field = names.indexOf(column.name)
    if (field !== -1 && !ignored.includes(field)) return known(field, column)
    throw dataError('csv', `a column '${column.name}' in ${path}, as the preparation has it,`, listed(names))
  })
  const { target, standardize } = preparation
  const answered = target ? names.indexOf(target.name) : -1
  const there = target && answered !== -1 && !ignored.includes(answered)
  const missing = options.missing ?? preparation.missing
  return { features, target: there ? known(answered, target) : undefined, missing, standardize }
}

const known = (field: number, column: NumberColumn | CategoryColumn | TargetColumn): CsvFieldOptions =>
  'values' in column
    ? { field, kind: 'category', values: [...column.values] }
    : { field, kind: 'number', fill: column.mean }

function fieldOf(path: string, names: readonly string[], option: string, column: ColumnName): number {
  const field = typeof column === 'string' ? names.indexOf(column) : column < 0 ? column + names.length : column
  if (field >= 0 && field < names.length) return field
  const near = typeof column === 'string' && nearest(names, column)
  const message = `csv: expected ${option} to name columns of ${path}, ${listed(names)}, but received ${
    typeof column === 'string' ? `'${column}'` : column
  }${near ? `; did you mean '${near}'?` : ''}`
  throw new RavineError('ERR_RAVINE_HYPERPARAMETER', message)
}

const nearest = (names: readonly string[], name: string) =>
  names.find((candidate) => distance(candidate.toLowerCase(), name.toLowerCase()) <= 1 + name.length / 6)

const listed = (names: readonly string[]) =>
  names.length > LISTED ? `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} more` : names.join(', ')

function preparationOf(table: CsvTable, names: readonly string[], { features, target, ...plan }: Plan): Preparation {
  const columns = features.map(({ field }, i) => {
    const column = columnOf(names[field], table.columns[i])
    return 'values' in column ? { kind: 'category' as const, ...column } : { kind: 'number' as const, ...column }
  })
  const answered = target && table.target && columnOf(names[target.field], table.target)
  return checkedPreparation({ ...plan, columns, ...(answered && { target: answered }) })
}

const columnOf = (name: string, { mean, std, values }: CsvSummary): TargetColumn =>
  values ? { name, values } : { name, mean: mean!, std: std! }

function datasetOf(table: CsvTable, preparation: Preparation): Dataset {
  const { labels, targets, inputs } = table
  const { target } = preparation
  const classes = labels && target && 'values' in target ? target.values.length : undefined
  const features = (table.features as FloatArray) ?? (Object.freeze(table.entries) as SparseRows)
  const outputs = classes ?? Number(targets !== undefined)
  return new Dataset({ features, inputs, labels, targets: targets as FloatArray, classes, outputs, preparation })
}
