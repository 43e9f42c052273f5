import { piecesIn } from './bytes.js'
import type { Dataset } from './dataset.js'
import { dataError, hyperparameterError } from './errors.js'
import { type JsonLinesOptions, JsonRows } from './jsonRows.js'
import { linesOf, type Pieces } from './lines.js'
import { anything, checkOptions, checkValue, count, either, type Rule, text } from './options.js'

export interface JsonBatchesOptions extends JsonLinesOptions {
  /** Examples of a batch; the last has what is left. */
  readonly batchSize: number
}

const isPieces = (value: unknown) => Symbol.asyncIterator in Object(value)
const names: Rule = {
  expected: 'an array of names',
  test: (value) => Array.isArray(value) && value.length > 0 && value.every(text.test),
}
const source = either(text, { expected: 'a stream of bytes', test: isPieces })
const rules = { features: names, target: text, label: text, classes: count, normalize: anything }

/**
 * Reads a file of JSON lines, an object a line, out of gzip where it is in it, or a stream of such text, as a dataset in f32. The text is
 * not held in memory. Empty lines are passed over.
 *
 * @throws {RavineError} ERR_RAVINE_FILE where it cannot be read; ERR_RAVINE_DATA, naming the line, where something is missing or of
 * another kind; ERR_RAVINE_HYPERPARAMETER
 */
export async function jsonLines(from: string | Pieces, options: JsonLinesOptions): Promise<Dataset<Float32Array>> {
  options = checkOptions('jsonLines', options, rules)
  for await (const all of tables(from, options, Infinity)) return all
  throw dataError('jsonLines', `${nameOf(from)} to have at least one line`, 0)
}

/**
 * The same, some examples at a time, for data that memory does not hold: `model.fit(() => jsonBatches(path, { … }), …)`. Of a stream
 * there is one pass.
 *
 * @throws {RavineError} as `jsonLines`, when it comes to the line
 */
export async function* jsonBatches(
  from: string | Pieces,
  { batchSize, ...options }: JsonBatchesOptions,
): AsyncGenerator<Dataset<Float32Array>, void, undefined> {
  checkValue('jsonBatches', 'batchSize', batchSize, count)
  options = checkOptions('jsonBatches', options, rules)
  if (options.label !== undefined) checkValue('jsonBatches', 'classes', options.classes, count)
  yield* tables(from, options, batchSize)
}

/** The examples, at most so many at a time; of none nothing. */
async function* tables(
  from: string | Pieces,
  options: JsonLinesOptions,
  most: number,
): AsyncGenerator<Dataset<Float32Array>> {
  checkValue('jsonLines', 'its source', from, source)
  checkValue('jsonLines', 'features', options.features, names)
  if ((options.target === undefined) === (options.label === undefined)) {
    throw hyperparameterError('jsonLines', 'either a target or a label', options.target === undefined ? 'none' : 'both')
  }
  const pieces = typeof from === 'string' ? piecesIn('jsonLines', from) : from
  const rows = new JsonRows(options, nameOf(from))
  for await (const lines of linesOf('jsonLines', nameOf(from), pieces)) {
    for (const line of lines) if (rows.add(line) === most) yield rows.take()
  }
  if (rows.examples > 0) yield rows.take()
}

const nameOf = (from: string | Pieces) => (typeof from === 'string' ? from : 'the stream')
