import { FROZEN, type RuleGroup, type UpdateRule } from './backend.js'
import { hyperparameterError } from './errors.js'
import { type Adadelta, adadeltaDefinition } from './optimizers/adadelta.js'
import { type Adagrad, adagradDefinition } from './optimizers/adagrad.js'
import { type Adam, adamDefinition } from './optimizers/adam.js'
import { type AggMo, aggMoDefinition } from './optimizers/aggMo.js'
import { type Amsgrad, amsgradDefinition } from './optimizers/amsgrad.js'
import { at, type Common, complete, type Definition, isUnscheduled, overridden } from './optimizers/definition.js'
import { type Lion, lionDefinition } from './optimizers/lion.js'
import { type Nadam, nadamDefinition } from './optimizers/nadam.js'
import { type Qhm, qhmDefinition } from './optimizers/qhm.js'
import { type Radam, radamDefinition } from './optimizers/radam.js'
import { type Rmsprop, rmspropDefinition } from './optimizers/rmsprop.js'
import { type Sgd, sgdDefinition } from './optimizers/sgd.js'
import type { Places } from './schedules/places.js'
import type { ParameterSpec } from './spec.js'

/** How gradients move parameters, as plain frozen data. */
export type Optimizer = Sgd | Qhm | AggMo | Adam | Amsgrad | Nadam | Radam | Rmsprop | Adagrad | Adadelta | Lion

const definitions: { readonly [T in Optimizer['type']]: Definition<Extract<Optimizer, { type: T }>> } = {
  sgd: sgdDefinition,
  qhm: qhmDefinition,
  aggMo: aggMoDefinition,
  adam: adamDefinition,
  amsgrad: amsgradDefinition,
  nadam: nadamDefinition,
  radam: radamDefinition,
  rmsprop: rmspropDefinition,
  adagrad: adagradDefinition,
  adadelta: adadeltaDefinition,
  lion: lionDefinition,
}

const definitionOf = <O extends Optimizer>({ type }: O) => definitions[type] as unknown as Definition<O>

/**
 * Checks what a caller gave as `optimizer`: the result of a maker, or equal plain data (from JSON, say).
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function checkOptimizer(where: string, value: unknown): Optimizer {
  const { type, ...options } = Object(value) as Optimizer
  if (!Object.hasOwn(definitions, String(type))) {
    throw hyperparameterError(where, 'optimizer to be sgd({ … }) or another', value)
  }
  return complete<Optimizer>(
    `${where}: optimizer`,
    type,
    definitions[type] as unknown as Definition<Optimizer>,
    options,
  )
}

/** What the states of an optimizer mean: under another kind they are of no use and start anew. */
export function kindOf(optimizer: Optimizer): string {
  if (optimizer.type === 'sgd') return `sgd ${optimizer.form}`
  return optimizer.type === 'aggMo' ? `aggMo of ${optimizer.betas.length}` : optimizer.type
}

/** Names of the states that an optimizer keeps of each parameter. */
export const statesOf = (optimizer: Optimizer) => definitionOf(optimizer).states(optimizer)

/** What each of these starts from. */
export const initialOf = (optimizer: Optimizer) =>
  definitionOf(optimizer).initial?.(optimizer) ?? statesOf(optimizer).map(() => 0)

/**
 * The rules of `steps` updates from `firstStep` (counting from 1).
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER where a schedule leaves the range of its option
 */
export function updateRule(
  where: string,
  optimizer: Optimizer,
  parameters: readonly Pick<ParameterSpec, 'name' | 'statistic'>[],
  firstStep: number,
  steps: number,
  places: Places = {},
): UpdateRule {
  if ('restart' in optimizer && optimizer.restart) {
    throw hyperparameterError(where, 'an optimizer without restart, which is for minimize,', optimizer.restart)
  }
  const definition = definitionOf(optimizer)
  const others = (optimizer.parameterGroups ?? []).map((group) => overridden(where, definition, optimizer, group))
  const groups = [optimizer, ...others].map((own) => own && groupOf(where, definition, own, firstStep, steps, places))
  const of = parameters.map(({ name, statistic }) => (statistic ? -1 : groupFor(optimizer, name)))
  const numbers = groups.map((group, i) => (group ? groups.slice(0, i).filter(Boolean).length : FROZEN))
  return { groups: groups.filter((group) => group !== undefined), of: of.map((group) => numbers[group] ?? FROZEN) }
}

/** 0 for the optimizer itself, else the place of the first group that matches, from 1. */
function groupFor({ parameterGroups = [] }: Common, name: string): number {
  return (
    1 + parameterGroups.findIndex(({ match }) => (typeof match === 'string' ? match === name : name.search(match) >= 0))
  )
}

function groupOf<O extends Optimizer>(
  where: string,
  definition: Definition<O>,
  optimizer: O,
  firstStep: number,
  steps: number,
  places: Places,
): RuleGroup {
  const steady = isUnscheduled(optimizer) && definition.steady(optimizer, firstStep)
  const next = definition.rows(optimizer)
  const row = (step: number) => next(at(where, optimizer, step, places), step)
  if (definition.remembers?.(optimizer)) for (let step = 1; step < firstStep; step++) row(step)
  const first = row(firstStep)
  const rows = new Float64Array(first.length * (steady ? 1 : steps))
  rows.set(first)
  for (let i = 1; i * first.length < rows.length; i++) rows.set(row(firstStep + i), i * first.length)
  return { rule: definition.rule(optimizer), width: first.length, rows }
}
