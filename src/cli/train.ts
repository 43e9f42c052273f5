import type { HistoryEntry } from '../history.js'
import { dense } from '../layers.js'
import { type Model, sequential } from '../model.js'
import { sgd } from '../optimizers/sgd.js'
import { percent, progressBar } from '../progress.js'
import { generatedDigits, type Parts, realDigits } from './data.js'
import { engine } from './info.js'
import { interruptible } from './interrupt.js'
import { print } from './print.js'
import { type Settings, suggestion, UsageError } from './usage.js'

const sources: Readonly<Record<string, (settings: Settings) => Parts | Promise<Parts>>> = {
  mnist: ({ data }) => realDigits(data),
  digits: ({ seed }) => generatedDigits(seed),
}

/** `ravine train mnist | digits` */
export async function train(settings: Settings, [name = '']: readonly string[]): Promise<void> {
  const known = Object.keys(sources)
  if (!known.includes(name)) {
    throw new UsageError(`expected train ${known.join(' or train ')} but received '${name}'${suggestion(name, known)}`)
  }
  print(engine(settings))
  await classify(await sources[name](settings), settings)
}

/** Learns to tell images apart, shows how it goes, and says how it went with images that it has not seen. */
export async function classify({ train, test }: Parts, settings: Settings): Promise<void> {
  const { layers, learningRate, momentum, epochs, batchSize, seed, threads, backend, out } = settings
  const hidden = layers.map((outputs) => dense(outputs, 'relu'))
  const model = sequential({ inputs: train.inputs, seed, threads, backend }, [...hidden, dense(train.outputs)])
  print(summary(model, settings))
  const { onEnd, ...bar } = progressBar({ stream: process.stdout, epochs, validation: 'test' })
  const optimizer = sgd({ learningRate, momentum })
  const history = await interruptible(async (signal) => {
    try {
      return await model.fit(train, {
        optimizer,
        epochs,
        batchSize,
        validation: test,
        metrics: ['accuracy'],
        checkpoint: out === undefined ? undefined : { path: out },
        signal,
        ...bar,
      })
    } finally {
      onEnd?.()
    }
  })
  print(outcome(history))
  if (out !== undefined) print(`the model is in ${out}`)
}

function summary(model: Model, { layers, learningRate, momentum, batchSize, seed }: Settings): string {
  const [first, last] = [model.spec.nodes[0], model.spec.nodes[model.spec.nodes.length - 1]]
  const sizes = [first.inputs, ...layers, last.outputs].join('-')
  return `model: ${sizes} with ReLU, cross-entropy, SGD at ${learningRate} with momentum ${momentum}, batches of ${batchSize}, seed ${seed}`
}

function outcome(history: readonly HistoryEntry[]): string {
  const last = history[history.length - 1]
  const seconds = history.reduce((sum, entry) => sum + entry.seconds, 0)
  const epochs = history.length === 1 ? '1 epoch' : `${history.length} epochs`
  return `final test accuracy ${percent(last.validationAccuracy ?? 0)} after ${epochs}, ${seconds.toFixed(1)} s of training`
}
