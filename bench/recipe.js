import { dense, mnist, sequential, sgd } from 'ravine'

// From nothing to 98 % of MNIST's test images, as a program of its own; its argument is the seed. One line says what came of it.

const GOAL = 0.98
const [hidden, batchSize] = [512, 64]
/** An epoch that goes far, then such as settle: at most ten. */
const lessons = [
  { learningRate: 0.05, epochs: 1 },
  { learningRate: 0.008, epochs: 9 },
]

const { train, test } = await mnist({ download: false })
const loaded = performance.now() / 1000
const model = sequential({ inputs: 784, seed: Number(process.argv[2]) }, [dense(hidden, 'relu'), dense(10)])
let passes = 0
for await (const { loss, validationAccuracy: accuracy } of epochs()) {
  passes++
  if (accuracy < GOAL) continue
  console.log(JSON.stringify({ net: `784-${hidden}-10, batch ${batchSize}`, loaded, passes, loss, accuracy }))
  break
}

async function* epochs() {
  for (const { learningRate, epochs } of lessons) {
    const optimizer = sgd({ learningRate, momentum: 0.9, nesterov: true })
    yield* model.fit(train, { optimizer, epochs, batchSize, validation: test, metrics: ['accuracy'] })
  }
}
