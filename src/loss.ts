import { Dataset } from './dataset.js'
import { dataError, hyperparameterError, shapeError } from './errors.js'
import { checkArraysOf } from './features.js'
import { inputsOf, outputsOf } from './graph.js'
import { checkIds } from './ids.js'
import { checkOptions, checkValue, fraction, oneOf, positive, type Rule } from './options.js'
import {
  type CrossEntropy,
  type FloatArray,
  type GraphSpec,
  type Huber,
  type Loss,
  type LossName,
  type LossSpec,
  losses,
  lossSpec,
} from './spec.js'

/** What a loss can be told. */
interface Kind {
  readonly labels: boolean
  /** Of each target, where it takes targets. */
  readonly targets?: Rule
  /** Whether the targets of an example have to sum to 1. */
  readonly shares?: boolean
  /** Whether outputs stand by themselves, so that a single one can tell two classes. */
  readonly binary?: boolean
}

type Answered = Dataset & { readonly targets: FloatArray }

const number = (expected: string, test: (t: number) => boolean): Rule => ({ expected, test: test as Rule['test'] })
const real = number('a number', () => true)
const notNegative = number('a number ≥ 0', (t) => t >= 0)
const part = number('a number in [0, 1]', (t) => t >= 0 && t <= 1)
const sign = number('-1 or 1', (t) => t === -1 || t === 1)

const regression: Kind = { labels: false, targets: real }
const hinge: Kind = { labels: true, targets: sign, binary: true }

const kinds: Readonly<Record<LossName, Kind>> = {
  crossEntropy: { labels: true, targets: notNegative, shares: true },
  meanSquaredError: regression,
  meanAbsoluteError: regression,
  huber: regression,
  logCosh: regression,
  binaryCrossEntropy: { labels: true, targets: part, binary: true },
  hinge,
  squaredHinge: hinge,
  multiclassHinge: { labels: true },
  poisson: { labels: false, targets: notNegative },
  kullbackLeibler: { labels: false, targets: notNegative, shares: true },
}

const numbers: Readonly<Partial<Record<LossName, Readonly<Record<string, Rule>>>>> = {
  huber: { delta: positive },
  crossEntropy: { labelSmoothing: fraction },
}

/** How far shares may be from 1 in sum: they may have been rounded to f32, or to a few digits. */
const NEARLY = 1e-4

/**
 * d²/2 where |d| ≤ delta, delta·(|d| − delta/2) beyond, with d = output − target; delta > 0, 1 by default. PyTorch's HuberLoss.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function huber(options: { readonly delta?: number } = {}): Huber {
  options = checkOptions('huber', options, numbers.huber!)
  return Object.freeze({ type: 'huber', delta: options.delta ?? 1 })
}

/**
 * −Σ t·log softmax(logits) with t = (1 − labelSmoothing)·target + labelSmoothing/outputs; labelSmoothing in [0, 1), 0 by default.
 * PyTorch's CrossEntropyLoss.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function crossEntropy(options: { readonly labelSmoothing?: number } = {}): CrossEntropy {
  options = checkOptions('crossEntropy', options, numbers.crossEntropy!)
  return Object.freeze({ type: 'crossEntropy', labelSmoothing: options.labelSmoothing ?? 0 })
}

/** Whether rows can be right by a loss: it is told classes, or shares of them. */
export const classifies = ({ type }: LossSpec) => kinds[type].labels || kinds[type].shares === true

/**
 * The loss by which a model is judged on a dataset: the one asked for, else 'crossEntropy' with labels and 'meanSquaredError' with
 * targets.
 *
 * @throws {RavineError} ERR_RAVINE_DATA for what is no dataset, or targets that the loss cannot be told; ERR_RAVINE_SHAPE where its
 * sizes are not the model's; ERR_RAVINE_HYPERPARAMETER where loss and data do not go together, or for what is no loss
 */
export function lossFor(where: string, spec: GraphSpec, data: Dataset, requested?: Loss): LossSpec {
  checkFits(where, spec, data)
  const natural = data.labels ? 'crossEntropy' : 'meanSquaredError'
  const loss = checkedLoss(where, requested === undefined ? natural : requested)
  const kind = kinds[loss.type]
  if (data.labels ? !kind.labels : !kind.targets) {
    const needs = data.labels ? 'targets' : 'labels'
    throw hyperparameterError(
      where,
      `a dataset of ${needs} with loss '${loss.type}'`,
      data.labels ? 'labels' : 'targets',
    )
  }
  checkOutputs(where, outputsOf(spec), data, kind)
  if (data.targets) checkTargets(where, loss, data as Answered)
  return loss
}

/** Checks that a model can read a dataset. */
export function checkFits(where: string, spec: GraphSpec, data: Dataset): void {
  if (!(data instanceof Dataset)) throw dataError(where, 'a dataset made by dataset({ … })', data)
  checkArraysOf(where, data)
  if (data.inputs !== inputsOf(spec)) {
    throw shapeError(where, `a dataset of ${inputsOf(spec)} inputs`, `one of ${data.inputs}`)
  }
  if (data.widths) checkWidths(where, JSON.stringify(spec.inputs), JSON.stringify(data.widths))
  checkIds(where, spec, data)
}

function checkWidths(where: string, own: string, given: string): void {
  if (own !== given) throw shapeError(where, `a dataset of inputs ${own}`, given)
}

/** Options are those of its name, with its defaults. */
function checkedLoss(where: string, loss: Loss): LossSpec {
  if (loss === null || typeof loss !== 'object') {
    checkValue(where, 'loss', loss, oneOf(...losses))
    return lossSpec(loss)
  }
  const { type, ...given } = loss
  checkValue(where, 'type of loss', type, oneOf(...losses))
  const options = checkOptions(`${where}: loss '${type}'`, given, numbers[type] ?? {})
  return { ...lossSpec(type), ...options } as LossSpec
}

function checkOutputs(where: string, outputs: number, data: Dataset, { binary }: Kind): void {
  if (data.outputs === outputs) return
  if (data.labels && binary && outputs === 1 && data.outputs === 2) return
  const unit = data.labels ? 'classes' : 'outputs'
  throw shapeError(where, `a dataset of ${outputs} ${unit}, the outputs of the model,`, `one of ${data.outputs}`)
}

function checkTargets(where: string, { type }: LossSpec, { targets, outputs, preparation }: Answered): void {
  const { targets: rule = real, shares } = kinds[type]
  if (rule !== real && preparation?.standardize) {
    throw hyperparameterError(where, `targets that are not standardized with loss '${type}'`, 'standardize: true')
  }
  const bad = rule === real ? -1 : targets.findIndex((target: number) => !rule.test(target))
  if (bad !== -1) {
    const place = `targets[${bad}] (example ${Math.floor(bad / outputs)}, column ${bad % outputs})`
    throw dataError(where, `${place} to be ${rule.expected} with loss '${type}'`, targets[bad])
  }
  if (shares) checkShares(where, type, targets, outputs)
}

function checkShares(where: string, type: LossName, targets: FloatArray, outputs: number): void {
  for (let first = 0; first < targets.length; first += outputs) {
    let sum = 0
    for (let i = first; i < first + outputs; i++) sum += targets[i]
    if (!(Math.abs(sum - 1) <= NEARLY)) {
      throw dataError(where, `the targets of example ${first / outputs} to sum to 1 with loss '${type}'`, sum)
    }
  }
}
