import type { Fold } from './backend.js'
import { shapeError } from './errors.js'
import { outputsOf } from './graph.js'
import { activations } from './onnx/activations.js'
import { modelProto, types, valueProto } from './onnx/format.js'
import { Sheet } from './onnx/sheet.js'
import type { Standard } from './preparation.js'
import { joined } from './protobuf.js'
import { type FloatArray, type GraphSpec, type Node, parametersOf, zeros } from './spec.js'

/** What a model is, to be written down for inference. */
export interface Exported {
  readonly spec: GraphSpec
  /** In the order of `parametersOf`. */
  readonly parameters: readonly FloatArray[]
  /** x = scale·p + offset of the raw features p. */
  readonly fold?: Fold
  /** By what features and targets are standardized before that. */
  readonly standard?: Standard
  /** Whether features come as bytes. */
  readonly bytes: boolean
  readonly version: string
}

/** Bytes of the longest message that readers of Protocol Buffers take. */
const LONGEST = 2 ** 31 - 1

/**
 * The ONNX file of a graph as it predicts, without what only training needs: its inputs by their names, [batch, width], its output under
 * the name of the last node or, of a chain, 'output'.
 *
 * @throws {RavineError} ERR_RAVINE_SHAPE where it would be larger than 2 GB
 */
export function onnxFile({ spec, parameters, fold, standard, bytes, version }: Exported): Uint8Array {
  const sheet = new Sheet(spec.dtype)
  const type = bytes ? 'u8' : spec.dtype
  for (const [i, { name, shape }] of parametersOf(spec).entries()) sheet.tensor(name, shape, parameters[i])
  const values = new Map<string, string>()
  let first = 0
  for (const [name, width] of Object.entries(spec.inputs)) {
    sheet.part = name
    const x = type === 'u8' ? sheet.apply('Cast', [name], { to: types[sheet.dtype] }) : name
    const scales = standard?.inputs.slice(first, first + width)
    values.set(name, normalised(sheet, scales ? standardized(sheet, x, scales) : x, fold))
    first += width
  }
  for (const node of spec.nodes) {
    sheet.part = node.name
    values.set(
      node.name,
      write(
        sheet,
        node,
        node.from.map((name) => values.get(name)!),
      ),
    )
  }
  // Names of a graph begin with a letter, places in a chain are numbers.
  const output = /^\d/.test(spec.output) ? 'output' : spec.output
  sheet.named(output, 'Identity', [turnedBack(sheet, values.get(spec.output)!, standard)])
  const model = modelProto(
    {
      nodes: sheet.nodes,
      initializers: sheet.initializers,
      inputs: Object.entries(spec.inputs).map(([name, width]) => valueProto(name, type, width)),
      outputs: [valueProto(output, spec.dtype, outputsOf(spec))],
    },
    version,
  )
  if (model.length <= LONGEST) return joined(model)
  throw shapeError('toONNX', 'a model of at most 2 GB, which is as much as the format takes,', `${model.length} bytes`)
}

/** z = (x − mean) / std, column by column. */
function standardized(sheet: Sheet, x: string, scales: Standard['inputs']): string {
  const row = (kind: 'mean' | 'std', otherwise: number) => {
    const numbers = zeros(sheet.dtype, scales.length)
    numbers.set(scales.map((scale) => scale?.[kind] ?? otherwise))
    return sheet.tensor(`${sheet.part}/${kind}`, [scales.length], numbers)
  }
  return sheet.apply('Div', [sheet.apply('Sub', [x, row('mean', 0)]), row('std', 1)])
}

const normalised = (sheet: Sheet, x: string, fold?: Fold) =>
  fold ? sheet.apply('Add', [sheet.apply('Mul', [x, sheet.number(fold.scale)]), sheet.number(fold.offset)]) : x

/** Answers in the units of the targets. */
function turnedBack(sheet: Sheet, x: string, { target }: Partial<Standard> = {}): string {
  if (!target) return x
  return sheet.apply('Add', [sheet.apply('Mul', [x, sheet.number(target.std)]), sheet.number(target.mean)])
}

/** The value of a node, by those that it reads. */
function write(sheet: Sheet, node: Node, [x, ...others]: readonly string[]): string {
  const parameter = (kind: string) => `${node.name}.${kind}`
  switch (node.op) {
    case 'dense': {
      const inputs = [x, parameter('weight'), ...(node.bias ? [parameter('bias')] : [])]
      return activations[node.activation](sheet, sheet.apply('Gemm', inputs, { transB: 1 }))
    }
    case 'activation':
      return activations[node.activation](sheet, x)
    case 'dropout':
    case 'flatten':
      return x
    case 'layerNorm':
      return sheet.apply('LayerNormalization', [x, parameter('weight'), parameter('bias')], epsilonOf(node))
    case 'batchNorm': {
      const inputs = ['weight', 'bias', 'running_mean', 'running_var'].map(parameter)
      return sheet.apply('BatchNormalization', [x, ...inputs], epsilonOf(node))
    }
    case 'embedding': {
      const rows = sheet.apply('Gather', [parameter('weight'), sheet.apply('Cast', [x], { to: types.i64 })])
      return sheet.apply('Reshape', [rows, sheet.integers(-1, node.outputs)])
    }
    case 'concat':
      return sheet.apply('Concat', [x, ...others], { axis: 1 })
    case 'add':
      return sheet.apply('Sum', [x, ...others])
    case 'dot':
      return sheet.apply('ReduceSum', [sheet.apply('Mul', [x, ...others]), sheet.integers(1)])
  }
}

const epsilonOf = ({ epsilon }: { readonly epsilon: number }) => ({ epsilon: { real: epsilon } })
