import { readCheckpoint } from './checkpoint.js'
import { Learner } from './learner.js'
import { Model } from './model.js'
import { checkOptions, checkValue, count, oneOf, text } from './options.js'
import { backendOf, checkEnvironment, type SequentialOptions } from './sequential.js'

/** Where the model is to run; what it is says the file. */
export type LoadOptions = Pick<SequentialOptions, 'backend' | 'threads'>

const rules = { backend: oneOf('native', 'reference'), threads: count }

/**
 * The model that `save` or a checkpoint of a fit wrote into a file: it predicts, and trains on, as the one that was saved, to the bit, on
 * whatever backend and number of threads.
 *
 * Rejects with ERR_RAVINE_FILE where the file is not such a one, whole; ERR_RAVINE_NATIVE where backend: 'native' is asked for and no addon loads.
 */
export async function load(path: string, options: LoadOptions = {}): Promise<Model> {
  checkValue('load', 'path', path, text)
  options = checkOptions('load', options, rules)
  checkEnvironment()
  const { backend, threads = 0 } = options
  const { spec, seed, snapshot } = await readCheckpoint('load', path)
  const learner = new Learner(spec, seed, threads, backendOf(backend)(spec, snapshot.parameters, seed))
  learner.restore(snapshot)
  return new Model(learner)
}
