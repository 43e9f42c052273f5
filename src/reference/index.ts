/**
 * ravine in plain JavaScript: the same primitives and the same models, with the same bits, slower. It is the oracle of the tests,
 * and the most readable statement of what each operation means.
 */
import { sequential as anySequential } from '../sequential.js'
import { primitives } from './primitives.js'

export const {
  matmul,
  linear,
  linearBackward,
  activate,
  activateBackward,
  softmaxCrossEntropy,
  meanSquaredError,
  momentumCatchUp,
  momentumStep,
  momentumStepSparse,
  cpu,
} = primitives

type Arguments = Parameters<typeof anySequential>

/** As `sequential`, on the reference backend. */
export const sequential = (options: Omit<Arguments[0], 'backend'>, layers: Arguments[1]) =>
  anySequential({ ...options, backend: 'reference' }, layers)
