// A run that dies after its fourth epoch goes on from its checkpoint, in plain JavaScript, and is the run that lived: to the last bit.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dense, digits, sequential, sgd } from 'ravine'

const { train } = digits({ examples: 240, seed: 1 })
const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true })
const net = (backend) => sequential({ inputs: 784, seed: 1, backend }, [dense(32, 'relu'), dense(10)])
const directory = mkdtempSync(join(tmpdir(), 'ravine-resume-'))
const path = join(directory, 'run.safetensors')

function show(name, model, history) {
  const hash = createHash('sha256')
  for (const { data } of model.parameters().values()) hash.update(data)
  const losses = history.map(({ loss }) => loss.toFixed(4)).join(' ')
  console.log(`${name}  ${hash.digest('hex').slice(0, 16)}  ${losses}`)
}

console.log('run      parameters        loss after each epoch')
const options = { optimizer, epochs: 8, batchSize: 16 }
const lived = net('native')
show('lived  ', lived, await lived.fit(train, options))

const died = net('native')
const history = []
const onEpoch = (entry) => {
  history.push(entry)
  if (entry.epoch === 4) throw new Error('no more')
}
await died.fit(train, { ...options, checkpoint: { path }, onEpoch }).catch(() => show('died   ', died, history))

const resumed = net('reference')
show('resumed', resumed, await resumed.fit(train, { ...options, resume: path }))
rmSync(directory, { recursive: true })
