import { primitives as native } from '../src/native.js'
import type { Primitives } from '../src/primitives.js'
import { primitives as reference } from '../src/reference/primitives.js'

/** Every backend goes through the same tests. */
export const backends: [name: string, primitives: Primitives][] = [
  ['native', native],
  ['reference', reference],
]
