// Linear regression: prices of houses in California from eight numbers of their districts, to the digits of a direct solver.
// At the least loss its gradient is zero, and a momentum chosen for the curvatures of the loss gets there in 254 steps on all data.
import { dataset, dense, sequential, sgd } from 'ravine'
import { california, names } from './data/california.js'

const { train, test } = california()
const [learnt, foretold] = [dataset(train), dataset(test)]

// Polyak 1964: for curvatures from m to l, the best rate is (2 / (√l + √m))² and the best momentum ((√l − √m) / (√l + √m))².
const [m, l] = [0.03106, 7.798].map(Math.sqrt)
const optimizer = sgd({ learningRate: (2 / (l + m)) ** 2, momentum: ((l - m) / (l + m)) ** 2 })
const model = sequential({ inputs: 8, dtype: 'f64' }, [dense(1)])
await model.fit(learnt, { optimizer, epochs: 254, batchSize: learnt.examples, shuffle: false })

const [weight, bias] = [...model.parameters().values()].map(({ data }) => data)
for (const [i, name] of names.entries()) console.log(`${name} = ${weight[i]}`)
console.log(`intercept = ${bias[0]}`)
console.log(`loss = ${(await model.evaluate(learnt)).loss}`)
console.log(`test loss = ${(await model.evaluate(foretold)).loss}`)
