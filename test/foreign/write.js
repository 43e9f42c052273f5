import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as ravine from '../../dist/index.js'
import { modelsOf } from './networks.js'

// node write.js DIRECTORY: writes what the checks beside this read, and what they are to find in it.

const [directory] = process.argv.slice(2)
await mkdir(directory, { recursive: true })

/** Networks in ONNX and safetensors, and what they predict: a line of networks.json for each. */
async function writeNetworks() {
  const cases = []
  for (const dtype of ['f32', 'f64']) {
    for (const [i, made] of modelsOf(ravine, { dtype }).entries()) {
      const plain = 'features' in made.values && made.name !== 'normalised'
      cases.push(await written(`${dtype}-${i}`, { ...made, plain }))
    }
    for (const bytes of [false, true]) cases.push(await written(`${dtype}-table-${bytes}`, await table(dtype, bytes)))
  }
  await writeFile(join(directory, 'networks.json'), JSON.stringify(cases))
}

/** `plain` says whether its parameters are all that it predicts by. */
async function written(file, { name, model, features, values, widths, plain = false, bytes = false }) {
  await writeFile(join(directory, `${file}.onnx`), model.toONNX({ bytes }))
  await model.save(join(directory, `${file}.safetensors`))
  const outputs = Array.from(await model.predict(features))
  const inputs = Object.fromEntries(Object.entries(values).map(([name, numbers]) => [name, Array.from(numbers)]))
  const { dtype, spec } = model
  return { name, dtype, type: bytes ? 'u8' : dtype, file, inputs, widths, outputs, plain, nodes: spec.nodes }
}

/** A model of a table's columns, standardized; its numbers are bytes, too. */
async function table(dtype, bytes) {
  const rows = Array.from({ length: 20 }, (_, i) => [
    100 + ((i * 37) % 90),
    (i * 11) % 7,
    'abc'[i % 3],
    ((i * 5) % 13) / 4,
  ])
  const path = join(directory, 'table.csv')
  await writeFile(path, ['size,age,kind,price', ...rows].join('\n'))
  const data = await ravine.csv(path, { target: 'price', standardize: true, dtype })
  const model = ravine.sequential({ inputs: data.inputs, seed: 1, dtype }, [ravine.dense(4, 'tanh'), ravine.dense(1)])
  await model.fit(data, { optimizer: ravine.sgd({ learningRate: 0.1 }), epochs: 20, batchSize: 5 })
  const features = bytes ? Uint8Array.from(data.features) : data.features
  const name = bytes ? 'columns of bytes' : 'columns'
  return { name, model, features, values: { features }, widths: { features: data.inputs }, bytes }
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
