import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { mnist } from '../src/mnist.js'

const names = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'].map(
  (n) => `${n}-ubyte`,
)
const places = [process.env.RAVINE_DATA, resolve(import.meta.dirname, '../../shared/data')].filter((place) => place)
const real = places
  .flatMap((place) => [place!, join(place!, 'mnist')])
  .find((place) => names.every((name) => existsSync(join(place, `${name}.gz`))))

let folder = ''
let cache = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ravine-mnist-'))
  cache = join(folder, process.platform === 'darwin' ? 'Library/Caches/ravine' : 'ravine')
  for (const name of ['HOME', 'XDG_CACHE_HOME', 'LOCALAPPDATA']) vi.stubEnv(name, folder)
  vi.stubEnv('RAVINE_DATA', '')
  vi.stubEnv('RAVINE_MNIST_MIRROR', 'http://127.0.0.1:1/')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

/** Writes a small data set in MNIST's files: two images, then one. */
function writeSmall(directory: string, ending: '' | '.gz', side = 28): void {
  mkdirSync(directory, { recursive: true })
  const images = (n: number) => [
    0,
    0,
    8,
    3,
    0,
    0,
    0,
    n,
    0,
    0,
    0,
    side,
    0,
    0,
    0,
    side,
    ...Array(n * side * side).fill(n),
  ]
  const labels = (n: number) => [0, 0, 8, 1, 0, 0, 0, n, ...Array(n).fill(9)]
  ;[images(2), labels(2), images(1), labels(1)].forEach((file, i) => {
    const bytes = Uint8Array.from(file)
    writeFileSync(join(directory, names[i] + ending), ending === '' ? bytes : gzipSync(bytes))
  })
}
const small = { train: { examples: 2, inputs: 784, classes: 10 }, test: { examples: 1, inputs: 784, classes: 10 } }

const dataError = (...sentences: string[]) =>
  expect.objectContaining({
    code: 'ERR_RAVINE_DATA',
    message: expect.stringMatching(new RegExp(sentences.map((s) => s.replace(/[.*+?()[\]\\]/g, '\\$&')).join('.*'))),
  })

describe('mnist on this machine', () => {
  it.each(['', '.gz'] as const)("reads '%s' files in the directory or its folder mnist", async (ending) => {
    writeSmall(join(folder, 'a'), ending)
    writeSmall(join(folder, 'b', 'mnist'), ending)
    for (const name of ['a', 'b']) expect(await mnist({ directory: join(folder, name) })).toMatchObject(small)
  })

  it('looks in RAVINE_DATA, then in the cache directory', async () => {
    writeSmall(join(cache, 'mnist'), '.gz')
    vi.stubEnv('RAVINE_DATA', join(folder, 'nowhere'))
    expect(await mnist({ download: false })).toMatchObject(small)
    writeSmall(join(folder, 'data'), '')
    rmSync(cache, { recursive: true })
    vi.stubEnv('RAVINE_DATA', join(folder, 'data'))
    const { train } = await mnist({ download: false })
    expect(train.features).toEqual(new Uint8Array(2 * 784).fill(2))
    expect(train.labels).toEqual(new Uint32Array([9, 9]))
    expect(train.fold()).toEqual({ scale: 1 / (255 * 0.3081), offset: -0.1307 / 0.3081 })
  })

  it('refuses a directory without the files at once, even where others are', async () => {
    writeSmall(join(cache, 'mnist'), '.gz')
    const directory = join(folder, 'empty')
    await expect(mnist({ directory })).rejects.toEqual(
      dataError(names[0], directory, 'option directory or by RAVINE_DATA'),
    )
    writeSmall(directory, '')
    rmSync(join(directory, names[3]))
    await expect(mnist({ directory })).rejects.toEqual(dataError('did not find them all'))
  })

  it('says what to do where nothing is found and downloading is off', async () => {
    await expect(mnist({ download: false })).rejects.toEqual(dataError(cache, 'downloading is off', 'digits()'))
  })

  it('refuses images of another shape', async () => {
    writeSmall(join(folder, 'a'), '', 27)
    const sentence =
      'mnist: expected train images of shape [examples, 28, 28] in bytes but received [2, 27, 27] in Uint8Array'
    await expect(mnist({ directory: join(folder, 'a') })).rejects.toMatchObject({ message: sentence })
  })

  it('refuses unknown options and empty mirrors', async () => {
    await expect(mnist({ path: '/' } as object)).rejects.toMatchObject({ code: 'ERR_RAVINE_HYPERPARAMETER' })
    await expect(mnist({ mirrors: [] })).rejects.toMatchObject({ code: 'ERR_RAVINE_HYPERPARAMETER' })
  })
})

