import { writeFileSync } from 'node:fs'
import * as ravine from 'ravine'
import * as native from 'ravine/native'

// Calls that are right, until somebody changes them: each gives what it calls, with what, and which arrays may be written.

const optimizer = ravine.sgd({ learningRate: 0.01, momentum: 0.9 })

/** A small model, the same again and again; one that has changed or is in use is not given away. */
const models = []
function model() {
  return models.pop() ?? ravine.sequential({ inputs: 3, threads: 1 }, [ravine.dense(2, 'tanh'), ravine.dense(2)])
}

/** A call of a method of a model, which is as it was when it is refused. */
const ofModel = (name, args) => (scene) => {
  const one = model()
  const before = name === 'fit' ? undefined : bytes(one)
  return {
    call: (...given) => one[name](...given),
    args: args(scene),
    refused: () => before === undefined || before.equals(bytes(one)),
    after: () => one.dispose(),
  }
}
const bytes = (one) => Buffer.concat([...one.parameters().values()].map(({ data }) => Buffer.from(data.buffer.slice())))

const batch = (scene) => ({ features: scene.numbers(Float32Array, 6), labels: scene.numbers(Uint8Array, 2).fill(1) })
const data = (scene) => ravine.dataset({ ...batch(scene), inputs: 3, classes: 2 })

const primitives = (Type) => ({
  matmul: (scene) => {
    const out = scene.numbers(Type, 4)
    const operands = [scene.numbers(Type, 6), scene.numbers(Type, 6)]
    return { call: native.matmul, args: [...operands, { m: 2, k: 3, n: 2, transposeA: false, out }], places: ['out'] }
  },
  linear: (scene) => ({
    call: native.linear,
    args: [
      ...[6, 6, 2].map((length) => scene.numbers(Type, length)),
      { batch: 2, inputs: 3, outputs: 2, activation: 'relu' },
    ],
  }),
  linearBackward: (scene) => ({
    call: native.linearBackward,
    args: [
      ...[4, 6, 6, 4].map((length) => scene.numbers(Type, length)),
      { batch: 2, inputs: 3, outputs: 2, activation: 'tanh' },
    ],
  }),
  activate: (scene) => ({ call: native.activate, args: [scene.numbers(Type, 5), { activation: 'gelu' }] }),
  activateBackward: (scene) => ({
    call: native.activateBackward,
    args: [
      ...[5, 5].map((length) => scene.numbers(Type, length)),
      { activation: 'silu', input: scene.numbers(Type, 5) },
    ],
  }),
  softmaxCrossEntropy: (scene) => ({
    call: native.softmaxCrossEntropy,
    args: [scene.numbers(Type, 6), scene.numbers(Uint8Array, 2), { batch: 2, classes: 3 }],
  }),
  meanSquaredError: (scene) => ({
    call: native.meanSquaredError,
    args: [scene.numbers(Type, 6), scene.numbers(Type, 6), { batch: 2, outputs: 3 }],
  }),
  momentumStep: (scene) => {
    const args = [5, 5, 5].map((length) => scene.numbers(Type, length))
    return {
      call: native.momentumStep,
      args: [...args, { learningRate: 0.1, momentum: 0.9, nesterov: true, step: 3 }],
      places: [0, 2],
    }
  },
  momentumStepSparse: (scene) => {
    const [parameter, gradients, velocity] = [8, 4, 8].map((length) => scene.numbers(Type, length))
    const lastTouched = scene.numbers(Uint32Array, 4).fill(1)
    const options = { width: 2, learningRate: 0.1, momentum: 0.9, mode: 'exact', step: 3, lastTouched }
    const args = [parameter, scene.numbers(Uint32Array, 2), gradients, velocity, options]
    return { call: native.momentumStepSparse, args, places: [0, 3, 'lastTouched'] }
  },
  momentumCatchUp: (scene) => {
    const [parameter, velocity] = [8, 8].map((length) => scene.numbers(Type, length))
    const lastTouched = scene.numbers(Float64Array, 4).fill(1)
    const options = { width: 2, learningRate: 0.1, momentum: 0.9, step: 3, lastTouched, rows: [0, 1, 3] }
    return { call: native.momentumCatchUp, args: [parameter, velocity, options], places: [0, 1, 'lastTouched'] }
  },
})

