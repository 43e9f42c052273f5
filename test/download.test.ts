import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { download, reason } from '../src/download.js'

const answers: Record<string, RequestListener> = {
  '/whole': (_, response) => response.end(Buffer.from([1, 2, 3])),
  '/moved': (_, response) => response.writeHead(302, { location: '/whole' }).end(),
  '/absent': (_, response) => response.writeHead(404).end('nothing'),
  '/silent': () => {},
  '/stalled': (_, response) => response.writeHead(200, { 'content-length': 9 }).write('1'),
  '/broken': (_, response) => response.writeHead(200, { 'content-length': 9 }).write('1', () => response.destroy()),
}
const server = createServer((request, response) => answers[request.url!](request, response))
const listening = (one: Server) => new Promise<Server>((done) => one.listen(0, '127.0.0.1', () => done(one)))
const addressOf = (one: Server) => `http://127.0.0.1:${(one.address() as AddressInfo).port}`

beforeAll(() => listening(server))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Why the download failed, or its bytes. */
const outcome = (path: string) =>
  download(addressOf(server) + path, { headers: 1000, body: 800 }).then((bytes) => [...bytes], reason)

describe('download', () => {
  it('gives the bytes, through redirects', async () => {
    expect(await outcome('/whole')).toEqual([1, 2, 3])
    expect(await outcome('/moved')).toEqual([1, 2, 3])
  })

  it.each([
    ['/absent', /^HTTP status 404$/],
    ['/silent', /^no answer within 1 s$/],
    ['/stalled', /^no answer within 0.8 s$/],
    ['/broken', /^(UND_ERR_SOCKET|ECONNRESET)$/],
  ])('says why %s failed', async (path, why) => {
    expect(await outcome(path)).toMatch(why)
  })

  it('says that nobody listens, or that the address is none', async () => {
    const gone = await listening(createServer())
    const address = addressOf(gone)
    await new Promise((done) => gone.close(done))
    expect(await download(address).catch(reason)).toBe('ECONNREFUSED')
    expect(await download('nowhere').catch(reason)).toBe('ERR_INVALID_URL')
  })
})
