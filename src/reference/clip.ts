import type { UpdateRule } from '../backend.js'
import type { FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'
import { type Shape, totalSquare, type Updated } from './total.js'

/** Is added to a norm before it divides, as PyTorch does. */
const EPSILON = 1e-6

/** g ← min(max(g, −c), c), then g ← min(1, c' / (‖g‖ + ε))·g of all gradients together, each where it is asked for; in place. */
export function clip(
  { round }: Arithmetic,
  { clipValue, clipNorm }: UpdateRule,
  parameters: readonly Shape[],
  updated: Updated,
  gradients: readonly FloatArray[],
): void {
  if (clipValue !== undefined) for (const gradient of gradients) bounded(gradient, round(clipValue))
  if (clipNorm === undefined) return
  const ratio = clipNorm / (Math.sqrt(totalSquare(parameters, updated, gradients)) + EPSILON)
  const factor = round(Math.min(ratio, 1))
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) gradient[i] *= factor
}

/** NaN stays. */
function bounded(gradient: FloatArray, limit: number): void {
  for (const [i, g] of gradient.entries()) gradient[i] = g > limit ? limit : Math.max(g, -limit)
}
