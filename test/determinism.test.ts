import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as ravine from '../src/index.js'
import { expectSameBits } from './bits.js'
import { byHand, denseLayers } from './byhand.js'
import { child } from './child.js'
import { examplesOf, hashOf, networks, trained, ways } from './golden/networks.js'

/** Of parameters and velocities after 200 steps; the reference made them (golden/hashes.js). */
const hashes: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('golden/hashes.json', import.meta.url), 'utf8'),
)
const cases = Object.entries(networks)

/** What a CPU must have for an instruction set, as Linux names it; from the plainest to the widest. */
const needs: Readonly<Record<string, readonly string[]>> = {
  scalar: [],
  avx2: ['avx2', 'fma'],
  avx512: ['avx2', 'fma', 'avx512f'],
  neon: ['asimd'],
}

/** The sets that this CPU has: by the word of Linux, which misses none, and elsewhere by the addon's. */
function instructionSets(): string[] {
  if (process.platform !== 'linux') return upTo(ravine.cpu().instructionSet)
  const [, flags = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? []
  const has = new Set(flags.trim().split(/\s+/))
  return Object.keys(needs).filter((name) => needs[name].every((flag) => has.has(flag)))
}

function upTo(widest: string): string[] {
  const sets = process.arch === 'arm64' ? ['scalar', 'neon'] : ['scalar', 'avx2', 'avx512']
  return sets.slice(0, sets.indexOf(widest) + 1)
}

/** What a module prints, in a process of its own: the instruction set is chosen once in a process. */
async function printed(script: string): Promise<unknown> {
  const { code, output } = await child(script)
  expect(code, output).toBe(0)
  return JSON.parse(output)
}

test('each of the nine networks has a committed hash of its own', () => {
  expect(Object.keys(hashes)).toEqual(Object.keys(networks))
  expect(new Set(Object.values(hashes)).size).toBe(9)
})

test('the widest instruction set is the one in use', async () => {
  const script = "delete process.env.RAVINE_ISA; console.log(JSON.stringify((await import('ravine')).cpu()))"
  expect(await printed(script)).toMatchObject({ instructionSet: instructionSets().at(-1) })
})

describe('200 steps have their committed bits', { timeout: 240_000 }, () => {
  test.each(instructionSets())('by %s, whatever the number of threads, fused or not', async (instructionSet) => {
    const script = `process.env.RAVINE_ISA = '${instructionSet}'; await import('./test/process/isa.js')`
    const inAll = (hash: string) => Object.fromEntries(ways.map(({ name }) => [name, hash]))
    const expected = Object.fromEntries(Object.entries(hashes).map(([name, hash]) => [name, inAll(hash)]))
    expect(await printed(script)).toEqual({ instructionSet, hashes: expected })
  })

  test.each(cases)('by the reference: %s', async (name, network) => {
    expect(hashOf(await trained(ravine, network, { backend: 'reference' }))).toBe(hashes[name])
  })

  test.each(cases.filter(([, network]) => !network.normalize && denseLayers(network)))(
    'by primitives, nothing fused: %s',
    async (name, network) => {
      const state = byHand(network)
      expectSameBits(state, await trained(ravine, network))
      expect(hashOf(state)).toBe(hashes[name])
    },
  )
})

describe.each(['f32', 'f64'] as const)('bytes and floats that are folded alike learn alike, %s', (dtype) => {
  test.each(cases.filter(([, { density }]) => density))('%s', async (_, network) => {
    const bytes = examplesOf(network)
    const { mean, std } = bytes.normalize!
    const normalize = { mean: 255 * mean, std: 255 * std }
    const floats = { ...bytes, features: Float64Array.from(bytes.features as Uint8Array), normalize }
    expect(ravine.dataset(floats).fold()).toEqual(ravine.dataset(bytes).fold())
    // The reference multiplies by all, the addon by those of mostly zeros that are not.
    const expected = await trained(ravine, { ...network, dtype }, { backend: 'reference', epochs: 2 }, floats)
    for (const examples of [bytes, floats]) {
      expectSameBits(await trained(ravine, { ...network, dtype }, { epochs: 2 }, examples), expected)
    }
  })
})
