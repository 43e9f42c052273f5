// Gradients of several batches for one update: four batches of 16 learn what one of 64 does, in less memory where they are taken by hand.
// `accumulate: 4` is one batch of 64 to the bit; by hand, the mean of four gradients is the same but for rounding.
import { dense, digits, sequential, sgd } from 'ravine'

const train = digits({ examples: 1000, seed: 1 }).train.take(640)
const optimizer = sgd({ learningRate: 0.05, momentum: 0.9 })
const net = () => sequential({ inputs: 784, seed: 1, dtype: 'f64' }, [dense(32, 'relu'), dense(10)])
const [whole, accumulated, byHand] = [net(), net(), net()]

await whole.fit(train, { optimizer, batchSize: 64, shuffle: false })
await accumulated.fit(train, { optimizer, batchSize: 16, accumulate: 4, shuffle: false })

let sum
for (const [i, batch] of [...train.batches(16)].entries()) {
  const gradients = Object.entries(byHand.gradients(batch))
  sum = gradients.map(([name, gradient], j) => [name, gradient.map((g, k) => g / 4 + (sum?.[j][1][k] ?? 0))])
  if (i % 4 < 3) continue
  byHand.apply(Object.fromEntries(sum), optimizer)
  sum = undefined
}

const weightsOf = (model) => [...model.parameters().values()].flatMap(({ data }) => [...data])
const expected = weightsOf(whole)
const off = (model) => weightsOf(model).reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0)
console.log('how far the parameters are from those of batches of 64, at most:')
console.log(`accumulated = ${off(accumulated)}`)
console.log(`by hand = ${off(byHand)}`)
console.log(`moved = ${off(net())}`)
