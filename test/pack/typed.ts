// Compiles under both ways to resolve modules, and only where the types say what they should.
import { type Dataset, dense, digits, type FitHistory, type Model, sequential, sgd } from 'ravine'
import { matmul } from 'ravine/native'
import * as reference from 'ravine/reference'

export async function learn(): Promise<FitHistory> {
  const { train, test }: { train: Dataset; test: Dataset } = digits({ examples: 100, seed: 1 })
  const model: Model = sequential({ inputs: 784, seed: 1 }, [dense(10)])
  const history = await model.fit(train, { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), validation: test })
  const loss: number = history.at(-1)!.loss
  // @ts-expect-error: a loss is no string
  const wrong: string = history.at(-1)!.loss
  // @ts-expect-error: there is no such option
  await model.fit(train, { optimiser: sgd({ learningRate: 0.1 }) })
  // @ts-expect-error: there is no such activation
  dense(10, 'rely')
  return loss > Number(wrong) ? history : model.fit(train, { optimizer: sgd({ learningRate: 0.1 }) })
}

/** The reference's model is ravine's. */
export const twin: Model = reference.sequential({ inputs: 2 }, [dense(1)])
export const product: Float32Array = matmul(Float32Array.of(1), Float32Array.of(2), { m: 1, k: 1, n: 1 })
