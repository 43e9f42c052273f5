import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { download, reason } from '../src/download.js'

const whole = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9])
/** What was asked for, each time: the range. */
const ranges: (string | undefined)[] = []

/** As many bytes from what was asked for, and then the connection breaks. */
const cut =
  (length: number): RequestListener =>
  ({ headers: { range } }, response) => {
    const first = Number(/\d+/.exec(range ?? '0')![0])
    const [status, rest] = [range ? 206 : 200, whole.subarray(first)]
    const contentRange = range && { 'content-range': `bytes ${first}-8/9` }
    response.writeHead(status, { 'content-length': rest.length, ...contentRange })
    if (rest.length <= length) response.end(rest)
    else response.write(rest.subarray(0, length), () => response.destroy())
  }

const answers: Record<string, RequestListener> = {
  '/whole': (_, response) => response.end(whole),
  '/moved': (_, response) => response.writeHead(302, { location: '/whole' }).end(),
  '/absent': (_, response) => response.writeHead(404).end('nothing'),
  '/silent': () => {},
  '/stalled': (_, response) => response.writeHead(200, { 'content-length': 9 }).write('1'),
  '/broken': (_, response) => response.writeHead(200, { 'content-length': 9 }).write('1', () => response.destroy()),
  '/empty': (_, response) => response.end(),
  '/cut': cut(4),
  '/other': cut(8),
  '/elsewhere': (_, response) => response.writeHead(206, { 'content-range': 'bytes 1-8/9' }).end(whole),
  '/unsatisfied': (_, response) => response.writeHead(416, { 'content-range': 'bytes */9' }).end(),
  '/slow': async (_, response) => {
    for (const byte of whole) {
      await setTimeout(120)
      response.write(Uint8Array.of(byte))
    }
    response.end()
  },
  '/endless': (_, response) => {
    const more = () => response.write(Buffer.alloc(1 << 16), (error) => error || setImmediate(more))
    more()
  },
}
const server = createServer((request, response) => {
  ranges.push(request.headers.range)
  answers[request.url!](request, response)
})
const listening = (one: Server) => new Promise<Server>((done) => one.listen(0, '127.0.0.1', () => done(one)))
const addressOf = (one: Server) => `http://127.0.0.1:${(one.address() as AddressInfo).port}`

beforeAll(() => listening(server))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

let folder = ''
let path = ''
beforeEach(() => {
  ranges.splice(0)
  folder = mkdtempSync(join(tmpdir(), 'ravine-download-'))
  path = join(folder, 'file')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function check(path: string) {
  if (!readFileSync(path).equals(whole)) throw new Error('the wrong bytes')
}
/** Where what came of a download is kept until it is whole. */
const partial = (name: string) =>
  `${path}.${createHash('sha256')
    .update(addressOf(server) + name)
    .digest('hex')
    .slice(0, 8)}.partial`
const left = (name: string, bytes: readonly number[] | Buffer) => writeFileSync(partial(name), Buffer.from(bytes))

/** Why the download failed, or its bytes. */
const outcome = (name: string, most?: number) =>
  download({ url: addressOf(server) + name, path, check, patience: { headers: 1000, body: 800 }, most }).then(
    () => readFileSync(path),
    reason,
  )

describe('download', () => {
  it('gives the bytes, through redirects, however slowly they come', async () => {
    for (const name of ['/whole', '/moved', '/slow']) {
      expect(await outcome(name)).toEqual(whole)
      expect(readdirSync(folder)).toEqual(['file'])
      rmSync(path)
    }
  })

  it.each([
    ['/absent', /^HTTP status 404$/],
    ['/silent', /^no answer within 1 s$/],
    ['/stalled', /^no answer within 0.8 s$/],
    ['/broken', /^(UND_ERR_SOCKET|ECONNRESET)$/],
    ['/empty', /^an empty answer$/],
    ['/endless', /^more than 1000000 bytes$/],
  ])('says why %s failed, and leaves no file', async (name, why) => {
    expect(await outcome(name, 1_000_000)).toMatch(why)
    expect(readdirSync(folder)).not.toContain('file')
  })

  it('goes on where the connection broke, as often as something comes', async () => {
    expect(await outcome('/cut')).toEqual(whole)
    expect(ranges).toEqual([undefined, 'bytes=4-', 'bytes=8-'])
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it.each([
    ['goes on where an earlier call stopped', '/cut', [1, 2, 3, 4, 5, 6], ['bytes=6-']],
    ['begins anew where a server knows no ranges', '/whole', [1, 2, 3], ['bytes=3-']],
    ['takes what came whole', '/unsatisfied', [...whole], ['bytes=9-']],
    ['begins anew where what came was of another file', '/other', [7, 7], ['bytes=2-', undefined, 'bytes=8-']],
    ['begins anew where more came', '/whole', [...whole, 10], ['bytes=10-']],
  ])('%s', async (_, name, before, asked) => {
    left(name, before)
    expect(await outcome(name)).toEqual(whole)
    expect(ranges).toEqual(asked)
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('refuses another part than was asked for', async () => {
    left('/elsewhere', [1, 2])
    expect(await outcome('/elsewhere')).toBe('another part than was asked for')
  })

  it('leaves nothing of wrong bytes, and the file of before', async () => {
    writeFileSync(path, 'before')
    const wanted = { url: `${addressOf(server)}/whole`, path, check: () => Promise.reject(new Error('wrong')) }
    await expect(download(wanted)).rejects.toThrow('wrong')
    expect(readdirSync(folder)).toEqual(['file'])
    expect(readFileSync(path, 'utf8')).toBe('before')
  })

  it('by two at once is one file', async () => {
    expect(await Promise.all(['/slow', '/slow'].map((name) => outcome(name)))).toContainEqual(whole)
    expect(readFileSync(path)).toEqual(whole)
  })

  it('says where it cannot write', async () => {
    mkdirSync(path)
    const wanted = { url: `${addressOf(server)}/whole`, path, check }
    const refusal = { code: 'ERR_RAVINE_FILE', message: expect.stringContaining(`to write ${path}`) }
    await expect(download(wanted)).rejects.toMatchObject(refusal)
    const nowhere = join(folder, 'no', 'where')
    await expect(download({ ...wanted, path: nowhere })).rejects.toMatchObject({ code: 'ERR_RAVINE_FILE' })
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('says that nobody listens, or that the address is none', async () => {
    const gone = await listening(createServer())
    const url = addressOf(gone)
    await new Promise((done) => gone.close(done))
    expect(await download({ url, path, check }).catch(reason)).toBe('ECONNREFUSED')
    expect(await download({ url: 'nowhere', path, check }).catch(reason)).toBe('ERR_INVALID_URL')
  })
})
