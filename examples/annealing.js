// Momentum annealed: a low one while gradients still turn from step to step, a high one once they agree. The same net three times on
// drawn digits, with momentum 0.5, with 0.9, and with a schedule that goes from one to the other in the first half of the run.
import { dense, digits, linear, sequential, sgd } from 'ravine'

const { train, test } = digits({ examples: 6000, seed: 1 })
const epochs = 8
const steps = epochs * Math.ceil(train.examples / 32)

/** The epochs of one run; momentum is what history tells, or the number that it was. */
async function run(momentum) {
  const model = sequential({ inputs: 784, seed: 1 }, [dense(64, 'relu'), dense(10)])
  const optimizer = sgd({ learningRate: 0.02, momentum })
  const history = await model.fit(train, { optimizer, epochs, validation: test, metrics: ['accuracy'] })
  return history.map((entry) => ({ momentum, ...entry }))
}

const annealed = await run(linear({ from: 0.5, to: 0.9, steps: steps / 2 }))
const [low, high] = [await run(0.5), await run(0.9)]

console.log('epoch  momentum   loss annealed    of 0.5    of 0.9')
for (const [i, { epoch, momentum, validationLoss }] of annealed.entries()) {
  const losses = [validationLoss, low[i].validationLoss, high[i].validationLoss]
  const [first, ...others] = losses.map((loss) => loss.toFixed(4).padStart(10))
  console.log(String(epoch).padStart(5) + momentum.toFixed(3).padStart(10) + first.padStart(16) + others.join(''))
}
