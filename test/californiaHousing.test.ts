import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { californiaHousing } from '../src/californiaHousing.js'
import { dense } from '../src/layers.js'
import { recommended } from '../src/recommended.js'
import { sequential } from '../src/sequential.js'

const places = [process.env.RAVINE_DATA, resolve(import.meta.dirname, '../../shared/data')].filter((place) => place)
const real = places
  .flatMap((place) => [place!, join(place!, 'california-housing')])
  .find((place) => existsSync(join(place, 'housing.csv')))

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ravine-housing-'))
  for (const name of ['HOME', 'XDG_CACHE_HOME', 'LOCALAPPDATA']) vi.stubEnv(name, folder)
  vi.stubEnv('RAVINE_DATA', '')
  vi.stubEnv('RAVINE_HOUSING_MIRROR', 'http://127.0.0.1:1/')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

function writeSmall(directory: string): void {
  mkdirSync(directory, { recursive: true })
  const rows = Array.from(
    { length: 10 },
    (_, i) => `${i},${i === 3 ? '' : 2 * i},${1000 * i},${i % 2 ? 'INLAND' : 'BAY'}`,
  )
  const names = 'age,total_bedrooms,median_house_value,ocean_proximity'
  writeFileSync(join(directory, 'housing.csv'), `${names}\n${rows.join('\n')}\n`)
}
const small = { train: { examples: 8, inputs: 4 }, test: { examples: 2, inputs: 4 } }

describe('is found', () => {
  it('in a directory, or in its folder there', async () => {
    writeSmall(join(folder, 'a'))
    writeSmall(join(folder, 'b', 'california-housing'))
    for (const name of ['a', 'b'])
      expect(await californiaHousing({ directory: join(folder, name) })).toMatchObject(small)
  })

  it('where RAVINE_DATA says, and in the cache', async () => {
    writeSmall(join(folder, 'data', 'california-housing'))
    vi.stubEnv('RAVINE_DATA', join(folder, 'data'))
    expect(await californiaHousing({ seed: 4 })).toMatchObject(small)
    vi.stubEnv('RAVINE_DATA', '')
    const cache = process.platform === 'darwin' ? join('Library', 'Caches', 'ravine') : 'ravine'
    writeSmall(join(folder, cache, 'california-housing'))
    expect(await californiaHousing()).toMatchObject(small)
  })
})

describe('says what to do', () => {
  const refusal = (message: RegExp) => ({ code: 'ERR_RAVINE_DATA', message })

  it('where it is not, with downloading off, or with no mirror that gives it', async () => {
    const named = refusal(/^californiaHousing: expected housing\.csv in .* but did not find it: name the directory/)
    await expect(californiaHousing({ directory: folder })).rejects.toMatchObject(named)
    await expect(californiaHousing({ download: false })).rejects.toMatchObject(refusal(/downloading is off/))
    await expect(californiaHousing()).rejects.toMatchObject(refusal(/no mirror gave it \(http:\/\/127\.0\.0\.1:1\/: /))
    await expect(californiaHousing({ mirrors: [] })).rejects.toMatchObject({ code: 'ERR_RAVINE_HYPERPARAMETER' })
  })

  it('of a mirror that gives something else', async () => {
    const server = createServer((_, response) => void response.end('a,b\n1,2\n'))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/here`
    const refused = californiaHousing({ mirrors: [mirror] })
    await expect(refused).rejects.toMatchObject(refusal(/housing\.csv has the wrong checksum/))
    server.close()
  })
})

it.skipIf(!real)('is learnt well by what is recommended', { timeout: 60_000 }, async () => {
  const { train, test } = await californiaHousing({ directory: real, seed: 2 })
  expect(train).toMatchObject({ examples: 16_512, inputs: 13, outputs: 1 })
  const { layers, epochs, batchSize, optimizer } = recommended
  const model = sequential({ inputs: 13, seed: 2 }, [...layers.map((width) => dense(width, 'relu')), dense(1)])
  const steps = epochs * Math.ceil(train.examples / batchSize)
  await model.fit(train, { optimizer: optimizer(steps), epochs, batchSize })
  const { rSquared, meanAbsoluteError } = await model.evaluate(test, { metrics: ['rSquared', 'meanAbsoluteError'] })
  expect(rSquared).toBeGreaterThan(0.8)
  expect(meanAbsoluteError).toBeLessThan(36_000)
})
