import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { labServer, listen, portOf } from '../src/cli/lab.js'
import { main } from '../src/cli/main.js'

const built = new URL('../dist/lab.html', import.meta.url)
const page = readFileSync(built, 'utf8')

describe('the page', () => {
  it('is one file that fetches nothing, and runs nothing but its own script', () => {
    expect(page).toMatch(/^<!doctype html>/)
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page).not.toMatch(/<link[^>]*stylesheet|<script[^>]*src|@import|url\(http/)
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)!
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/]+='; style-src 'sha256-[\w+/]+='; img-src data:; base-uri 'none'; form-action 'none'$/,
    )
    expect(Buffer.byteLength(page)).toBeLessThan(150_000)
  })
})

describe('the server', () => {
  let server: Server
  beforeAll(async () => {
    server = labServer(page)
    expect(await listen(server, 0)).toBeUndefined()
  })
  afterAll(() => void server.close())

  interface Answer {
    readonly status?: number
    readonly headers: IncomingHttpHeaders
    readonly body: string
  }

  function ask(path = '/', headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return new Promise((done, failed) => {
      const asked = request({ host: '127.0.0.1', port: portOf(server), path, method, headers }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (part) => {
          body += part
        })
        response.on('end', () => done({ status: response.statusCode, headers: response.headers, body }))
      })
      asked.on('error', failed).end()
    })
  }

  it('gives the page on loopback, with its policy', async () => {
    expect(server.address()).toMatchObject({ address: '127.0.0.1' })
    const { status, headers, body } = await ask('/?x#y')
    expect([status, body === page]).toEqual([200, true])
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'sha256-\S+'; .*; frame-ancestors 'none'$/,
      ),
    })
    expect((await ask('/', { host: `localhost:${portOf(server)}` })).status).toBe(200)
  })

  it('gives only a head to who asks for that', async () => {
    const { status, headers, body } = await ask('/', {}, 'HEAD')
    expect([status, Number(headers['content-length']), body]).toEqual([200, Buffer.byteLength(page), ''])
  })

  it.each(['rebound.example', 'rebound.example:80', '127.0.0.1', '127.0.0.1:1', '127.0.0.1.example:80'])(
    'refuses the host %j, whose page may be anybody’s',
    async (host) => {
      const { status, body } = await ask('/', { host })
      expect([status, body.includes('<html')]).toEqual([403, false])
    },
  )

  it.each(['/lab', '/../package.json', '/%2e%2e/package.json', '//example.org/', '/favicon.ico'])(
    'has nothing at %s',
    async (path) => {
      expect(await ask(path)).toMatchObject({ status: 404, body: 'The lab is at /.\n' })
    },
  )

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('does not take %s', async (method) => {
    expect(await ask('/', {}, method)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  })
})

describe('ravine lab', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ravine-lab-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  async function ravine(...words: string[]): Promise<{ code: number; output: string; errors: string }> {
    const [out, err] = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true))
    const text = (spy: typeof out) => spy.mock.calls.map(([part]) => `${part}`).join('')
    try {
      return { code: await main(['lab', ...words]), output: text(out), errors: text(err) }
    } finally {
      out.mockRestore()
      err.mockRestore()
    }
  }

  it('says in one sentence that a port is in use', async () => {
    const other = createServer()
    await listen(other, 0)
    const port = portOf(other)
    const errors = `ravine: lab: expected port ${port} of 127.0.0.1 to be free, but something else listens there; try another, or none for one that is free\n`
    expect(await ravine('--port', `${port}`)).toEqual({ code: 1, output: '', errors })
    other.close()
  })

  it('writes the same page as a file, whole', async () => {
    const out = join(folder, 'lab.html')
    expect(await ravine('--out', out)).toEqual({ code: 0, output: `the lab is in ${out}\n`, errors: '' })
    expect(readFileSync(out, 'utf8')).toBe(page)
    expect(await ravine('--out', out, '--json')).toMatchObject({
      code: 0,
      output: `${JSON.stringify({ event: 'lab', out })}\n`,
    })
  })

  it('refuses what it cannot write, and leaves what is there', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, 'before')
    expect(await ravine('--out', join(file, 'lab.html'))).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^ravine: lab: expected to write \S+lab\.html but .*\(ERR_RAVINE_FILE\)\n$/),
    })
    expect(readFileSync(file, 'utf8')).toBe('before')
    expect((await ravine('--out', folder)).code).toBe(1)
    expect(existsSync(join(folder, 'lab.html'))).toBe(false)
  })

  it.each([
    [['--port', '70000'], "expected --port to be a port, a whole number from 0 to 65535 but received '70000'"],
    [['--port', 'x'], "expected --port to be a port, a whole number from 0 to 65535 but received 'x'"],
    [['--prot', '1'], 'there is no option --prot here; did you mean --port?'],
    [['--port', '1', '--out', 'x.html'], 'expected --out or --port, not both'],
    [['here'], "lab does not know what to do with 'here'"],
  ])('refuses %j', async (words, sentence) => {
    expect(await ravine(...words)).toMatchObject({
      code: 2,
      errors: `ravine: ${sentence} (ravine lab --help tells what there is)\n`,
    })
  })
})
