import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

// node check_onnx.js DIRECTORY FOLDER: whether onnxruntime-node, which FOLDER has, answers as ravine to each network that write.js wrote, within 1e-5.

const [directory, folder] = process.argv.slice(2)
const require = createRequire(join(folder, 'package.json'))
const { InferenceSession, Tensor } = require('onnxruntime-node')
const { version } = require('onnxruntime-node/package.json')

const cases = JSON.parse(await readFile(join(directory, 'networks.json'), 'utf8'))
const types = { f32: ['float32', Float32Array], f64: ['float64', Float64Array], u8: ['uint8', Uint8Array] }
let worst = 0
for (const { name, dtype, type: given, file, inputs, widths, outputs } of cases) {
  const session = await InferenceSession.create(join(directory, `${file}.onnx`))
  const feeds = Object.entries(inputs).map(([name, values]) => {
    const [type, array] = types[given]
    return [name, new Tensor(type, array.from(values), [values.length / widths[name], widths[name]])]
  })
  const { data } = Object.values(await session.run(Object.fromEntries(feeds)))[0]
  const error = Math.max(...outputs.map((output, i) => Math.abs(output - data[i])))
  if (!(error <= 1e-5) || data.length !== outputs.length) throw new Error(`${name} in ${dtype}: ${error}`)
  worst = Math.max(worst, error)
}
console.log(`onnxruntime-node ${version}: ${cases.length} networks, largest difference ${worst.toExponential(1)}`)