describe('mnist from a mirror', () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const [, mirror, name] = request.url!.split('/')
    asked.push(request.url!)
    if (mirror === 'wrong') response.end(gzipSync('wrong'))
    else if (mirror === 'moved') response.writeHead(301, { location: `/good/${name}` }).end()
    else if (mirror === 'good' && real) response.end(readFileSync(join(real, basename(name))))
    else if (mirror === 'silent') return
    else response.writeHead(404).end()
  })
  let address = ''
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => asked.splice(0))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it('names what each mirror did, and keeps nothing', async () => {
    const mirrors = ['http://127.0.0.1:1', `${address}/absent`, `${address}/wrong/`]
    await expect(mnist({ mirrors })).rejects.toEqual(
      dataError(
        'no mirror gave them',
        mirrors[0],
        mirrors[1],
        'HTTP status 404',
        mirrors[2],
        'wrong checksum',
        'digits()',
      ),
    )
    expect(asked).toEqual([`/absent/${names[0]}.gz`, `/wrong/${names[0]}.gz`])
    expect(readdirSync(join(cache, 'mnist'))).toEqual([])
  })

  it('gives up on a mirror that says nothing', async () => {
    await expect(mnist({ mirrors: [`${address}/silent`], timeout: 500 })).rejects.toEqual(
      dataError('no answer within 0.5 s'),
    )
  })

  it('refuses before it downloads where it cannot keep the files', async () => {
    writeFileSync(join(folder, 'file'), '')
    for (const name of ['HOME', 'XDG_CACHE_HOME', 'LOCALAPPDATA']) vi.stubEnv(name, join(folder, 'file'))
    await expect(mnist({ mirrors: [`${address}/good`] })).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
    expect(asked).toEqual([])
  })

  it.skipIf(!real)(
    'downloads, follows redirects, passes over mirrors that fail, and keeps (skipped without the real MNIST)',
    async () => {
      vi.stubEnv('RAVINE_MNIST_MIRROR', `${address}/moved`)
      const { train } = await mnist()
      expect(train.examples).toBe(60_000)
      expect(readdirSync(join(cache, 'mnist')).sort()).toEqual(names.map((name) => `${name}.gz`).sort())
      asked.splice(0)
      expect((await mnist()).test.examples).toBe(10_000)
      expect(asked).toEqual([])
      rmSync(cache, { recursive: true })
      expect((await mnist({ mirrors: [`${address}/wrong`, `${address}/good`] })).test.examples).toBe(10_000)
      expect(asked).toHaveLength(5)
    },
    60_000,
  )
})

describe.skipIf(!real)('the real MNIST (skipped where neither RAVINE_DATA nor ../shared/data has it)', () => {
  it('has 60,000 and 10,000 digits of the known mean and deviation', async () => {
    const { train, test } = await mnist({ directory: real })
    expect(train).toMatchObject({ examples: 60_000, inputs: 784, outputs: 10 })
    expect(test).toMatchObject({ examples: 10_000, inputs: 784, outputs: 10 })
    expect([...train.labels!.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9])
    expect([...test.labels!.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4])
    let [sum, squares] = [0, 0]
    for (const pixel of train.features) {
      sum += pixel
      squares += pixel * pixel
    }
    const mean = sum / train.features.length / 255
    expect(mean).toBeCloseTo(0.1307, 4)
    expect(Math.sqrt(squares / train.features.length / 255 ** 2 - mean * mean)).toBeCloseTo(0.3081, 4)
  }, 60_000)
})
