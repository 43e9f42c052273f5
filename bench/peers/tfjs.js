import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { digits, folder, once, parameters, SIZES, serve, shuffled } from './protocol.js'

// TensorFlow.js without its native binding: WebAssembly with SIMD, and its plain JavaScript. Both on one thread.

const require = createRequire(join(folder, 'package.json'))
const tf = require('@tensorflow/tfjs')
const wasm = require('@tensorflow/tfjs-backend-wasm')
wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`)

/** Products whose gradients transpose before they multiply: WebAssembly's transposed product is four times slower. */
const multiply = tf.customGrad((a, b, save) => {
  save([a, b])
  const gradFunc = (gradOutput, [a, b]) => [
    tf.matMul(gradOutput, tf.transpose(b)),
    tf.matMul(tf.transpose(a), gradOutput),
  ]
  return { value: tf.matMul(a, b), gradFunc }
})

/** An epoch of which so many steps are run. */
const mnist = (backend, count) => async (batch) => {
  await tf.setBackend(backend)
  const { features, labels } = digits()
  const step = trainer(backend === 'wasm' ? multiply : tf.matMul)
  const all = Math.ceil(labels.length / batch)
  const steps = Math.min(count, all)
  return async () => {
    await tf.setBackend(backend)
    const order = shuffled(labels.length)
    const losses = []
    const seconds = await once(() => {
      for (let i = 0; i < steps; i++) {
        losses.push(step(...gather(features, labels, order.subarray(i * batch, (i + 1) * batch))))
      }
      losses.at(-1).dataSync()
    })
    const loss = tf.tidy(() => tf.stack(losses).mean().dataSync()[0])
    tf.dispose(losses)
    return { seconds: (seconds * all) / steps, loss, part: `${steps} of ${all} steps` }
  }
}

function trainer(multiply) {
  const layers = parameters().map(({ inputs, outputs, transposed, bias }) => ({
    weight: tf.variable(tf.tensor2d(transposed, [inputs, outputs])),
    bias: tf.variable(tf.tensor1d(bias)),
  }))
  const optimizer = tf.train.momentum(0.01, 0.9)
  const logits = (x) =>
    layers.reduce((x, { weight, bias }, i) => {
      const z = tf.add(multiply(x, weight), bias)
      return i < layers.length - 1 ? tf.relu(z) : z
    }, x)
  return (features, labels) =>
    tf.tidy(() => {
      const x = tf.tensor2d(features, [labels.length, SIZES[0]])
      const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 10)
      return optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, logits(x)), true)
    })
}

function gather(features, labels, chosen) {
  const batch = new Float32Array(chosen.length * SIZES[0])
  chosen.forEach((example, row) => {
    batch.set(features.subarray(example * SIZES[0], (example + 1) * SIZES[0]), row * SIZES[0])
  })
  return [batch, Int32Array.from(chosen, (example) => labels[example])]
}

await serve(tf.version_core, { mnist: { wasm: mnist('wasm', 40), cpu: mnist('cpu', 5) } })
