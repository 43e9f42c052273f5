// Handwritten digits: 784-512-256-10 by SGD with momentum; ten epochs come to about 98 % on MNIST.
// node examples/mnist.js [epochs] [digits]   Where MNIST cannot be had, and with 'digits', it learns generated digits.
import { dense, digits, mnist, sequential, sgd } from 'ravine'
import { place } from './data/place.js'

/** In RAVINE_DATA or in shared/data beside the repository, or where else `mnist` looks; else downloaded. */
const found = () => mnist({ directory: place || '.' }).catch(() => mnist())

const [epochs = '10', source = 'mnist'] = process.argv.slice(2)
const { train, test } = source === 'digits' ? digits() : await found().catch(generated)

function generated(error) {
  console.log(`${error.message}\n\nGoing on with generated digits.\n`)
  return digits()
}

const model = sequential({ inputs: 784, seed: 1 }, [dense(512, 'relu'), dense(256, 'relu'), dense(10)])
const run = model.fit(train, {
  loss: 'crossEntropy',
  optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }),
  epochs: Number(epochs),
  batchSize: 64,
  validation: test,
  metrics: ['accuracy'],
})

const percent = (part) => `${(100 * part).toFixed(2)} %`.padStart(10)
console.log('epoch      loss  accuracy test loss test acc. seconds')
for await (const { epoch, loss, accuracy, validationLoss, validationAccuracy, seconds } of run) {
  const losses = [loss, validationLoss].map((value) => value.toFixed(4).padStart(10))
  const row = [losses[0], percent(accuracy), losses[1], percent(validationAccuracy), seconds.toFixed(1).padStart(8)]
  console.log(String(epoch).padStart(5) + row.join(''))
}

const { accuracy } = await model.evaluate(test)
console.log(`\ntest accuracy ${percent(accuracy).trim()}`)
