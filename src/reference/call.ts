import type { EngineNode } from '../lowered.js'
import type { FloatArray } from '../spec.js'
import type { Arithmetic } from './fma.js'
import type { Numbers } from './matmul.js'

/** What a step has to do with what is drawn in it. */
export interface Draw {
  readonly seed: number
  /** Updates of the model that were done before. */
  readonly number: number
  /** Where the batch begins within its update. */
  readonly firstRow: number
}

/** One node at work on one batch: arrays are row-major, [batch, width]. */
export interface Call {
  readonly arithmetic: Arithmetic
  readonly node: EngineNode
  /** Of the node. */
  readonly number: number
  readonly batch: number
  readonly parameters: readonly FloatArray[]
  readonly inputs: readonly Numbers[]
  readonly output: FloatArray
  /** Undefined where nothing is learnt. */
  readonly draw?: Draw
  /** What the way forward leaves to the way back. */
  kept: readonly FloatArray[]
}

/** The gradients of what a node read, and of its parameters but statistics. */
export interface Gradients {
  readonly inputs: readonly (FloatArray | null)[]
  readonly parameters: readonly FloatArray[]
}

/** What a kind of node does. */
export interface Operation {
  /** Fills `call.output` and `call.kept`. */
  forward(call: Call): void
  backward(call: Call, gradOutput: FloatArray): Gradients
}

/** A new array like another. */
export const alike = (array: FloatArray, length = array.length): FloatArray =>
  array instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
