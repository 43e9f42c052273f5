import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as ravine from '../../dist/index.js'
import { modelsOf } from './networks.js'

// node write.js DIRECTORY: writes what the checks beside this read, and what they are to find in it.

const [directory] = process.argv.slice(2)
await mkdir(directory, { recursive: true })

/** Networks in ONNX and safetensors, and what they predict. */
async function writeNetworks() {
  const cases = []
  for (const dtype of ['f32', 'f64']) {
    for (const [i, made] of modelsOf(ravine, { dtype }).entries()) {
      const { name, model, features, values, widths } = made
      const file = `${dtype}-${i}`
      await writeFile(join(directory, `${file}.onnx`), model.toONNX())
      await model.save(join(directory, `${file}.safetensors`))
      const outputs = Array.from(await model.predict(features))
      const inputs = Object.fromEntries(Object.entries(values).map(([name, numbers]) => [name, Array.from(numbers)]))
      cases.push({ name, dtype, file, inputs, widths, outputs, nodes: model.spec.nodes })
    }
  }
  await writeFile(join(directory, 'networks.json'), JSON.stringify(cases))
}

/** Event files of a fit, its history and the parameters at its end. */
async function writeEvents() {
  const { train, test } = ravine.digits({ examples: 300, seed: 1 })
  const model = ravine.sequential({ inputs: 784, seed: 1 }, [ravine.dense(20, 'relu'), ravine.dense(10)])
  const learningRate = ravine.cosine({ from: 0.1, to: 0.01, steps: 30 })
  const history = await model.fit(train, {
    ...{ optimizer: ravine.sgd({ learningRate, momentum: 0.9 }), epochs: 3, batchSize: 20, logEvery: 4 },
    ...{ validation: test, metrics: ['accuracy'], tensorboard: join(directory, 'events') },
  })
  const numbers = (arrays) => Object.fromEntries([...arrays].map(([name, { data }]) => [name, Array.from(data)]))
  const last = { parameters: numbers(model.parameters()), velocity: numbers(model.velocities()) }
  await writeFile(join(directory, 'events.json'), JSON.stringify({ history, last }))
}

await writeNetworks()
await writeEvents()
