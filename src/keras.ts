import { hyperparameterError } from './errors.js'
import type { Tensor, TensorData } from './safetensors.js'
import { type GraphSpec, type Node, parametersOf } from './spec.js'
import { refused, type Source } from './stored.js'

type Kind = 'dense' | 'batchNorm' | 'layerNorm' | 'embedding'

/** The variables of one Keras layer, under their own names. */
interface Layer {
  readonly name: string
  readonly kind: Kind
  readonly variables: ReadonlyMap<string, Tensor>
}

/** What Keras calls parameters, and we as PyTorch. */
const names: Readonly<Record<string, string>> = {
  kernel: 'weight',
  embeddings: 'weight',
  gamma: 'weight',
  beta: 'bias',
  bias: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
}
/** A name that Keras gives by itself: of its class, and numbered from the second on. */
const AUTOMATIC = /^(dense|batch_normalization|layer_normalization|embedding)(?:_(\d+))?$/
/** Of dropout: not learnt. */
const SEED = 'seed_generator_state'

const leafOf = (name: string) => name.slice(name.lastIndexOf('/') + 1)
const pathOf = (name: string) => name.slice(0, name.lastIndexOf('/'))

/** Whether a file has the variables of a Keras model by their paths, as 'sequential/dense/kernel'. */
export const isKeras = ({ tensors }: Source) =>
  [...tensors.keys()].some(
    (name) => name.includes('/') && leafOf(name) !== 'bias' && Object.hasOwn(names, leafOf(name)),
  )

/**
 * A file of Keras variables as one of PyTorch's names: kernels [inputs, outputs] turned, layer after layer of each kind.
 *
 * @param order names of the Keras layers, in the order of the model's that have parameters; where Keras named them itself, their numbers tell
 * @throws {RavineError} ERR_RAVINE_FILE where layers do not correspond, ERR_RAVINE_HYPERPARAMETER for an order of others
 */
export function ofKeras(file: Source, spec: GraphSpec, order?: readonly string[]): Source {
  const nodes = spec.nodes.filter((node) => parametersOf({ ...spec, nodes: [node] }).length > 0)
  const layers = layersOf(file)
  const inOrder = order ? ordered(file.where, layers, nodes, order) : byKind(file, layers, nodes)
  const tensors = nodes.flatMap(({ name }, i) =>
    [...inOrder[i].variables].map(([variable, tensor]): [string, Tensor] => [
      `${name}.${names[variable] ?? variable}`,
      variable === 'kernel' ? turned(tensor) : tensor,
    ]),
  )
  return { ...file, tensors: new Map(tensors) }
}

function layersOf({ tensors }: Source): Layer[] {
  const groups = new Map<string, Map<string, Tensor>>()
  for (const [name, tensor] of tensors) {
    if (leafOf(name) === SEED) continue
    const path = pathOf(name)
    groups.set(path, (groups.get(path) ?? new Map()).set(leafOf(name), tensor))
  }
  return [...groups].map(([path, variables]) => ({ name: leafOf(path), kind: kindOf(variables), variables }))
}

function kindOf(variables: ReadonlyMap<string, Tensor>): Kind {
  if (variables.has('kernel')) return 'dense'
  if (variables.has('embeddings')) return 'embedding'
  return variables.has('moving_mean') ? 'batchNorm' : 'layerNorm'
}

function ordered(where: string, layers: readonly Layer[], nodes: readonly Node[], order: readonly string[]): Layer[] {
  const known = layers.map(({ name }) => name)
  const found = order.map((name) => layers.find((layer) => layer.name === name))
  const unknown = order.find((_, i) => !found[i])
  if (unknown !== undefined) throw hyperparameterError(where, `layers among ${known.join(', ')}`, unknown)
  if (order.length === nodes.length && new Set(order).size === layers.length) return found as Layer[]
  throw hyperparameterError(where, `layers to name each of ${known.join(', ')}, for ${nodes.length}`, order.join(', '))
}

/** For each node the layer of its kind that has its place among them. */
function byKind(file: Source, layers: readonly Layer[], nodes: readonly Node[]): Layer[] {
  const places = new Map<string, Layer[]>()
  for (const kind of new Set([...layers.map(({ kind }) => kind), ...nodes.map(({ op }) => op)])) {
    const [ours, theirs] = [nodes.filter(({ op }) => op === kind), layers.filter((layer) => layer.kind === kind)]
    if (ours.length !== theirs.length) {
      throw refused(file, `${ours.length} layers like ${kind}`, `it has ${theirs.length}`)
    }
    places.set(kind, numbered(file, theirs))
  }
  return nodes.map(({ op }) => places.get(op)!.shift()!)
}

function numbered(file: Source, layers: readonly Layer[]): Layer[] {
  if (layers.length > 1 && !layers.every(({ name }) => AUTOMATIC.test(name))) {
    const named = layers.map(({ name }) => name).join(', ')
    const received = `it has ${named}; say their order, as { layers: ['${layers[0].name}', …] }`
    throw refused(file, `layers that Keras named, whose numbers tell their order,`, received)
  }
  const number = ({ name }: Layer) => Number(AUTOMATIC.exec(name)?.[2] ?? 0)
  return [...layers].sort((a, b) => number(a) - number(b))
}

/** [rows, columns] as [columns, rows]. */
function turned({ type, shape, data }: Tensor): Tensor {
  const [rows, columns] = shape
  const copy = data.slice() as TensorData
  for (let i = 0; i < copy.length; i++) copy[(i % columns) * rows + Math.floor(i / columns)] = data[i]
  return { type, shape: [columns, rows, ...shape.slice(2)], data: copy }
}
