import { all, bytesIn, floatsIn, intIn, intsIn, messagesIn, textIn, textsIn } from './messages.js'

/** Numbers with their shape, row-major. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

export interface Operator {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes: ReadonlyMap<string, number>
}

const elements: Readonly<Record<number, (bytes: ArrayBuffer) => Iterable<number | bigint>>> = {
  1: (bytes) => new Float32Array(bytes),
  7: (bytes) => new BigInt64Array(bytes),
  11: (bytes) => new Float64Array(bytes),
}

const tensorOf = (bytes: Uint8Array): [string, Tensor] => {
  const data = Array.from(elements[intIn(bytes, 2)](bytesIn(bytes, 9).slice().buffer as ArrayBuffer), Number)
  return [textIn(bytes, 8), { shape: intsIn(bytes, 1), data }]
}

function operatorOf(bytes: Uint8Array): Operator {
  const attributes = messagesIn(bytes, 5).map((attribute): [string, number] => {
    const value = intIn(attribute, 20) === 1 ? floatsIn(attribute, 2)[0] : intIn(attribute, 3)
    return [textIn(attribute, 1), value]
  })
  return { op: textIn(bytes, 4), inputs: textsIn(bytes, 1), output: textIn(bytes, 2), attributes: new Map(attributes) }
}

/** [name, element type, dimensions] of an input or an output. */
function sizedOf(bytes: Uint8Array): [string, number, (string | number)[]] {
  const tensor = bytesIn(bytesIn(bytes, 2), 1)
  const sizes = messagesIn(bytesIn(tensor, 2), 1).map((size) =>
    all(size, 2).length ? textIn(size, 2) : intIn(size, 1),
  )
  return [textIn(bytes, 1), intIn(tensor, 1), sizes]
}

/** What an ONNX file says. */
export function onnxOf(file: Uint8Array) {
  const graph = bytesIn(file, 7)
  return {
    format: intIn(file, 1),
    producer: textIn(file, 2),
    doc: textIn(file, 6),
    opset: intIn(bytesIn(file, 8), 2),
    operators: messagesIn(graph, 1).map(operatorOf),
    tensors: new Map(messagesIn(graph, 5).map(tensorOf)),
    inputs: messagesIn(graph, 11).map(sizedOf),
    outputs: messagesIn(graph, 12).map(sizedOf),
  }
}

type Compute = (inputs: readonly Tensor[], attributes: ReadonlyMap<string, number>) => Tensor

const each =
  (f: (x: number) => number): Compute =>
  ([{ shape, data }]) => ({ shape, data: data.map(f) })

/** Of values of one shape, or a row or a number on the right. */
const both =
  (f: (a: number, b: number) => number): Compute =>
  ([a, b]) => ({ shape: a.shape, data: a.data.map((x, i) => f(x, b.data[i % b.data.length])) })

const rowsOf = ({ shape: [rows, width], data }: Tensor) =>
  Array.from({ length: rows }, (_, r) => data.slice(r * width, (r + 1) * width))
const byRows = (rows: readonly (readonly number[])[]): Tensor => ({
  shape: [rows.length, rows[0].length],
  data: rows.flat(),
})
const sum = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0)

/** Abramowitz and Stegun 7.1.5, a series that ends where its terms do. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  let [term, total] = [x, x]
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= -(x * x) / n
    total += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}

/** The operators as docs/Operators.md of onnx has them, as far as files of ours use them, in f64. */
const computes: Readonly<Record<string, Compute>> = {
  Identity: each((x) => x),
  Cast: each((x) => x),
  Relu: each((x) => Math.max(x, 0)),
  Sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  Tanh: each(Math.tanh),
  Erf: each(erf),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Abs: each(Math.abs),
  Neg: each((x) => -x),
  Elu: each((x) => (x > 0 ? x : Math.expm1(x))),
  Softplus: each((x) => Math.log1p(Math.exp(x))),
  LeakyRelu: ([x], attributes) => each((x) => (x > 0 ? x : attributes.get('alpha')! * x))([x], attributes),
  Mul: both((a, b) => a * b),
  Add: both((a, b) => a + b),
  Sub: both((a, b) => a - b),
  Div: both((a, b) => a / b),
  Max: both(Math.max),
  Min: both(Math.min),
  Sum: (inputs) => inputs.reduce((a, b) => both((x, y) => x + y)([a, b], new Map())),
  Gemm: ([a, b, c], attributes) => {
    if (attributes.get('transB') !== 1) throw new Error('transB')
    const weights = rowsOf(b)
    const row = (x: readonly number[]) => weights.map((w, j) => sum(w.map((w, i) => w * x[i])) + (c?.data[j] ?? 0))
    return byRows(rowsOf(a).map(row))
  },
  LayerNormalization: ([x, weight, bias], attributes) =>
    byRows(
      rowsOf(x).map((row) => {
        const mean = sum(row) / row.length
        const variance = sum(row.map((x) => (x - mean) ** 2)) / row.length
        const scale = 1 / Math.sqrt(variance + attributes.get('epsilon')!)
        return row.map((x, j) => (x - mean) * scale * weight.data[j] + bias.data[j])
      }),
    ),
  BatchNormalization: ([x, weight, bias, mean, variance], attributes) => {
    const scale = (j: number) => weight.data[j] / Math.sqrt(variance.data[j] + attributes.get('epsilon')!)
    return byRows(rowsOf(x).map((row) => row.map((x, j) => (x - mean.data[j]) * scale(j) + bias.data[j])))
  },
  Gather: ([table, ids]) => {
    const rows = rowsOf(table)
    return { shape: [...ids.shape, table.shape[1]], data: ids.data.flatMap((id) => rows[id]) }
  },
  Reshape: ([
    { data },
    {
      data: [, width],
    },
  ]) => ({ shape: [data.length / width, width], data }),
  Concat: (inputs) => byRows(rowsOf(inputs[0]).map((_, r) => inputs.flatMap((input) => rowsOf(input)[r]))),
  ReduceSum: ([x]) => byRows(rowsOf(x).map((row) => [sum(row)])),
}

/** What the graph of an ONNX file gives for its inputs, node after node. */
export function run(file: Uint8Array, inputs: Readonly<Record<string, Tensor>>): readonly number[] {
  const { operators, tensors, outputs } = onnxOf(file)
  const values = new Map([...tensors, ...Object.entries(inputs)])
  for (const { op, inputs, output, attributes } of operators) {
    const read = inputs.map((name) => values.get(name)!)
    if (read.includes(undefined as never) || values.has(output)) throw new Error(`${output} of ${inputs}`)
    values.set(output, computes[op](read, attributes))
  }
  return values.get(outputs[0][0])!.data
}
