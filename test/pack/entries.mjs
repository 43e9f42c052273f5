// What is packed loads at the first call, and no program can tell but by the clock: functions, constants, and classes that are the very ones.
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as ravine from 'ravine'
import * as native from 'ravine/native'
import * as reference from 'ravine/reference'

const { Dataset, RavineError, dataset, dense, jsonBatches, load, recommended, sequential, version } = ravine
const require = createRequire(import.meta.url)
const isLoaded = () => Object.keys(require.cache).some((path) => path.endsWith('ravine.cjs'))

// A class is extended before anything is called.
assert.ok(!isLoaded())
assert.deepEqual([recommended.layers, recommended.csv.missing, native.version], [[128, 64], 'mean', version])
class Refusal extends RavineError {}
assert.ok(isLoaded())

for (const entry of [ravine, native, reference])
  for (const [name, value] of Object.entries(entry)) if (typeof value === 'function') assert.equal(value.name, name)
assert.deepEqual([sequential.length, dense.length, native.matmul.length], [2, 1, 3])

const refusal = new Refusal('ERR_RAVINE_DATA', 'none', { cause: version })
assert.ok(refusal instanceof Refusal && refusal instanceof RavineError && refusal instanceof Error)
assert.deepEqual([refusal.code, refusal.cause, refusal.constructor], ['ERR_RAVINE_DATA', version, Refusal])

const one = Float32Array.of(1)
for (const { matmul } of [ravine, native, reference])
  assert.throws(
    () => matmul(one, one, { m: 2, k: 1, n: 1 }),
    (error) => error instanceof RavineError && error.constructor === RavineError && !(error instanceof Refusal),
  )
assert.throws(() => dense(0), RavineError)
await assert.rejects(load('nothing.safetensors'), { name: 'RavineError', code: 'ERR_RAVINE_FILE' })
assert.ok(Symbol.asyncIterator in jsonBatches('nothing.jsonl', { features: ['x'], target: 'y', batchSize: 1 }))

const data = dataset({ features: Float32Array.of(1, 2), targets: Float32Array.of(3, 4), inputs: 1 })
assert.ok(data instanceof Dataset && data.take(1) instanceof Dataset && !({} instanceof Dataset))
assert.deepEqual([data.constructor, Object.getPrototypeOf(data)], [Dataset, Dataset.prototype])
class Marked extends Dataset {}
Marked.prototype.mark = 1
const marked = new Marked(data)
assert.ok(marked instanceof Dataset && marked.mark === 1 && marked.take(1).examples === 1)
assert.throws(() => Dataset(data), TypeError)
assert.deepEqual([Dataset.name, Dataset.length, Object.hasOwn(Dataset, 'prototype')], ['Dataset', 1, true])

const steps = recommended.optimizer(3)
assert.equal(steps.learningRate.from, recommended.learningRate)
// As a bundler would, that has taken it along without the code.
const [alone, core] = ['./alone.mjs', './node_modules/ravine/dist/core.js'].map(
  (path) => new URL(path, import.meta.url),
)
copyFileSync(core, alone)
const bundled = await import(alone)
assert.throws(() => bundled.core('ravine'), /expected ravine\.cjs beside .*alone\.mjs but found none; bundlers/)

console.log(JSON.stringify({ version, exports: Object.keys(ravine).length }))
