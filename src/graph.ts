import { isDeepStrictEqual } from 'node:util'
import { hyperparameterError, shapeError } from './errors.js'
import { type Layer, remade } from './layers.js'
import { checkValue, count, oneOf, type Rule } from './options.js'
import type { Dtype, GraphSpec, Node } from './spec.js'

/** What a chain reads: the name of its one input. */
const FEATURES = 'features'

/** A layer, and the names of the inputs and nodes that it reads. */
export type NodeOptions = readonly [layer: Layer, ...from: string[]]

/** How many values a layer reads: one, but for these. */
const arity: Readonly<Partial<Record<Layer['type'], Rule>>> = {
  concat: { expected: 'two names or more', test: (names) => (names as number) >= 2 },
  add: { expected: 'two names or more', test: (names) => (names as number) >= 2 },
  dot: { expected: 'two names', test: (names) => names === 2 },
}
const one: Rule = { expected: 'one name', test: (names) => names === 1 }

/** Counts that f32 tells apart. */
const MOST_IDS = 2 ** 24

/**
 * The graph in which each layer reads the one before it. Nodes are named by PyTorch's places in a `Sequential`, where an activation
 * other than linear takes a place of its own: dense(512, 'relu'), dense(10) are '0' and '2'.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER
 */
export function chain(inputs: number, dtype: Dtype, layers: readonly Layer[]): GraphSpec {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw hyperparameterError('sequential', 'an array of at least one layer', layers)
  }
  const nodes: [string, NodeOptions][] = []
  let [place, before] = [0, FEATURES]
  for (const [i, value] of layers.entries()) {
    const layer = remade('sequential', `layer ${i}`, value)
    if (arity[layer.type])
      throw hyperparameterError('sequential', `layer ${i} to read one value, not several`, layer.type)
    nodes.push([String(place), [layer, before]])
    before = String(place)
    place += layer.type === 'dense' && layer.activation !== 'linear' ? 2 : 1
  }
  return assembled('sequential', dtype, { [FEATURES]: inputs }, nodes)
}

/**
 * A graph of named inputs and nodes, each with the names of what it reads; nodes stand after what they read, and the last is the output.
 *
 * @throws {RavineError} ERR_RAVINE_HYPERPARAMETER for names and layers that do not go together, ERR_RAVINE_SHAPE for widths
 */
export function graphOf(
  inputs: Readonly<Record<string, number>>,
  dtype: Dtype,
  nodes: Readonly<Record<string, NodeOptions>>,
): GraphSpec {
  checkNames('inputs', inputs)
  for (const [name, width] of Object.entries(inputs)) checkValue('graph', `input '${name}'`, width, count)
  checkNames('nodes', nodes)
  const given = Object.entries(nodes).map(([name, node]): [string, NodeOptions] => {
    if (!Array.isArray(node)) throw hyperparameterError('graph', `node '${name}' to be [layer, ...names]`, node)
    if (Object.hasOwn(inputs, name)) throw hyperparameterError('graph', 'nodes to have names of their own', name)
    return [name, [remade('graph', `the layer of node '${name}'`, node[0]), ...(node.slice(1) as string[])]]
  })
  const spec = assembled('graph', dtype, inputs, given)
  checkRead(spec)
  return spec
}

/**
 * A graph made again of its plain data, as JSON gives it.
 *
 * @throws {RavineError} where it is not what `chain` or `graphOf` makes
 */
export function remadeGraph(stated: GraphSpec): GraphSpec {
  const { dtype, inputs, nodes } = Object(stated) as GraphSpec
  checkValue('spec', 'dtype', dtype, oneOf('f32', 'f64'))
  if (!Array.isArray(nodes)) throw hyperparameterError('spec', 'nodes', nodes)
  const isChain = isDeepStrictEqual(Object.keys(Object(inputs)), [FEATURES]) && /^\d+$/.test(Object(nodes[0]).name)
  if (isChain) checkValue('spec', 'inputs', inputs[FEATURES], count)
  const spec = isChain
    ? chain(inputs[FEATURES], dtype, nodes.map(layerOf))
    : graphOf(inputs, dtype, Object.fromEntries(nodes.map((node) => [Object(node).name, nodeOf(node)])))
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(spec)), stated)) return spec
  throw hyperparameterError('spec', 'a graph of layers', stated)
}

/** The numbers of one example that a graph reads. */
export const inputsOf = (spec: GraphSpec) => Object.values(spec.inputs).reduce((sum, width) => sum + width, 0)

