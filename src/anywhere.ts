import { available } from './addon.js'
import { primitives as native } from './native.js'
import type { Primitives } from './primitives.js'
import { primitives as reference } from './reference/primitives.js'

/** The primitives of the addon, or where none loads, which a warning says, of the reference: they have the same bits. */
export const primitives = Object.fromEntries(
  Object.keys(native).map((name) => [name, (...operands: unknown[]) => either()[name](...operands)]),
) as unknown as Primitives

const either = () =>
  (available() ? native : reference) as unknown as Record<string, (...operands: unknown[]) => unknown>

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
