import { type Activation, type ActivationNode, byInput, type GraphSpec, type Node } from './spec.js'

/**
 * A node as engines take it. Values are numbered: first the inputs of the graph, then what its nodes give. What a kind of node does
 * not need is absent.
 */
export interface EngineNode {
  readonly op: Exclude<Node['op'], 'flatten'>
  /** Numbers of values that stand before it. */
  readonly reads: readonly number[]
  /** Width of what it reads, or of each; of a concatenation their sum. */
  readonly inputs: number
  readonly outputs: number
  readonly activation?: Activation
  readonly bias?: boolean
  readonly rate?: number
  readonly epsilon?: number
  readonly momentum?: number
  /** Rows of a table. */
  readonly count?: number
  /** Whether rows of it without a gradient stay as they are. */
  readonly lazy?: boolean
}

/**
 * The nodes of a graph as engines take them: numbers instead of names; rows are flat as they are. An activation whose derivative goes by
 * its input is a node of its own, so that this input is kept; another becomes a part of the dense layer that it alone reads, with the same
 * bits. Parameters stay in their order.
 */
export function lowered(spec: GraphSpec): EngineNode[] {
  const inputs = Object.keys(spec.inputs)
  const values = new Map(inputs.map((name, i) => [name, i]))
  const nodes: EngineNode[] = []
  for (const node of spec.nodes) {
    const reads = node.from.map((name) => values.get(name)!)
    if (endsDense(spec, node)) nodes.push({ ...nodes.pop()!, activation: node.activation })
    else nodes.push(...parts(node, reads, inputs.length + nodes.length, spec.output))
    const alone = node.op === 'flatten' && node.name !== spec.output
    values.set(node.name, alone ? reads[0] : inputs.length + nodes.length - 1)
  }
  return nodes
}

/** Whether a node is an activation that can be that of the dense layer right before it. */
function endsDense(spec: GraphSpec, node: Node): node is ActivationNode {
  if (node.op !== 'activation' || byInput.has(node.activation)) return false
  const before = spec.nodes[spec.nodes.indexOf(node) - 1]
  const readers = spec.nodes.flatMap(({ from }) => from).filter((name) => name === node.from[0])
  const linear = before?.op === 'dense' && before.activation === 'linear'
  return linear && before.name === node.from[0] && readers.length === 1
}

function parts(node: Node, reads: readonly number[], value: number, output: string): EngineNode[] {
  if (node.op === 'flatten') {
    const { inputs, outputs } = node
    return node.name === output ? [{ op: 'activation', reads, inputs, outputs, activation: 'linear' }] : []
  }
  const { name, from, ...rest } = node
  if (rest.op === 'embedding') {
    const { mode, ...table } = rest
    return [{ ...table, reads, lazy: mode === 'lazy' }]
  }
  if (node.op !== 'dense' || !byInput.has(node.activation)) return [{ ...rest, reads } as EngineNode]
  const { outputs, activation } = node
  return [
    { ...rest, reads, activation: 'linear' } as EngineNode,
    { op: 'activation', reads: [value], inputs: outputs, outputs, activation },
  ]
}

/** Whether a dense layer, and nobody else, reads the features, all of them: their normalisation is then a part of it. */
export function feedsOneDense(spec: GraphSpec, nodes: readonly EngineNode[]): boolean {
  const readers = nodes.flatMap((node) => node.reads.filter((read) => read === 0).map(() => node.op))
  return Object.keys(spec.inputs).length === 1 && readers.length === 1 && readers[0] === 'dense'
}
