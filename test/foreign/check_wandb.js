import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as ravine from '../../dist/index.js'

// node check_wandb.js DIRECTORY FOLDER: whether @wandb/sdk, which FOLDER has, sends what a fit tells `wandb`, to a server of our own on
// loopback; and nothing of it in its offline mode, which keeps nothing either and asks the server for a run all the same. DIRECTORY is
// not read.

const folder = process.argv[3]
const require = createRequire(join(folder, 'package.json'))
const sdk = await import(pathToFileURL(require.resolve('@wandb/sdk').replace(/index\.cjs$/, 'index.js')).href)
const received = { rows: [], config: undefined, exit: undefined }

/** What Weights & Biases answers to: who asks, a run to be made, and the lines of its history. */
function answerTo(url, body) {
  if (url !== '/graphql') {
    received.rows.push(...(body.files?.['wandb-history.jsonl']?.content ?? []).map((line) => JSON.parse(line)))
    if (body.complete) received.exit = body.exitcode
    return {}
  }
  if (body.query.includes('viewer')) return { data: { viewer: { id: '1', entity: 'me', flags: '{}' } } }
  received.config = JSON.parse(body.variables.config)
  return { data: { upsertBucket: { bucket: { id: '1', name: 'run', displayName: 'run' }, inserted: true } } }
}

const server = createServer(async (request, response) => {
  const body = JSON.parse(Buffer.concat(await request.toArray()).toString())
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answerTo(request.url, body)))
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

const settings = { apiKey: 'k'.repeat(40), baseUrl: `http://127.0.0.1:${server.address().port}`, silent: true }

function trained(more) {
  const { train } = ravine.digits({ examples: 100, seed: 1 })
  const model = ravine.sequential({ inputs: 784, seed: 1 }, [ravine.dense(10)])
  const optimizer = ravine.sgd({ learningRate: 0.1 })
  const loggers = [ravine.wandb({ project: 'ravine', settings: { ...settings, ...more }, sdk })]
  return model.fit(train, { optimizer, epochs: 3, batchSize: 20, logEvery: 2, loggers })
}

await trained({ offline: true })
if (received.rows.length > 0) throw new Error(`${received.rows.length} rows of a run that is offline`)
const history = await trained({})
server.close()

const losses = received.rows.flatMap((row) => ('epoch/loss' in row ? [[row._step, row['epoch/loss']]] : []))
const expected = history.map(({ steps, loss }) => [steps, loss])
if (JSON.stringify(losses) !== JSON.stringify(expected))
  throw new Error(`${JSON.stringify(losses)} instead of ${JSON.stringify(expected)}`)
if (received.exit !== 0 || !received.config) throw new Error(`exit ${received.exit}, config ${received.config}`)
console.log(
  `@wandb/sdk ${require('@wandb/sdk/package.json').version}: ${received.rows.length} rows of a history, as the fit told them`,
)
// What the package waits for keeps a process alive.
process.exit()