/** The numbers that a graph gives for one example. */
export const outputsOf = (spec: GraphSpec) => spec.nodes.find(({ name }) => name === spec.output)?.outputs ?? 0

function assembled(
  where: string,
  dtype: Dtype,
  inputs: Readonly<Record<string, number>>,
  nodes: readonly [string, NodeOptions][],
): GraphSpec {
  const widths = new Map(Object.entries(inputs))
  const site = { where, dtype, inputs: Object.keys(inputs) }
  const made = nodes.map(([name, node]) => {
    const frozen = nodeFrom(site, name, node, widths)
    widths.set(name, frozen.outputs)
    return frozen
  })
  return Object.freeze({
    dtype,
    inputs: Object.freeze({ ...inputs }),
    nodes: Object.freeze(made),
    output: made[made.length - 1].name,
  })
}

/** A layer with its widths, by what it reads. */
function nodeFrom(
  { where, dtype, inputs }: Site,
  name: string,
  [layer, ...from]: NodeOptions,
  widths: ReadonlyMap<string, number>,
): Node {
  const rule = arity[layer.type] ?? one
  const what = `node '${name}', ${layer.type},`
  if (!rule.test(from.length)) throw hyperparameterError(where, `${what} to read ${rule.expected}`, from.length)
  const unknown = from.find((read) => !widths.has(read))
  if (unknown !== undefined) {
    throw hyperparameterError(where, `${what} to read among ${[...widths.keys()].join(', ')}`, unknown)
  }
  const read = from.map((name) => widths.get(name)!)
  if (layer.type === 'embedding') checkIds({ where, dtype, inputs }, what, layer.count, from[0])
  if (layer.type !== 'concat' && read.some((width) => width !== read[0])) {
    throw shapeError(where, `${what} to read values of one width`, `widths ${read.join(', ')}`)
  }
  const { type: op, ...settings } = layer
  const total = layer.type === 'concat' ? read.reduce((sum, width) => sum + width, 0) : read[0]
  const node = {
    op,
    name,
    from: Object.freeze([...from]),
    inputs: total,
    outputs: outputsFrom(layer, total),
    ...settings,
  }
  return Object.freeze(node) as Node
}

/** Where a graph is made, and of what. */
interface Site {
  readonly where: string
  readonly dtype: Dtype
  readonly inputs: readonly string[]
}

function outputsFrom(layer: Layer, inputs: number): number {
  if (layer.type === 'dense') return layer.outputs
  if (layer.type === 'embedding') return inputs * layer.width
  return layer.type === 'dot' ? 1 : inputs
}

/** Ids come as features; as numbers of the model's type they must stay apart. */
function checkIds({ where, dtype, inputs }: Site, what: string, ids: number, read: string): void {
  if (!inputs.includes(read)) throw hyperparameterError(where, `${what} to read features`, read)
  if (dtype === 'f32' && ids > MOST_IDS) {
    throw hyperparameterError(
      where,
      `${what} to have a count of at most 2²⁴ in f32, which does not tell more apart,`,
      ids,
    )
  }
}

/** Names that stay in the order in which they are written: JavaScript puts those of digits first. */
function checkNames(what: string, values: unknown): void {
  if (Object(values) !== values || Array.isArray(values) || Object.keys(values as object).length === 0) {
    throw hyperparameterError('graph', `${what}, an object with one name or more,`, values)
  }
  const bad = Object.keys(values as object).find((name) => !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name))
  if (bad !== undefined) throw hyperparameterError('graph', `${what} with names of letters, digits and _`, bad)
}

/** What nobody reads learns nothing, and is most likely a slip. */
function checkRead({ inputs, nodes, output }: GraphSpec): void {
  const read = new Set([output, ...nodes.flatMap(({ from }) => from)])
  const unread = [...Object.keys(inputs), ...nodes.map(({ name }) => name)].find((name) => !read.has(name))
  if (unread !== undefined)
    throw hyperparameterError('graph', 'inputs and nodes that are read, but for the last,', unread)
}

/** The layer that a node was made of. */
function layerOf(node: unknown): Layer {
  const { op: type, name, from, inputs, outputs, ...settings } = Object(node)
  return type === 'dense' ? { type, outputs, ...settings } : { type, ...settings }
}

function nodeOf(node: unknown): NodeOptions {
  const { from } = Object(node)
  if (!Array.isArray(from)) throw hyperparameterError('spec', 'names that a node reads', from)
  return [layerOf(node), ...from]
}
