// A fit that writes a checkpoint after each of its quick epochs, and goes on from it: to be killed at any moment.  node victim.js PATH EPOCHS
import { existsSync } from 'node:fs'
import { dense, digits, sequential, sgd } from 'ravine'

const [path, epochs] = process.argv.slice(2)
const { train } = digits({ examples: 200, seed: 1 })
const model = sequential({ inputs: 784, seed: 2 }, [dense(16, 'relu'), dense(10)])
const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, form: 'ema', biasCorrection: true })
const resume = existsSync(path) ? path : undefined
console.log('UNDER WAY')
await model.fit(train, { optimizer, batchSize: 32, epochs: Number(epochs), checkpoint: { path }, resume })
