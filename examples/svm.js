// Support vector machines tell threes from eights of MNIST: a margin instead of a probability, by hinge and by squared hinge.
// The weight decay is what keeps the margin wide; as in liblinear the bias, a weight of a feature that is always 1, decays too.
import { cosine, dense, sequential, sgd } from 'ravine'
import { threesAndEights } from './data/digits.js'

const { train, test } = await threesAndEights()
const weightDecay = 0.01

// The square's slope grows with the distance, so its steps have to be smaller.
for (const [loss, from] of Object.entries({ hinge: 0.03, squaredHinge: 0.01 })) {
  const learningRate = cosine({ from, to: 0, steps: 10 * Math.ceil(train.examples / 64) })
  const model = sequential({ inputs: 784 }, [dense(1, 'linear', { init: 'zeros' })])
  await model.fit(train, {
    loss,
    optimizer: sgd({ learningRate, momentum: 0.9, weightDecay }),
    epochs: 10,
    batchSize: 64,
  })

  const numbers = [...model.parameters().values()].flatMap(({ data }) => [...data])
  const squares = numbers.reduce((sum, value) => sum + value ** 2, 0)
  console.log(`${loss} objective = ${(await model.evaluate(train, { loss })).loss + (weightDecay / 2) * squares}`)
  console.log(`${loss} test accuracy = ${(await model.evaluate(test, { loss })).accuracy}`)
}
