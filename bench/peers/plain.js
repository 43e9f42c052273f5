import { descend, points } from '../line.js'
import { mnist, update, zeros } from './mlp.js'
import { counted, floats, many, once, serve, shuffled, squaredError } from './protocol.js'

// Plain JavaScript at its best: tiles of 4×4 sums for the seed MLP, hand-written loops for the small jobs.

function regression(batch) {
  const [features, targets] = [floats('features.f32'), floats('targets.f32')]
  const inputs = features.length / targets.length
  const [weight, bias] = [inputs, 1].map((count) => ({
    values: zeros(count),
    gradient: zeros(count),
    velocity: zeros(count),
  }))
  const step = (chosen) => {
    weight.gradient.fill(0)
    bias.gradient.fill(0)
    for (const example of chosen) {
      const at = example * inputs
      let error = bias.values[0] - targets[example]
      for (let j = 0; j < inputs; j++) error += features[at + j] * weight.values[j]
      error *= 2 / chosen.length
      bias.gradient[0] += error
      for (let j = 0; j < inputs; j++) weight.gradient[j] += error * features[at + j]
    }
    update(weight)
    update(bias)
  }
  const epoch = () => {
    const order = shuffled(targets.length)
    for (let start = 0; start < order.length; start += batch) step(order.subarray(start, start + batch))
  }
  return async () => {
    const seconds = await once(() => [1, 2, 3, 4, 5].forEach(epoch))
    return { seconds, loss: squaredError(features, targets, weight.values, bias.values[0]) }
  }
}

function line(steps) {
  const [x, y] = [points.x, points.y].map((values) => Float64Array.from(values))
  let values
  return async () => ({
    ...(await many(() => {
      values = descend(x, y, steps)
    })),
    values,
  })
}

/** The momentum step that one would write. */
function stepping(length) {
  const parameter = {
    values: zeros(length).fill(1),
    gradient: zeros(length).fill(0.5),
    velocity: zeros(length),
  }
  return counted(() => update(parameter), parameter.values)
}

await serve(`Node ${process.version}`, {
  mnist: { '4×4-tiles': mnist },
  momentum: { loop: stepping },
  regression: { loops: regression },
  line: { 'loops-f64': line },
})
