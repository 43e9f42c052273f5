import { type GraphSpec, type Node, parameterCount } from '../spec.js'
import { figure, words } from './figure.js'
import type { Html } from './html.js'
import { table } from './table.js'

/** The layers of a network one by one. */
export function network(spec: GraphSpec): Html {
  const rows = spec.nodes.map((node) => [
    node.name,
    words(node.op),
    node.from.join(', '),
    `${figure(node.inputs)} → ${figure(node.outputs)}`,
    settings(node),
    figure(parameterCount({ nodes: [node] })),
  ])
  const inputs = Object.entries(spec.inputs).map(([name, width]) => `${name} of ${figure(width)}`)
  const caption = `Layers: ${figure(parameterCount(spec))} parameters (${spec.dtype}), inputs ${inputs.join(', ')}`
  return table(caption, ['name', 'layer', 'reads', 'shape', 'settings', 'parameters'], rows)
}

/** What a layer has besides its shape; what goes without saying is not said. */
function settings({ op, name, from, inputs, outputs, ...rest }: Node): string {
  const unsaid: Readonly<Record<string, unknown>> = { activation: 'linear', bias: true, init: 'uniform' }
  const said = Object.entries(rest).filter(([key, value]) => unsaid[key] !== value)
  return said.map(([key, value]) => (key === 'activation' ? `${value}` : `${words(key)} ${value}`)).join(', ')
}
