// Plain descent, momentum and Nesterov's side by side: the same net, the same drawn digits, the same rate.
// The loss on the test digits after each epoch: momentum 0.9 makes steps that are worth about ten plain ones.
import { dense, digits, sequential, sgd } from 'ravine'

const { train, test } = digits({ examples: 6000, seed: 1 })
const learningRate = 0.01
const ways = {
  plain: sgd({ learningRate }),
  momentum: sgd({ learningRate, momentum: 0.9 }),
  nesterov: sgd({ learningRate, momentum: 0.9, nesterov: true }),
}

const losses = []
for (const optimizer of Object.values(ways)) {
  const model = sequential({ inputs: 784, seed: 1 }, [dense(64, 'relu'), dense(10)])
  const history = await model.fit(train, { optimizer, epochs: 8, validation: test })
  losses.push(history.map(({ validationLoss }) => validationLoss))
}

console.log(
  `epoch${Object.keys(ways)
    .map((way) => way.padStart(10))
    .join('')}`,
)
for (let epoch = 0; epoch < 8; epoch++) {
  console.log(String(epoch + 1).padStart(5) + losses.map((row) => row[epoch].toFixed(4).padStart(10)).join(''))
}
