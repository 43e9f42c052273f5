import type { UpdateRule } from '../src/backend.js'
import { type Optimizer, updateRule } from '../src/optimizer.js'
import { type GraphSpec, parametersOf } from '../src/spec.js'

/** What an optimizer does to the parameters of a graph in some steps, counted from 1. */
export const ruleOf = (optimizer: Optimizer, spec: GraphSpec, firstStep = 1, steps = 1): UpdateRule =>
  updateRule('test', optimizer, parametersOf(spec), firstStep, steps)
