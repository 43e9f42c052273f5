// One seed gives one network, to the last bit, whoever computes it: the addon on 1, 2, 3 or 7 threads, or plain JavaScript.
import { createHash } from 'node:crypto'
import { dense, digits, sequential, sgd } from 'ravine'

const { train } = digits({ examples: 240, seed: 1 })

/** SHA-256 of all parameters after two epochs. */
async function trained(options) {
  const model = sequential({ inputs: 784, seed: 1, ...options }, [dense(32, 'relu'), dense(10)])
  await model.fit(train, { optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }), epochs: 2, batchSize: 16 })
  const hash = createHash('sha256')
  for (const { data } of model.parameters().values()) hash.update(data)
  return hash.digest('hex')
}

console.log('backend    threads  parameters')
for (const threads of [1, 2, 3, 7]) {
  console.log(`native     ${String(threads).padStart(7)}  ${await trained({ threads })}`)
}
console.log(`reference  ${'1'.padStart(7)}  ${await trained({ backend: 'reference' })}`)
