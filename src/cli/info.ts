import { arch, cpus, platform as system, totalmem } from 'node:os'
import { RavineError } from '../errors.js'
import { cpu, platform, version } from '../native.js'
import { print } from './print.js'
import type { Settings } from './usage.js'

/** `ravine info`: what a report of a problem should begin with. */
export function info(): void {
  print(`ravine     ${version}`)
  print(`addon      ${addonLine()}`)
  print(`processor  ${processor()}`)
  print(`memory     ${(totalmem() / 2 ** 30).toFixed(1)} GiB`)
  print(`node       ${process.versions.node}, ${system()} ${arch()}`)
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
export const engine = ({ backend }: Settings): string =>
  `ravine ${version}, ${backend === 'native' ? speed() : 'the reference in plain JavaScript'}`

function speed(): string {
  const { instructionSet, threads } = cpu()
  return `${instructionSet}, ${threads} ${threads === 1 ? 'thread' : 'threads'} available`
}
