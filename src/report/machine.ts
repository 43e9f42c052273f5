import { arch, cpus, platform, totalmem } from 'node:os'
import { RavineError } from '../errors.js'
import { cpu, version } from '../native.js'
import type { Html } from './html.js'
import { facts } from './table.js'

/** What the report is made by: the machine of the fit, unless its history was carried elsewhere. */
export const machine = (native: boolean): Html =>
  facts([
    ['processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} CPUs`],
    ['arithmetic', native ? arithmetic() : 'the reference in plain JavaScript'],
    ['memory', `${(totalmem() / 2 ** 30).toFixed(1)} GiB`],
    ['system', `${platform()} ${arch()}`],
    ['Node.js', process.versions.node],
    ['ravine', version],
  ])

function arithmetic(): string {
  try {
    const { instructionSet, threads } = cpu()
    return `${instructionSet}, ${threads} ${threads === 1 ? 'thread' : 'threads'} available`
  } catch (error) {
    if (!(error instanceof RavineError)) throw error
    return 'the addon cannot be loaded here'
  }
}
