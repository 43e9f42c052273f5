import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileError } from '../errors.js'
import { shipped } from '../shipped.js'
import { writeWhole } from '../wholefile.js'
import type { Call, Command } from './command.js'
import { UsageError } from './usage.js'

const LOOPBACK = '127.0.0.1'
const PAGE = shipped('lab.html')

/** `ravine lab`: serves the lab to this machine until it is interrupted, or writes it to a file. */
export const lab: Command = {
  usage: 'lab [options]',
  help: 'optimizers on their way down a surface, to play with in a browser',
  examples: [
    ['lab', 'serves the page on this machine, at a port that is free'],
    ['lab --out lab.html', 'the same page as one file, to open or to send'],
  ],
  options: ['port', 'out', 'json', 'quiet'],
  says: { out: 'write the page there, and serve nothing (.html)' },
  words: 0,
  run: async ({ settings, voice }: Call) => {
    const { port, out } = settings
    if (out !== undefined && port !== undefined) throw new UsageError('expected --out or --port, not both')
    const page = await readPage()
    if (out === undefined) return serve(page, port, voice)
    await writeWhole('lab', out, [Buffer.from(page)])
    voice.say(`the lab is in ${out}`)
    voice.record('lab', { out })
  },
}

async function readPage(): Promise<string> {
  try {
    return await readFile(PAGE, 'utf8')
  } catch (cause) {
    throw fileError('lab', `to read ${PAGE.pathname}, which npm run build:ts makes,`, (cause as Error).message, cause)
  }
}

async function serve(page: string, port: number | undefined, voice: Call['voice']): Promise<boolean> {
  const server = labServer(page)
  const refusal = await listen(server, port ?? 0)
  if (refusal) {
    process.stderr.write(`ravine: ${refusal}\n`)
    return false
  }
  const url = `http://${LOOPBACK}:${portOf(server)}/`
  voice.say(`the ravine lab is at ${url} (Ctrl-C ends it)`)
  voice.record('lab', { url })
  await interruption()
  server.closeAllConnections()
  server.close()
  return true
}

/** Listens on loopback. → why it cannot, in a sentence, if it cannot */
export function listen(server: Server, port: number): Promise<string | undefined> {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'something else listens there; try another, or none for one that is free',
    EACCES: 'this user may not listen there; try one above 1023',
  }
  return new Promise((done) => {
    const failed = ({ code = '', message }: NodeJS.ErrnoException) =>
      done(`lab: expected port ${port} of ${LOOPBACK} to be free, but ${reasons[code] ?? message}`)
    server.once('error', failed)
    server.listen(port, LOOPBACK, () => done(void server.off('error', failed)))
  })
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port

/** Ctrl-C, or a polite end: both are how a server is meant to end. */
const interruption = () =>
  new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done())
  })

/**
 * Serves the page at / to whoever calls this machine by a name of loopback. Other hosts are refused: a page from elsewhere whose
 * name has been pointed here would come with its own.
 */
export function labServer(page: string): Server {
  const server = createServer((request, response) => {
    const { status, headers = {}, body } = answer(request, portOf(server), page)
    send(request, response, status, { ...guards(page), ...headers }, body)
  })
  return server
}

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

const html = { 'Content-Type': 'text/html; charset=utf-8' }
const plain = { 'Content-Type': 'text/plain; charset=utf-8' }

function answer({ method = '', url = '', headers: { host } }: IncomingMessage, port: number, page: string): Answer {
  const hosts = [LOOPBACK, 'localhost'].map((name) => `${name}:${port}`)
  if (!host || !hosts.includes(host)) return { status: 403, headers: plain, body: `This is for ${hosts[0]} alone.\n` }
  if (!['GET', 'HEAD'].includes(method)) {
    return {
      status: 405,
      headers: { ...plain, Allow: 'GET, HEAD' },
      body: 'There is nothing here but a page to get.\n',
    }
  }
  if (url.split('?')[0] !== '/') return { status: 404, headers: plain, body: 'The lab is at /.\n' }
  return { status: 200, headers: html, body: page }
}

/** What browsers are told to hold to: the page's own policy, and nobody's frame around it. */
function guards(page: string): Readonly<Record<string, string>> {
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? ['', "default-src 'none'"]
  return {
    'Content-Security-Policy': `${policy}; frame-ancestors 'none'`,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  }
}

function send(request: IncomingMessage, response: ServerResponse, status: number, headers: object, body: string): void {
  const length = { 'Content-Length': Buffer.byteLength(body) }
  response.writeHead(status, { ...headers, ...length }).end(request.method === 'HEAD' ? undefined : body)
}
