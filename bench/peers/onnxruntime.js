import { createRequire } from 'node:module'
import { join } from 'node:path'
import { constant, input, model, node, output } from './onnx.js'
import { digits, folder, once, parameters, SIZES, serve, shuffled, THREADS } from './protocol.js'

// onnxruntime-node, which cannot train: the step of the seed MLP, its gradients and its momentum as a graph written by hand.

const require = createRequire(join(folder, 'package.json'))
const { InferenceSession, Tensor } = require('onnxruntime-node')
const LAST = SIZES.length - 2
const layers = [...SIZES.keys()].slice(0, -1)

const f32 = (value) => Float32Array.of(value)
const shapes = (l) => ({ w: [SIZES[l], SIZES[l + 1]], b: [SIZES[l + 1]] })

/** The graph of a step: x, y and the state in, the next state and the mean loss out. `h0` is x, `d` the gradient of a layer's output. */
function step(batch) {
  const constants = [
    constant('rate', [], f32(0.01)),
    constant('mu', [], f32(0.9)),
    constant('share', [], f32(1 / batch)),
    constant('zero', [], f32(0)),
    constant('rows', [1], BigInt64Array.of(0n)),
  ]
  const state = layers.flatMap((l) =>
    Object.entries(shapes(l)).flatMap(([kind, shape]) => [
      [kind + l, shape],
      [`v${kind}${l}`, shape],
    ]),
  )
  return model(
    [...layers.flatMap(forward), ...loss(), ...[...layers].reverse().flatMap(backward)],
    constants,
    [
      input('h0', [batch, SIZES[0]]),
      input('y', [batch, SIZES.at(-1)]),
      ...state.map(([name, shape]) => input(name, shape)),
    ],
    [output('loss', []), ...state.map(([name, shape]) => output(`${name}'`, shape))],
  )
}

const forward = (l) => [
  node('Gemm', [`h${l}`, `w${l}`, `b${l}`], [`z${l}`]),
  ...(l < LAST ? [node('Relu', [`z${l}`], [`h${l + 1}`])] : []),
]

const loss = () => [
  node('LogSoftmax', [`z${LAST}`], ['q'], { axis: 1 }),
  node('Exp', ['q'], ['p']),
  node('Sub', ['p', 'y'], ['difference']),
  node('Mul', ['difference', 'share'], [`d${LAST}`]),
  node('Mul', ['q', 'y'], ['chosen']),
  node('ReduceSum', ['chosen'], ['total'], { keepdims: 0 }),
  node('Mul', ['total', 'share'], ['likelihood']),
  node('Neg', ['likelihood'], ['loss']),
]

const backward = (l) => [
  node('Gemm', [`h${l}`, `d${l}`], [`gw${l}`], { transA: 1 }),
  node('ReduceSum', [`d${l}`, 'rows'], [`gb${l}`], { keepdims: 0 }),
  ...(l > 0 ? throughRelu(l) : []),
  ...[`w${l}`, `b${l}`].flatMap(momentum),
]

const throughRelu = (l) => [
  node('Gemm', [`d${l}`, `w${l}`], [`dh${l}`], { transB: 1 }),
  node('Greater', [`h${l}`, 'zero'], [`positive${l}`]),
  node('Where', [`positive${l}`, `dh${l}`, 'zero'], [`d${l - 1}`]),
]

const momentum = (name) => [
  node('Mul', [`v${name}`, 'mu'], [`kept_${name}`]),
  node('Add', [`kept_${name}`, `g${name}`], [`v${name}'`]),
  node('Mul', [`v${name}'`, 'rate'], [`move_${name}`]),
  node('Sub', [name, `move_${name}`], [`${name}'`]),
]

const tensor = (values, shape) => new Tensor('float32', values, shape)

function start() {
  const state = {}
  parameters().forEach(({ transposed, bias }, l) => {
    for (const [kind, values] of Object.entries({ w: transposed, b: bias })) {
      state[kind + l] = tensor(values, shapes(l)[kind])
      state[`v${kind}${l}`] = tensor(new Float32Array(values.length), shapes(l)[kind])
    }
  })
  return state
}

/** The inputs and labels, one-hot, of the chosen examples. */
function gather(features, labels, chosen) {
  const [x, y] = [SIZES[0], SIZES.at(-1)].map((size) => new Float32Array(chosen.length * size))
  chosen.forEach((example, row) => {
    x.set(features.subarray(example * SIZES[0], (example + 1) * SIZES[0]), row * SIZES[0])
    y[row * SIZES.at(-1) + labels[example]] = 1
  })
  return { h0: tensor(x, [chosen.length, SIZES[0]]), y: tensor(y, [chosen.length, SIZES.at(-1)]) }
}

async function mnist(batch) {
  const { features, labels } = digits()
  const sessions = new Map()
  for (const size of [batch, labels.length % batch].filter(Boolean)) {
    sessions.set(size, await InferenceSession.create(step(size), { intraOpNumThreads: THREADS }))
  }
  let state = start()
  return async () => {
    const order = shuffled(labels.length)
    let sum = 0
    const seconds = await once(async () => {
      for (let i = 0; i < order.length; i += batch) {
        const chosen = order.subarray(i, i + batch)
        const { loss, ...next } = await sessions
          .get(chosen.length)
          .run({ ...gather(features, labels, chosen), ...state })
        state = Object.fromEntries(Object.entries(next).map(([name, values]) => [name.slice(0, -1), values]))
        sum += loss.data[0] * chosen.length
      }
    })
    return { seconds, loss: sum / labels.length }
  }
}

const { version } = require('onnxruntime-node/package.json')
await serve(version, { mnist: { graph: mnist } })
