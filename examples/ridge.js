// Ridge regression is linear regression with weight decay: prices of houses in California again, with smaller coefficients.
// The intercept does not decay: parameters that match a group have values of their own.
import { dataset, dense, sequential, sgd } from 'ravine'
import { california, names } from './data/california.js'

const { train, test } = california()
const [learnt, foretold] = [dataset(train), dataset(test)]
const weightDecay = 0.1

// The decay adds to each curvature of the loss; rate and momentum are Polyak's, as in linear-regression.js.
const [m, l] = [0.03106, 7.798].map((curvature) => Math.sqrt(curvature + weightDecay))
const [learningRate, momentum] = [(2 / (l + m)) ** 2, ((l - m) / (l + m)) ** 2]
const parameterGroups = [{ match: /bias/, weightDecay: 0 }]
const model = sequential({ inputs: 8, dtype: 'f64' }, [dense(1)])
const optimizer = sgd({ learningRate, momentum, weightDecay, parameterGroups })
await model.fit(learnt, { optimizer, epochs: 150, batchSize: learnt.examples, shuffle: false })

const [weight, bias] = [...model.parameters().values()].map(({ data }) => data)
for (const [i, name] of names.entries()) console.log(`${name} = ${weight[i]}`)
console.log(`intercept = ${bias[0]}`)
console.log(`loss = ${(await model.evaluate(learnt)).loss}`)
console.log(`test loss = ${(await model.evaluate(foretold)).loss}`)
