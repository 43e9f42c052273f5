import { Dataset } from './dataset.js'
import { dataError, hyperparameterError, shapeError } from './errors.js'
import { inputsOf, outputsOf } from './graph.js'
import { checkIds } from './ids.js'
import type { GraphSpec, Loss } from './spec.js'

/**
 * The loss by which a model is judged on a dataset: the one asked for, else 'crossEntropy' with labels and 'meanSquaredError' with
 * targets.
 *
 * @throws {RavineError} ERR_RAVINE_DATA for what is no dataset, ERR_RAVINE_SHAPE where its sizes are not the model's,
 * ERR_RAVINE_HYPERPARAMETER where loss and data do not go together
 */
export function lossFor(where: string, spec: GraphSpec, data: Dataset, requested?: Loss): Loss {
  checkFits(where, spec, data)
  const natural = data.labels ? 'crossEntropy' : 'meanSquaredError'
  if (requested !== undefined && requested !== natural) {
    const needs = requested === 'crossEntropy' ? 'labels' : 'targets'
    throw hyperparameterError(
      where,
      `a dataset of ${needs} with loss '${requested}'`,
      data.labels ? 'labels' : 'targets',
    )
  }
  checkOutputs(where, outputsOf(spec), data)
  return natural
}

/** Checks that a model can read a dataset. */
export function checkFits(where: string, spec: GraphSpec, data: Dataset): void {
  if (!(data instanceof Dataset)) throw dataError(where, 'a dataset made by dataset({ … })', data)
  if (data.inputs !== inputsOf(spec)) {
    throw shapeError(where, `a dataset of ${inputsOf(spec)} inputs`, `one of ${data.inputs}`)
  }
  const [own, given] = [spec.inputs, data.widths ?? spec.inputs].map((widths) => JSON.stringify(widths))
  if (own !== given) throw shapeError(where, `a dataset of inputs ${own}`, given)
  checkIds(where, spec, data)
}

function checkOutputs(where: string, outputs: number, data: Dataset): void {
  if (data.outputs === outputs) return
  const unit = data.labels ? 'classes' : 'outputs'
  throw shapeError(where, `a dataset of ${outputs} ${unit}, the outputs of the model,`, `one of ${data.outputs}`)
}
