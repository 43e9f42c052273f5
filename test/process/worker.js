// A worker in the middle of a run that would take minutes.
import { parentPort } from 'node:worker_threads'
import { dense, digits, sequential, sgd } from 'ravine'

const { train } = digits({ examples: 600 })
const model = sequential({ inputs: 784, threads: 2 }, [dense(128, 'relu'), dense(10)])
const optimizer = sgd({ learningRate: 1e-4, momentum: 0.9 })
await model.fit(train, { optimizer, epochs: 100_000, logEvery: 5, onStep: () => parentPort?.postMessage('under way') })
