// What a person does with the package: learns digits (the real MNIST where RAVINE_DATA has it), saves, loads, exports, reports. Prints as JSON
// what came of it.
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { dense, digits, load, matmul, mnist, sequential, sgd, version } from 'ravine'
import * as native from 'ravine/native'
import * as reference from 'ravine/reference'

const { train, test } = process.env.RAVINE_DATA ? await mnist() : digits({ examples: 4000, seed: 1 })
const model = sequential({ inputs: 784, seed: 1 }, [dense(64, 'relu'), dense(10)])
const history = await model.fit(train.take(3000), {
  optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
  epochs: 3,
  batchSize: 64,
  validation: test,
})
const { accuracy } = await model.evaluate(test)
await history.report('report.html')
await model.save('model.safetensors')
const again = await load('model.safetensors')
const [hash, hashAgain] = [model, again].map(hashOf)
if (hash !== hashAgain) throw new Error('what was loaded is not what was saved')

const [a, b] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8)]
const products = [matmul, native.matmul, reference.matmul].map((multiply) =>
  multiply(a, b, { m: 2, k: 2, n: 2 }).join(),
)
if (new Set(products).size !== 1) throw new Error(`expected one product but received ${products}`)
if (!(await readFile('report.html', 'utf8')).includes('<script>')) throw new Error('the report has no script')

const onnx = model.toONNX().length
const saved = (await stat('model.safetensors')).size
console.log(JSON.stringify({ version, accuracy, hash, onnx, saved }))

function hashOf(model) {
  const hash = createHash('sha256')
  for (const { data } of model.parameters().values()) hash.update(data)
  return hash.digest('hex').slice(0, 16)
}
