import { describe, expect, test } from 'vitest'
import { chain } from '../src/graph.js'
import * as ravine from '../src/index.js'
import { dense } from '../src/layers.js'
import { onnxFile } from '../src/onnx.js'
import { sequential } from '../src/sequential.js'
import type { Dtype } from '../src/spec.js'
import { expectClose } from './close.js'
import { modelsOf } from './foreign/networks.js'
import { onnxOf, run } from './onnx.js'

const cases = (['f32', 'f64'] as const).flatMap((dtype) =>
  modelsOf(ravine, { dtype }).map((made) => [made.name, dtype, made] as const),
)
const elementType: Readonly<Record<Dtype, number>> = { f32: 1, f64: 11 }

/** Of [examples, width] by the names of inputs. */
const tensors = (values: Readonly<Record<string, ArrayLike<number>>>, widths: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, data]) => [
      name,
      { shape: [data.length / widths[name], widths[name]], data: Array.from(data) },
    ]),
  )

describe.each(cases)('%s in %s', (_, dtype, { model, features, values, widths }) => {
  test('predicts in ONNX as here', async () => {
    const outputs = run(model.toONNX(), tensors(values, widths))
    expectClose(outputs, await model.predict(features as never), {
      relative: 1e-5,
      absolute: dtype === 'f32' ? 2e-6 : 1e-12,
    })
  })

  test('is whole: its format, parameters, inputs and outputs', () => {
    const { format, opset, producer, doc, tensors, inputs, outputs } = onnxOf(model.toONNX())
    expect([format, opset, producer, doc]).toEqual([8, 17, 'ravine', `made by ravine ${ravine.version}`])
    for (const [name, { shape, data }] of model.parameters())
      expect(tensors.get(name)).toEqual({ shape, data: [...data] })
    const type = elementType[dtype]
    expect(inputs).toEqual(Object.entries(widths).map(([name, width]) => [name, type, ['batch', width]]))
    const { name, outputs: width } = model.spec.nodes.at(-1)!
    expect(outputs).toEqual([[name === 'rating' ? name : 'output', type, ['batch', width]]])
  })
})

test('batches may be of any size', async () => {
  const model = sequential({ inputs: 2, backend: 'reference' }, [dense(3, 'tanh'), dense(2)])
  const features = Float32Array.of(1, 2, 3, 4, 5, 6)
  const rows = [0, 2, 4].flatMap((first) =>
    run(model.toONNX(), tensors({ features: features.subarray(first, first + 2) }, { features: 2 })),
  )
  expect(rows).toEqual(run(model.toONNX(), tensors({ features }, { features: 2 })))
  expectClose(rows, await model.predict(features), { relative: 1e-5, absolute: 1e-6 })
})

test('bytes come as bytes, with the normalisation of those learnt from', async () => {
  const model = sequential({ inputs: 3, backend: 'reference', dtype: 'f64' }, [dense(2)])
  const bytes = Uint8Array.of(0, 255, 7, 100, 3, 200)
  const file = model.toONNX({ bytes: true })
  expect(onnxOf(file).inputs).toEqual([['features', 2, ['batch', 3]]])
  const close = { relative: 1e-12, absolute: 1e-12 }
  expectClose(run(file, tensors({ features: bytes }, { features: 3 })), await model.predict(bytes), close)
  const optimizer = ravine.sgd({ learningRate: 0.1 })
  model.step({ features: bytes, labels: [0, 1], normalize: { mean: 0.3, std: 0.5 } }, { optimizer })
  const learnt = model.toONNX({ bytes: true })
  expectClose(run(learnt, tensors({ features: bytes }, { features: 3 })), await model.predict(bytes), close)
  const parts = Float64Array.from(bytes, (byte) => byte / 255)
  expectClose(run(model.toONNX(), tensors({ features: parts }, { features: 3 })), await model.predict(parts), close)
})

test('columns come as they are in their file, and answers in the units of its targets', async () => {
  const columns = [
    { name: 'a', kind: 'number', mean: 100, std: 20 },
    { name: 'b', kind: 'category', values: ['x', 'y'] },
    { name: 'c', kind: 'number', mean: -3, std: 0.5 },
  ] as const
  const target = { name: 't', mean: 5000, std: 300 }
  const preparation = { standardize: true, missing: 'error', columns, target } as const
  const features = Float64Array.of(90, 1, 0, -3.2, 130, 0, 1, -2, 101, 1, 0, -4)
  const targets = Float64Array.of(5100, 4000, 5300)
  for (const dtype of ['f32', 'f64'] as const) {
    const model = sequential({ inputs: 4, backend: 'reference', dtype }, [dense(3, 'tanh'), dense(1)])
    const data = new ravine.Dataset({ features, targets, inputs: 4, outputs: 1, preparation })
    await model.fit(data, { optimizer: ravine.sgd({ learningRate: 0.1 }), epochs: 3 })
    const outputs = run(model.toONNX(), tensors({ features }, { features: 4 }))
    const close = { relative: dtype === 'f32' ? 1e-5 : 1e-12 }
    expectClose(outputs, await model.predict(features), close)
    const bytes = Uint8Array.from(features, Math.abs)
    const file = model.toONNX({ bytes: true })
    expect(onnxOf(file).inputs).toEqual([['features', 2, ['batch', 4]]])
    expectClose(run(file, tensors({ features: bytes }, { features: 4 })), await model.predict(bytes), close)
  }
})

test('native models are the same to the byte', () => {
  const [native, reference] = (['native', 'reference'] as const).map((backend) =>
    modelsOf(ravine, { backend }).map(({ model }) => Buffer.from(model.toONNX()).toString('base64')),
  )
  expect(native).toEqual(reference)
})

test('nonsense is refused, and what readers cannot take', () => {
  const model = sequential({ inputs: 2, backend: 'reference' }, [dense(2)])
  expect(() => model.toONNX({ byte: true } as never)).toThrow(/toONNX: expected options among bytes .* did you mean/)
  expect(() => model.toONNX({ bytes: 1 } as never)).toThrow(/bytes to be true or false/)
  // Memory that nobody touches is not taken.
  const parameters = [new Float64Array(2 ** 28)]
  const spec = chain(2 ** 28, 'f64', [dense(1, 'linear', { bias: false })])
  expect(() => onnxFile({ spec, parameters, bytes: false, version: '1' })).toThrow(
    /toONNX: expected a model of at most 2 GB/,
  )
  model.dispose()
  expect(() => model.toONNX()).toThrow(expect.objectContaining({ code: 'ERR_RAVINE_DISPOSED' }))
})
