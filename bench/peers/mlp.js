import { digits, once, parameters, SIZES, shuffled, transpose } from './protocol.js'
import { multiply } from './tiles.js'

// The seed MLP in plain JavaScript, its products by tiles.

/** Steps of an epoch that are run; its time is scaled up from them. */
const STEPS = 48
const [learningRate, momentum] = [0.01, 0.9]

/** A part of an epoch. */
export function mnist(batch) {
  const { features, labels } = digits()
  const layers = parameters().map((layer) => layerOf(layer, batch))
  const x = new Float32Array(batch * SIZES[0])
  const all = Math.ceil(labels.length / batch)
  const steps = Math.min(STEPS, all)
  const step = (chosen) => {
    chosen.forEach((example, row) => {
      x.set(features.subarray(example * SIZES[0], (example + 1) * SIZES[0]), row * SIZES[0])
    })
    return train(layers, x, batch, (row) => labels[chosen[row]])
  }
  return async () => {
    const order = shuffled(labels.length)
    let loss = 0
    const seconds = await once(() => {
      for (let i = 0; i < steps; i++) loss += step(order.subarray(i * batch, (i + 1) * batch))
    })
    return { seconds: (seconds * all) / steps, loss: loss / steps, part: `${steps} of ${all} steps` }
  }
}

const layerOf = ({ inputs, outputs, transposed, bias }, batch) => ({
  inputs,
  outputs,
  weight: { values: transposed, gradient: zeros(inputs * outputs), velocity: zeros(inputs * outputs) },
  bias: { values: bias, gradient: zeros(outputs), velocity: zeros(outputs) },
  output: zeros(batch * outputs),
  gradOutput: zeros(batch * outputs),
  turned: zeros(inputs * Math.max(outputs, batch)),
})

export const zeros = (length) => new Float32Array(length)

function train(layers, x, batch, label) {
  const inputs = [x, ...layers.map(({ output }) => output)]
  layers.forEach((layer, i) => {
    forward(layer, inputs[i], batch, i < layers.length - 1)
  })
  const loss = softmax(layers.at(-1), batch, label)
  for (let i = layers.length - 1; i >= 0; i--) backward(layers[i], inputs[i], layers[i - 1]?.gradOutput, batch)
  for (const { weight, bias } of layers) for (const parameter of [weight, bias]) update(parameter)
  return loss
}

function forward({ inputs, outputs, weight, bias, output }, x, batch, rectified) {
  multiply(x, weight.values, output, batch, inputs, outputs)
  for (let row = 0, at = 0; row < batch; row++) {
    for (let j = 0; j < outputs; j++, at++) {
      const z = output[at] + bias.values[j]
      output[at] = rectified && z < 0 ? 0 : z
    }
  }
}

/** The gradient of the mean cross-entropy, and that mean. */
function softmax({ outputs, output, gradOutput }, batch, label) {
  let loss = 0
  for (let row = 0; row < batch; row++) {
    const logits = output.subarray(row * outputs, (row + 1) * outputs)
    const most = Math.max(...logits)
    let sum = 0
    for (const z of logits) sum += Math.exp(z - most)
    loss += Math.log(sum) - (logits[label(row)] - most)
    for (let j = 0; j < outputs; j++) {
      gradOutput[row * outputs + j] = (Math.exp(logits[j] - most) / sum - (j === label(row) ? 1 : 0)) / batch
    }
  }
  return loss / batch
}

function backward({ inputs, outputs, weight, bias, gradOutput, turned }, x, gradInput, batch) {
  multiply(transpose(x, batch, inputs, turned), gradOutput, weight.gradient, inputs, batch, outputs)
  bias.gradient.fill(0)
  for (let at = 0; at < batch * outputs; at++) bias.gradient[at % outputs] += gradOutput[at]
  if (!gradInput) return
  multiply(gradOutput, transpose(weight.values, inputs, outputs, turned), gradInput, batch, outputs, inputs)
  for (let at = 0; at < batch * inputs; at++) if (x[at] <= 0) gradInput[at] = 0
}

/** v ← 0.9v + g, p ← p − 0.01v */
export function update({ values, gradient, velocity }) {
  for (let i = 0; i < values.length; i++) {
    velocity[i] = momentum * velocity[i] + gradient[i]
    values[i] -= learningRate * velocity[i]
  }
}
