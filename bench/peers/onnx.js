/** Little of ONNX's protobuf: what a graph of float tensors needs. Field numbers are those of onnx.proto. */

const FLOAT = 1
const INT64 = 7

function varint(value) {
  const bytes = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128)
  return Buffer.from([...bytes, value])
}

const integer = (field, value) => Buffer.concat([varint(field << 3), varint(value)])
const message = (field, ...parts) => {
  const body = Buffer.concat(parts.flat())
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body])
}
const text = (field, value) => message(field, Buffer.from(value))

/** An operation with integer attributes. */
export const node = (operation, inputs, outputs, attributes = {}) =>
  message(
    1,
    inputs.map((name) => text(1, name)),
    outputs.map((name) => text(2, name)),
    text(4, operation),
    Object.entries(attributes).map(([name, value]) => message(5, text(1, name), integer(3, value), integer(20, 2))),
  )

/** A constant: floats, or BigInt64Array. */
export const constant = (name, shape, values) =>
  message(
    5,
    shape.map((size) => integer(1, size)),
    integer(2, values instanceof BigInt64Array ? INT64 : FLOAT),
    text(8, name),
    message(9, Buffer.from(values.buffer)),
  )

const tensor = (field) => (name, shape) => {
  const dimensions = shape.map((size) => message(1, integer(1, size)))
  return message(field, text(1, name), message(2, message(1, integer(1, FLOAT), message(2, dimensions))))
}
export const input = tensor(11)
export const output = tensor(12)

/** A model of these nodes, constants, inputs and outputs, in opset 17. */
export const model = (...parts) =>
  new Uint8Array(
    Buffer.concat([integer(1, 8), message(7, text(2, 'step'), ...parts), message(8, text(1, ''), integer(2, 17))]),
  )
