import { dataset, dense, matmul, momentumStep, sequential, sgd, version } from 'ravine'
import { points, rule } from '../line.js'
import { lesson, network } from '../seed.js'
import { bytes, counted, floats, many, once, serve, spread, squaredError } from './protocol.js'

// ravine itself, under the same rules as its peers; its threads are told by the environment.

const sizes = { inputs: 784, classes: 10 }
const normalize = { mean: 0.1307, std: 0.3081 }
const images = () => dataset({ features: bytes('images.u8'), labels: bytes('labels.u8'), ...sizes, normalize })
const noise = () => dataset({ features: floats('noise.f32'), labels: bytes('noise.u8'), ...sizes })

const mlp =
  (read) =>
  (batchSize, examples, ...widths) => {
    const all = read()
    const train = all.take(examples ?? all.examples)
    const model = network(widths.length > 0 ? { widths } : {})
    return async () => {
      let loss
      const seconds = await once(async () => {
        ;[{ loss }] = await model.fit(train, { ...lesson, batchSize })
      })
      return { seconds, loss }
    }
  }

function product(m, k, n) {
  const numbers = floats('numbers.f32')
  const [a, b] = [numbers.slice(0, m * k), numbers.slice(m * k, m * k + k * n)]
  const shape = { m, k, n, out: new Float32Array(m * n) }
  return async () => ({ ...(await many(() => void matmul(a, b, shape))), values: spread(shape.out) })
}

function momentum(length) {
  const [parameter, gradient] = [new Float32Array(length).fill(1), new Float32Array(length).fill(0.5)]
  const velocity = new Float32Array(length)
  const options = { learningRate: 0.01, momentum: 0.9 }
  return counted(() => void momentumStep(parameter, gradient, velocity, options), parameter)
}

function regression(batchSize) {
  const [features, targets] = [floats('features.f32'), floats('targets.f32')]
  const inputs = features.length / targets.length
  const train = dataset({ features, targets, inputs })
  const model = sequential({ inputs, seed: 1 }, [dense(1)])
  const optimizer = sgd({ learningRate: 0.01, momentum: 0.9 })
  return async () => {
    const seconds = await once(() => model.fit(train, { optimizer, batchSize, epochs: 5 }))
    const [{ data: weight }, { data: bias }] = model.parameters().values()
    return { seconds, loss: squaredError(features, targets, weight, bias[0]) }
  }
}

const line = (dtype, Numbers) => (epochs) => {
  const train = dataset({ features: Numbers.from(points.x), targets: Numbers.from(points.y), inputs: 1 })
  const model = sequential({ inputs: 1, dtype }, [dense(1)])
  const optimizer = sgd(rule)
  const zeros = { '0.weight': Numbers.of(0), '0.bias': Numbers.of(0) }
  const fit = () => {
    model.setParameters(zeros)
    model.setVelocities(zeros)
    return model.fit(train, { optimizer, epochs, batchSize: 5, shuffle: false })
  }
  return async () => ({
    ...(await many(fit)),
    values: [...model.parameters().values()].map(({ data }) => data[0]),
  })
}

await serve(version, {
  mnist: { fit: mlp(images) },
  shapes: { fit: mlp(images) },
  dense: { fit: mlp(noise) },
  matmul: { matmul: product },
  momentum: { momentumStep: momentum },
  regression: { fit: regression },
  line: { 'fit-f64': line('f64', Float64Array), 'fit-f32': line('f32', Float32Array) },
})
