import { bytes, type Encoded, embedded, float, int, message, text } from '../protobuf.js'
import type { FloatArray } from '../spec.js'

/** Opset 17 and version 8 of the format, of ONNX 1.12: every runtime that is kept up reads them. */
const OPSET = 17
const FORMAT = 8

/** The element types of ONNX. */
export const types = { f32: 1, u8: 2, i64: 7, f64: 11 } as const
export type ElementType = keyof typeof types

/** Attributes of a node by their names: whole numbers, unless they are said to be real. */
export type Attributes = Readonly<Record<string, number | { readonly real: number }>>

const FLOAT_ATTRIBUTE = 1
const INT_ATTRIBUTE = 2

/** Dimension 0 of inputs and outputs, which may be any. */
const BATCH = 'batch'

interface Graph {
  readonly nodes: readonly Encoded[]
  readonly initializers: readonly Encoded[]
  readonly inputs: readonly Encoded[]
  readonly outputs: readonly Encoded[]
}

/**
 * A model of one graph.
 *
 * Source: onnx/onnx, onnx/onnx.proto3.
 */
export function modelProto({ nodes, initializers, inputs, outputs }: Graph, version: string): Encoded {
  const graph = message(
    ...nodes.map((node) => embedded(1, node)),
    text(2, 'ravine'),
    ...initializers.map((tensor) => embedded(5, tensor)),
    ...inputs.map((value) => embedded(11, value)),
    ...outputs.map((value) => embedded(12, value)),
  )
  return message(
    int(1, FORMAT),
    text(2, 'ravine'),
    text(3, version),
    text(6, `made by ravine ${version}`),
    embedded(7, graph),
    embedded(8, message(text(1, ''), int(2, OPSET))),
  )
}

export const nodeProto = (op: string, inputs: readonly string[], output: string, attributes: Attributes): Encoded =>
  message(
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(3, output),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => embedded(5, attribute(name, value))),
  )

const attribute = (name: string, value: Attributes[string]): Encoded =>
  typeof value === 'number'
    ? message(text(1, name), int(3, value), int(20, INT_ATTRIBUTE))
    : message(text(1, name), float(2, value.real), int(20, FLOAT_ATTRIBUTE))

/** Numbers of a model, row-major. */
export const tensorProto = (name: string, shape: readonly number[], data: FloatArray | BigInt64Array): Encoded =>
  message(
    ...shape.map((size) => int(1, size)),
    int(2, types[typeOf(data)]),
    text(8, name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  )

function typeOf(data: FloatArray | BigInt64Array): ElementType {
  if (data instanceof BigInt64Array) return 'i64'
  return data instanceof Float32Array ? 'f32' : 'f64'
}

/** An input or an output, [batch, width]. */
export function valueProto(name: string, type: ElementType, width: number): Encoded {
  const shape = message(embedded(1, text(2, BATCH)), embedded(1, int(1, width)))
  const tensor = message(int(1, types[type]), embedded(2, shape))
  return message(text(1, name), embedded(2, embedded(1, tensor)))
}
