import { csv } from '../csv.js'
import type { Dataset } from '../dataset.js'
import { dataError, RavineError } from '../errors.js'
import type { Model } from '../model.js'
import { recommended } from '../recommended.js'
import type { Settings } from './options.js'
import { UsageError } from './usage.js'

/** How columns become features and target. */
export type Columns = Pick<
  Settings,
  'target' | 'classes' | 'columns' | 'ignore' | 'categories' | 'missing' | 'standardize'
>

const { layers, epochs, batchSize, learningRate } = recommended

/** What goes well with tables, as settings. */
export const suited: Partial<Settings> = {
  ...recommended.csv,
  ...{ layers, epochs, batchSize, learningRate },
  ...{ optimizer: 'adam', schedule: 'cosine' },
}

/**
 * A table to learn from.
 *
 * @throws {UsageError} where a column that was named is not there
 * @throws {RavineError} as `csv`
 */
export async function table(path: string, settings: Columns): Promise<Dataset> {
  const { target = '', classes, columns, ignore, categories, missing, standardize } = settings
  try {
    return await csv(path, { target, classes, columns, ignore, categories, missing, standardize })
  } catch (error) {
    const names = error instanceof RavineError && error.code === 'ERR_RAVINE_HYPERPARAMETER'
    throw names ? new UsageError(error.message) : error
  }
}

/**
 * A table read as the one that a model has learnt from: to judge it, or every row to be answered, whatever stands in the target's column.
 *
 * @throws {RavineError} ERR_RAVINE_DATA for a model that has learnt from something else, and as `csv`
 */
export async function tableFor(path: string, { preparation }: Model, judged: boolean): Promise<Dataset> {
  if (!preparation) throw dataError('data', `a model that has learnt from a table, for ${path},`, 'another')
  if (judged) return csv(path, { preparation })
  const { target } = preparation
  const all = { preparation, missing: 'mean' } as const
  // The column may not be there, which `ignore` would hold against it.
  return csv(path, { ...all, ignore: target ? [target.name] : [] }).catch(() => csv(path, all))
}
