import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { availableMemory, expectMemory } from '../src/memory.js'

const MIB = 2 ** 20
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ravine-memory-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function write(files: Readonly<Record<string, string | number>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), `${text}\n`)
  }
}

const machine = (available: number, swap: number) =>
  write({ 'proc/meminfo': `MemTotal: 99 kB\nMemAvailable:  ${available * 1024} kB\nSwapFree: ${swap * 1024} kB` })

const left = () => availableMemory(root) / MIB

describe('availableMemory', () => {
  test('is without end where no file says', () => {
    expect(left()).toBe(Infinity)
    write({ 'proc/meminfo': 'MemFree: 5 kB', 'proc/self/cgroup': '0::/nowhere\nnonsense' })
    expect(left()).toBe(Infinity)
  })

  test('is that of the machine, with its swap', () => {
    machine(500, 20)
    expect(left()).toBe(520)
  })

  describe('of cgroups of version 2', () => {
    const group = (path: string, limit: number | string, used: number, cached: number) =>
      write({
        [`sys/fs/cgroup${path}/memory.max`]: limit,
        [`sys/fs/cgroup${path}/memory.current`]: used * MIB,
        [`sys/fs/cgroup${path}/memory.stat`]: `anon 1\ninactive_file ${cached * MIB}\nactive_file ${MIB}`,
      })

    test.each([
      [200 * MIB, 300 * MIB, 160],
      [200 * MIB, 100 * MIB, 40],
      [30 * MIB, 400 * MIB, 0],
      [2000 * MIB, 2000 * MIB, 500],
      ['max', 300 * MIB, 240],
      ['max', 'max', 500],
    ])('limits of %s, and of %s above it, leave %s MiB', (own, above, expected) => {
      machine(500, 0)
      write({ 'proc/self/cgroup': '0::/a/b' })
      group('/a/b', own, 50, 9)
      group('/a', above, 90, 29)
      expect(left()).toBe(expected)
    })
  })

  test.each(['/docker/x', ''])(
    'is that of a cgroup of version 1 in %j, the path of the machine outside or the mount',
    (path) => {
      machine(500, 0)
      write({
        'proc/self/cgroup': '7:cpu:/x\n4:memory,pids:/docker/x\n0::/',
        [`sys/fs/cgroup/memory${path}/memory.limit_in_bytes`]: 100 * MIB,
        [`sys/fs/cgroup/memory${path}/memory.usage_in_bytes`]: 30 * MIB,
        [`sys/fs/cgroup/memory${path}/memory.stat`]: `cache 1\ntotal_inactive_file ${5 * MIB}`,
      })
      expect(left()).toBe(75)
    },
  )
})

describe('expectMemory', () => {
  test('lets pass what is little, and what fits', () => {
    expect(() => expectMemory('fit', 'a test', 1)).not.toThrow()
    expect(() => expectMemory('fit', 'a test', 2 ** 24)).not.toThrow()
  })

  test.runIf(process.platform === 'linux')('names what is needed and what is left', () => {
    const refusal = {
      code: 'ERR_RAVINE_NATIVE',
      message: expect.stringMatching(/^fit: expected 1125899906842624 bytes of memory for a test but \d+ are left$/),
    }
    expect(() => expectMemory('fit', 'a test', 2 ** 50)).toThrow(expect.objectContaining(refusal))
  })
})