const ofModels = {
  sequential: () => ({
    call: (layers, options) => ravine.sequential(options, layers).dispose(),
    args: [
      [ravine.dense(2, 'relu'), ravine.dropout(0.5), ravine.layerNorm()],
      { inputs: 3, seed: 1, dtype: 'f32', backend: 'native', threads: 1 },
    ],
  }),
  graph: () => ({
    call: (nodes, options) => ravine.graph(options, nodes).dispose(),
    args: [
      { u: [ravine.embedding(4, 2), 'user'], f: [ravine.embedding(4, 2), 'film'], r: [ravine.dot(), 'u', 'f'] },
      { inputs: { user: 1, film: 1 }, seed: 1, dtype: 'f64' },
    ],
  }),
  dense: () => ({ call: ravine.dense, args: [3, 'relu', { bias: true, init: 'heNormal' }] }),
  sgd: () => ({
    call: ravine.sgd,
    args: [
      {
        learningRate: 0.1,
        momentum: 0.9,
        form: 'ema',
        biasCorrection: true,
        weightDecay: 0.1,
        parameterGroups: [{ match: /b/, weightDecay: 0 }],
      },
    ],
  }),
  adam: () => ({ call: ravine.adam, args: [{ learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }] }),
  dataset: (scene) => ({
    call: ravine.dataset,
    args: [{ ...batch(scene), inputs: 3, classes: 2, normalize: { mean: 0.1, std: 1 } }],
  }),
  'dataset of targets': (scene) => ({
    call: ravine.dataset,
    args: [{ features: scene.numbers(Uint8Array, 6), targets: scene.numbers(Float64Array, 4), inputs: 3, outputs: 2 }],
  }),
  'dataset of entries': (scene) => ({
    call: (offsets, indices, values, options) => ravine.dataset({ features: { offsets, indices, values }, ...options }),
    args: [
      Uint32Array.of(0, 1, 3),
      Uint32Array.of(2, 0, 1),
      scene.numbers(Float32Array, 3),
      { labels: [0, 1], inputs: 3 },
    ],
  }),
  split: (scene) => ({
    call: (options) => data(scene).split(options),
    args: [{ test: 0.5, seed: 1, stratify: false }],
  }),
  fit: ofModel('fit', (scene) => [
    data(scene),
    {
      optimizer,
      epochs: 2,
      batchSize: 1,
      shuffle: true,
      loss: 'crossEntropy',
      exampleWeights: scene.numbers(Float32Array, 2),
      classWeights: [1, 2],
      logEvery: 1,
      onStep: () => undefined,
      validation: data(scene),
      metrics: ['accuracy'],
      clipNorm: 1,
      earlyStopping: { monitor: 'validationLoss', patience: 1 },
    },
  ]),
  evaluate: ofModel('evaluate', (scene) => [
    data(scene),
    { metrics: ['accuracy'], threads: 1, exampleWeights: scene.numbers(Float64Array, 2) },
  ]),
  predict: ofModel('predict', (scene) => [scene.numbers(Float32Array, 6), { threads: 1 }]),
  step: ofModel('step', (scene) => [batch(scene), { optimizer, loss: 'crossEntropy', exampleWeights: [1, 2] }]),
  gradients: ofModel('gradients', (scene) => [batch(scene), { loss: 'crossEntropy', classWeights: { 0: 2 } }]),
  predictSync: (scene) => {
    const [one, out] = [model(), scene.numbers(Float32Array, 4)]
    return {
      call: (...given) => one.predictSync(...given),
      args: [scene.numbers(Float32Array, 6), { out, threads: 1 }],
      places: ['out'],
      after: () => one.dispose(),
    }
  },
  setParameters: ofModel('setParameters', (scene) => [
    { '0.weight': scene.numbers(Float32Array, 6), '2.bias': [1, 2] },
  ]),
  setVelocities: ofModel('setVelocities', (scene) => [
    { '0.weight': scene.numbers(Float32Array, 6), '2.bias': [1, 2] },
  ]),
  apply: ofModel('apply', (scene) => [
    {
      '0.weight': scene.numbers(Float32Array, 6),
      '0.bias': scene.numbers(Float32Array, 2),
      '2.weight': scene.numbers(Float32Array, 4),
      '2.bias': scene.numbers(Float32Array, 2),
    },
    optimizer,
  ]),
  minimize: () => ({
    call: ravine.minimize,
    args: [([x]) => ({ value: x * x, gradient: [2 * x] }), [3], { optimizer, steps: 5, tolerance: 0.1, path: true }],
  }),
}

/** Beside files of the directory that it runs in. */
export async function files() {
  await model().save('model.safetensors')
  writeFileSync('table.csv', 'a,b,c\n1,2,x\n3,4,y\n')
  writeFileSync('numbers.idx', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3))
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n"
  writeFileSync(
    'numbers.npy',
    Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\x00${header}\x01\x02\x03`, 'latin1'),
  )
}

const ofFiles = {
  load: () => ({
    call: async (...given) => (await ravine.load(...given)).dispose(),
    args: ['model.safetensors', { backend: 'native', threads: 1 }],
  }),
  loadParameters: ofModel('loadParameters', () => ['model.safetensors', {}]),
  save: ofModel('save', () => ['saved.safetensors']),
  csv: () => ({
    call: ravine.csv,
    args: [
      'table.csv',
      { target: 'c', header: true, delimiter: ',', missing: 'error', columns: ['a', 'b'], standardize: true },
    ],
  }),
  idx: () => ({ call: ravine.idx, args: ['numbers.idx'] }),
  npy: () => ({ call: ravine.npy, args: ['numbers.npy'] }),
}

export const calls = Object.entries({
  ...primitives(Float32Array),
  ...Object.fromEntries(Object.entries(primitives(Float64Array)).map(([name, make]) => [`${name} f64`, make])),
  ...ofModels,
  ...ofFiles,
}).map(([name, make]) => ({ name, make }))
