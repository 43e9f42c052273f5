import { FROZEN, type RuleGroup, type UpdateRule } from './backend.js'
import { hyperparameterError } from './errors.js'
import { type Adadelta, adadeltaDefinition } from './optimizers/adadelta.js'
import { type Adagrad, adagradDefinition } from './optimizers/adagrad.js'
import { type Adam, adamDefinition } from './optimizers/adam.js'
import { type AggMo, aggMoDefinition } from './optimizers/aggMo.js'
import { type Amsgrad, amsgradDefinition } from './optimizers/amsgrad.js'
import { at, type Common, complete, type Definition, isUnscheduled, overridden } from './optimizers/definition.js'
import { type Lion, lionDefinition } from './optimizers/lion.js'
import { type Muon, muonDefinition } from './optimizers/muon.js'
import { type Nadam, nadamDefinition } from './optimizers/nadam.js'
import { type Qhm, qhmDefinition } from './optimizers/qhm.js'
import { type Radam, radamDefinition } from './optimizers/radam.js'
import { type Rmsprop, rmspropDefinition } from './optimizers/rmsprop.js'
import { type Sgd, sgdDefinition } from './optimizers/sgd.js'
import { type YellowFin, yellowFinDefinition } from './optimizers/yellowFin.js'
import type { Places } from './schedules/places.js'
import type { ParameterSpec } from './spec.js'

/** How gradients move parameters, as plain frozen data. */
export type Optimizer =
  | Sgd
  | Qhm
  | AggMo
  | Adam
  | Amsgrad
  | Nadam
  | Radam
  | Rmsprop
  | Adagrad
  | Adadelta
  | Lion
  | Muon
  | YellowFin

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
  muon: muonDefinition,
  yellowFin: yellowFinDefinition,
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
  const optimizer = complete<Optimizer>(
    `${where}: optimizer`,
    type,
    definitions[type] as unknown as Definition<Optimizer>,
    options,
  )
  if (optimizer.type !== 'muon') return optimizer
  return Object.freeze({ ...optimizer, others: checkOptimizer(`${where}: muon: others`, optimizer.others) })
}

/** What the states of an optimizer mean: under another kind they are of no use and start anew. */
export function kindOf(optimizer: Optimizer): string {
  if (optimizer.type === 'sgd') return `sgd ${optimizer.form}`
  if (optimizer.type === 'muon') return `muon and ${kindOf(optimizer.others)}`
  return optimizer.type === 'aggMo' ? `aggMo of ${optimizer.betas.length}` : optimizer.type
}

/** Names of the states that an optimizer keeps of each parameter. */
export function statesOf(optimizer: Optimizer): readonly string[] {
  const states = definitionOf(optimizer).states(optimizer)
  return optimizer.type === 'muon' ? [...states, ...statesOf(optimizer.others).slice(states.length)] : states
}

/** What each of these starts from. */
export const initialOf = (optimizer: Optimizer): readonly number[] =>
  definitionOf(optimizer).initial?.(optimizer) ?? statesOf(optimizer).map(() => 0)

/**
 * The rules of `steps` updates from `firstStep` (counting from 1).
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER where a schedule leaves the range of its option
 */
export function updateRule(
  where: string,
  optimizer: Optimizer,
  parameters: readonly Updated[],
  firstStep: number,
  steps: number,
  places: Places = {},
): UpdateRule {
  const rule = elementwise(where, optimizer, parameters, firstStep, steps, places)
  if (optimizer.type !== 'muon') return rule
  const others = updateRule(where, optimizer.others, parameters, firstStep, steps, places)
  // Those that it does not move have the groups of the others, behind its own.
  const moved = matrices(optimizer, parameters)
  const after = (group: number) => (group === FROZEN ? group : group + rule.groups.length)
  const of = others.of.map((group, i) => (moved.has(parameters[i]) ? rule.of[i] : after(group)))
  return { ...others, groups: [...rule.groups, ...others.groups], of }
}

/** What has to be known of a parameter. */
type Updated = Pick<ParameterSpec, 'name' | 'shape' | 'statistic' | 'table'>

/** The weights that Muon moves: those that are meant, else all of dense layers but the last one's. */
function matrices({ match }: Muon, parameters: readonly Updated[]): ReadonlySet<Updated> {
  const weights = parameters.filter(({ shape, table }) => shape.length === 2 && !table)
  return new Set(match ? weights.filter(({ name }) => name.search(match) >= 0) : weights.slice(0, -1))
}

function elementwise(
  where: string,
  optimizer: Optimizer,
  parameters: readonly Updated[],
  firstStep: number,
  steps: number,
  places: Places,
): UpdateRule {
  const definition = definitionOf(optimizer)
  const others = (optimizer.parameterGroups ?? []).map((group) => overridden(where, definition, optimizer, group))
  const groups = [optimizer, ...others].map((own) => own && groupOf(where, definition, own, firstStep, steps, places))
  const of = parameters.map(({ name, statistic }) => (statistic ? -1 : groupFor(optimizer, name)))
  const numbers = groups.map((group, i) => (group ? groups.slice(0, i).filter(Boolean).length : FROZEN))
  const momenta = () =>
    Array.from({ length: isUnscheduled(optimizer) ? 1 : firstStep - 1 + steps }, (_, since) =>
      Number((at(where, optimizer, since + 1, places) as { momentum?: number }).momentum ?? 0),
    )
  return {
    groups: groups.filter((group) => group !== undefined),
    of: of.map((group) => numbers[group] ?? FROZEN),
    tuner: definition.tuner?.(optimizer, momenta),
  }
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
