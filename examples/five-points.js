// A line through five points, ŷ = w·x + b, learnt by the moving-average form of momentum (β = 0.9, η = 0.01) in f64.
// Least squares says w = 2.2 and b = −1 with loss 0.56; the run is nearly there after 1,000 epochs.
import { dataset, dense, sequential, sgd } from 'ravine'

const points = dataset({
  features: Float64Array.of(1, 2, 3, 4, 5),
  targets: Float64Array.of(2, 3, 5, 7, 11),
  inputs: 1,
})
const line = sequential({ inputs: 1, dtype: 'f64' }, [dense(1)])
line.setParameters({ '0.weight': [0], '0.bias': [0] })
const optimizer = sgd({ learningRate: 0.01, momentum: 0.9, form: 'ema' })

console.log('epoch          w          b       loss')
for (let epoch = 0; epoch <= 1000; epoch += 100) {
  const [[w], [b]] = Array.from(line.parameters().values(), ({ data }) => data)
  const { loss } = await line.evaluate(points)
  console.log(String(epoch).padStart(5) + [w, b, loss].map((value) => value.toFixed(6).padStart(11)).join(''))
  if (epoch === 1000) console.log(`\nw = ${w}\nb = ${b}\nloss = ${loss}`)
  // Each fit goes on from the velocities of the one before.
  else await line.fit(points, { optimizer, epochs: 100, batchSize: 5, shuffle: false })
}
