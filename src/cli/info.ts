import { arch, cpus, platform as system, totalmem } from 'node:os'
import { platform } from '../addon.js'
import { type Checkpoint, readCheckpoint } from '../checkpoint.js'
import { RavineError } from '../errors.js'
import { cpu, version } from '../native.js'
import { type Node, parameterCount } from '../spec.js'
import type { Call, Command } from './command.js'
import type { Settings } from './options.js'
import { table } from './table.js'
import type { Voice } from './voice.js'

/** `ravine info [MODEL]` */
export const info: Command = {
  usage: 'info [MODEL]',
  help: 'version, addon and machine; or what is in the file of a model',
  examples: [
    ['info', 'what a report of a problem should begin with'],
    ['info model.safetensors', 'layers, parameters and history of a model'],
  ],
  options: ['json'],
  words: 1,
  run: ({ words: [path], voice }: Call) => (path === undefined ? aboutMachine(voice) : aboutModel(path, voice)),
}

function aboutMachine(voice: Voice): void {
  const facts = {
    ravine: version,
    addon: addonLine(),
    processor: processor(),
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    node: `${process.versions.node}, ${system()} ${arch()}`,
  }
  for (const [name, fact] of Object.entries(facts)) voice.say(`${name.padEnd(11)}${fact}`)
  voice.record('info', facts)
}

async function aboutModel(path: string, voice: Voice): Promise<void> {
  const { spec, seed, snapshot, fit } = await readCheckpoint('info', path)
  voice.say(table(spec.nodes.map(rowOf), 2))
  const facts = {
    parameters: parameterCount(spec),
    dtype: spec.dtype,
    seed,
    ...trained(snapshot),
    ...fit?.history.at(-1),
  }
  const told = Object.entries(facts).filter(([, fact]) => Object(fact) !== fact && fact !== undefined)
  voice.say()
  for (const [name, fact] of told) voice.say(`${name.padEnd(30)}${fact}`)
  voice.record('info', { ...facts, spec })
}

const trained = ({ kind, updates, epochs }: Checkpoint['snapshot']) => ({ optimizer: kind, updates, epochs })

function rowOf(node: Node) {
  return {
    layer: node.name,
    kind: 'activation' in node ? `${node.op} ${node.activation}` : node.op,
    inputs: `${node.inputs}`,
    outputs: `${node.outputs}`,
    parameters: parameterCount({ nodes: [node] }).toLocaleString('en'),
  }
}

/** The machine's name. */
export const processor = (): string => `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} CPUs`

function addonLine(): string {
  try {
    return `${platform()}, ${speed()}`
  } catch (error) {
    if (!(error instanceof RavineError)) throw error
    return `none: ${error.message}`
  }
}

/** What trains, for the first line of a run. */
export const engine = ({ backend }: Pick<Settings, 'backend'>): string =>
  `ravine ${version}, ${backend === 'native' ? speed() : 'the reference in plain JavaScript'}`

function speed(): string {
  const { instructionSet, threads } = cpu()
  return `${instructionSet}, ${threads} ${threads === 1 ? 'thread' : 'threads'} available`
}
