import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { RavineError } from './errors.js'

/** Bytes for which the files are not read: that takes longer than to fill so few. */
const LITTLE = 1 << 24

/** Where a kind of cgroup says how much a group may have, has, and has of files, which go when others need the memory. */
interface Files {
  readonly mount: string
  readonly limit: string
  readonly used: string
  readonly cached: readonly string[]
}

const first: Files = {
  mount: 'sys/fs/cgroup/memory',
  limit: 'memory.limit_in_bytes',
  used: 'memory.usage_in_bytes',
  cached: ['total_inactive_file', 'total_active_file'],
}
const second: Files = {
  mount: 'sys/fs/cgroup',
  limit: 'memory.max',
  used: 'memory.current',
  cached: ['inactive_file', 'active_file'],
}

/**
 * Refuses to take more memory than is left to this process, before it is taken: Linux promises what is not there, and kills who uses it.
 *
 * @throws {RavineError} ERR_RAVINE_NATIVE that names what is needed and what is left, in bytes
 */
export function expectMemory(where: string, purpose: string, bytes: number): void {
  if (bytes < LITTLE) return
  const left = availableMemory()
  if (left >= bytes) return
  const message = `${where}: expected ${bytes} bytes of memory for ${purpose} but ${left} are left`
  throw new RavineError('ERR_RAVINE_NATIVE', message)
}

/**
 * Bytes, by the files of Linux below `root`: those of the machine, swap counted, or of the cgroups of this process, swap not counted, where
 * these are fewer. ∞ where no file says.
 */
export function availableMemory(root = '/'): number {
  const groups = read(join(root, 'proc/self/cgroup')).split('\n')
  return Math.min(ofMachine(root), ...groups.flatMap((line) => ofGroups(root, line)))
}

function ofMachine(root: string): number {
  const text = read(join(root, 'proc/meminfo'))
  const available = number(text, 'MemAvailable:')
  return available === undefined ? Infinity : 1024 * (available + (number(text, 'SwapFree:') ?? 0))
}

/** What is left to a group of `/proc/self/cgroup`, `number:controllers:path`, and to those that it is part of. */
function ofGroups(root: string, line: string): number[] {
  const [, controllers, path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
  if (controllers !== '' && !controllers?.split(',').includes('memory')) return []
  const files = controllers === '' ? second : first
  const mount = join(root, files.mount)
  const left = [ofGroup(mount, files)]
  // In a container the path may be that of the machine outside; its own group is the mount then.
  for (let group = join(mount, path); group.length > mount.length; group = dirname(group))
    left.push(ofGroup(group, files))
  return left
}

function ofGroup(group: string, { limit, used, cached }: Files): number {
  const [most, now] = [limit, used].map((name) => Number(read(join(group, name)) || Number.NaN))
  const stat = read(join(group, 'memory.stat'))
  const going = cached.reduce((sum, name) => sum + (number(stat, name) ?? 0), 0)
  // 'max' is no number.
  const left = most - Math.max(0, now - going)
  return Number.isNaN(left) ? Infinity : Math.max(0, left)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** The number behind a name at the beginning of a line. */
function number(text: string, name: string): number | undefined {
  const [, digits] = RegExp(`^${name}\\s+(\\d+)`, 'm').exec(text) ?? []
  return digits === undefined ? undefined : Number(digits)
}
