import { inspect, isDeepStrictEqual } from 'node:util'
import type { Account } from '../account.js'
import { checkOptimizer, type Optimizer } from '../optimizer.js'
import { type GraphSpec, lossSpec, type Node } from '../spec.js'
import { words } from './figure.js'

/** What makes the model of an account and fits it anew, in JavaScript; where the data come from is not known. */
export function code(account: Account): string {
  const { learner, optimizer, examples } = account
  const { spec, seed } = learner
  const isChain = /^\d+$/.test(spec.nodes[0].name)
  const names = [isChain ? 'sequential' : 'graph', optimizer.type, ...spec.nodes.map(({ op }) => op)]
  const dtype = spec.dtype === 'f64' ? ", dtype: 'f64'" : ''
  const options = (inputs: unknown) => `{ inputs: ${shown(inputs)}, seed: ${seed}${dtype} }`
  const model = isChain
    ? `sequential(${options(spec.inputs.features)}, [\n${lines(spec.nodes.map(layerOf))}])`
    : `graph(${options({ ...spec.inputs })}, {\n${lines(nodesOf(spec))}})`
  const train = examples === undefined ? '' : ` // train: ${examples} examples`
  return `import { ${[...new Set(names)].sort().join(', ')} } from 'ravine'

const model = ${model}
const history = await model.fit(train, {${train}
${lines(optionsOf(account))}})
`
}

/** `sgd({ learningRate: 0.01 })`: what an optimizer was made with, without what its maker says by itself. */
export function maker(optimizer: Optimizer): string {
  const { type, ...options } = brief(optimizer)
  return Object.keys(options).length === 0 ? `${type}()` : `${type}({ ${entries(options).join(', ')} })`
}

/** Likewise, of schedules the names alone. */
export function summary(optimizer: Optimizer): string {
  const { type, ...options } = brief(optimizer)
  const parts = Object.entries(options).map(([name, value]) => {
    const kind = Object(value) === value && (value as { type?: string }).type
    return `${words(name)} ${typeof value === 'function' ? 'by a function' : kind || shown(value)}`
  })
  return [type, ...parts].join(', ')
}

function brief(optimizer: Optimizer): Optimizer {
  let kept: Record<string, unknown> = { ...optimizer }
  for (const name of Object.keys(optimizer).filter((name) => name !== 'type')) {
    const { [name]: _, ...rest } = kept
    if (makes(rest, optimizer)) kept = rest
  }
  // What people look for first.
  const { type, learningRate, ...others } = kept
  return { type, ...(learningRate !== undefined && { learningRate }), ...others } as unknown as Optimizer
}

function makes(options: unknown, optimizer: Optimizer): boolean {
  try {
    return isDeepStrictEqual(checkOptimizer('report', options), optimizer)
  } catch {
    return false
  }
}

function optionsOf({ optimizer, loss, validation, batchSize, epochs }: Account): string[] {
  const plain = loss && (isDeepStrictEqual(lossSpec(loss.type), { ...loss }) ? loss.type : { ...loss })
  const options = { ...(plain && { loss: plain }), epochs, ...(batchSize && { batchSize }) }
  return [`optimizer: ${maker(optimizer)}`, ...entries(options), ...(validation ? ['validation'] : [])]
}

const nodesOf = ({ nodes }: GraphSpec) =>
  nodes.map((node) => `${node.name}: [${[layerOf(node), ...node.from.map(shown)].join(', ')}]`)

function layerOf({ op, name, from, inputs, outputs, ...settings }: Node): string {
  const given: Record<string, unknown> = { ...settings }
  const options = (unsaid: Readonly<Record<string, unknown>>) => {
    const said = entries(
      Object.fromEntries(Object.entries(given).filter(([key, value]) => key in unsaid && unsaid[key] !== value)),
    )
    return said.length > 0 ? [`{ ${said.join(', ')} }`] : []
  }
  const words: Partial<Record<Node['op'], () => unknown[]>> = {
    dense() {
      const more = options({ bias: true, init: 'uniform' })
      const plain = given.activation === 'linear' && more.length === 0
      return [outputs, ...(plain ? [] : [shown(given.activation)]), ...more]
    },
    activation: () => [shown(given.activation)],
    dropout: () => [given.rate],
    layerNorm: () => options({ epsilon: 1e-5 }),
    batchNorm: () => options({ epsilon: 1e-5, momentum: 0.1 }),
    embedding: () => [given.count, given.width],
  }
  return `${op}(${(words[op]?.() ?? []).join(', ')})`
}

const lines = (parts: readonly string[]) => parts.map((part) => `  ${part.replaceAll('\n', '\n  ')},\n`).join('')

const entries = (options: object) => Object.entries(options).map(([name, value]) => `${name}: ${shown(value)}`)

const shown = (value: unknown) =>
  typeof value === 'function' ? String(value) : inspect(value, { depth: null, breakLength: 72, maxArrayLength: null })
