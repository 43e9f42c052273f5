import { dataset } from '../dataset.js'
import { dense } from '../layers.js'
import type { Model } from '../model.js'
import { sgd } from '../optimizers/sgd.js'
import { sequential } from '../sequential.js'
import { interruptible } from './interrupt.js'
import type { Settings } from './options.js'
import type { Voice } from './voice.js'

const points = dataset({
  features: new Float64Array([1, 2, 3, 4, 5]),
  targets: new Float64Array([2, 3, 5, 7, 11]),
  inputs: 1,
})
const EPOCHS = 1000
const EPOCHS_PER_LINE = 100

/** ŷ = w·x + b through five points, by the moving-average form of momentum from w = b = 0: its path, and where it ends. */
export async function regress({ threads, backend }: Settings, { say }: Voice): Promise<void> {
  const model = sequential({ inputs: 1, dtype: 'f64', threads, backend }, [dense(1)])
  model.setParameters({ '0.weight': [0], '0.bias': [0] })
  const optimizer = sgd({ learningRate: 0.01, momentum: 0.9, form: 'ema' })
  say(
    'a line through (1, 2) (2, 3) (3, 5) (4, 7) (5, 11): mean squared error, SGD 0.01, momentum 0.9 as a moving average',
  )
  say(await place(model, 0))
  for (let done = EPOCHS_PER_LINE; done <= EPOCHS; done += EPOCHS_PER_LINE) {
    const fit = { optimizer, epochs: EPOCHS_PER_LINE, batchSize: points.examples, shuffle: false }
    await interruptible((signal) => model.fit(points, { ...fit, signal }))
    say(await place(model, done))
  }
}

async function place(model: Model, epoch: number): Promise<string> {
  const [weight, bias] = [...model.parameters().values()].map(({ data }) => data[0])
  const { loss } = await model.evaluate(points)
  const numbers = [weight, bias, loss].map((value) => value.toFixed(12).padStart(15))
  return `epoch ${String(epoch).padStart(4)}  w ${numbers[0]}  b ${numbers[1]}  loss ${numbers[2]}`
}
