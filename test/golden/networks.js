import { createHash } from 'node:crypto'

// Nine networks and what they learn, for hashes.js beside this and for test/determinism.test.ts. Batches of 13 do not divide the examples,
// no size divides a panel, and each kind of features, layer, loss and rule of momentum is in at least one of them.

export const EXAMPLES = 100
export const BATCH = 13
export const SEED = 5

/** Of 8 steps each: 200 steps. */
export const EPOCHS = 25

/** Ways that must not matter: numbers of threads, gradients in registers (fused) or written. */
export const ways = [
  ...[1, 2, 3, 7, 16].map((threads) => ({ threads, fused: true })),
  ...[1, 2, 3, 7].map((threads) => ({ threads, fused: false })),
].map((way) => ({ ...way, name: `${way.threads} threads, ${way.fused ? 'fused' : 'unfused'}` }))

/** Its parts are 255 times itself exactly, so that bytes and floats can be folded alike. */
const normalize = { mean: 33 / 256, std: 79 / 256 }

const images = {
  inputs: 67,
  layers: [[41, 'relu'], [10]],
  normalize,
  optimizer: { learningRate: 0.02, momentum: 0.9, form: 'velocity', nesterov: true, weightDecay: 1e-3 },
}

/** Layers are the operands of `dense`, or a name and the operands of the layer that has it; `density` is the part of the bytes that is not zero, and features without it are floats in (−1, 1),
 * of which those of `entries` are listed, one in so many. */
export const networks = {
  'heavy ball': {
    inputs: 37,
    layers: [[50, 'relu'], [33, 'tanh'], [7]],
    optimizer: { learningRate: 0.1, momentum: 0.9 },
  },
  'sparse bytes': { ...images, density: 0.15 },
  'dense bytes': { ...images, density: 0.9 },
  'f64, dampening, coupled decay': {
    dtype: 'f64',
    inputs: 19,
    layers: [[35, 'tanh'], [7]],
    optimizer: { learningRate: 0.1, momentum: 0.8, dampening: 0.3, weightDecay: 1e-3 },
  },
  'ema, nesterov, bias correction, decoupled decay': {
    inputs: 29,
    layers: [[35, 'sigmoid', { bias: false }], [5]],
    optimizer: {
      ...{ learningRate: 0.5, momentum: 0.9, form: 'ema', nesterov: true, biasCorrection: true },
      ...{ weightDecay: 1e-3, decoupled: true },
    },
  },
  'regression, wider than 16 panels': {
    inputs: 5,
    layers: [[519, 'tanh'], [2]],
    loss: 'meanSquaredError',
    optimizer: { learningRate: 0.01, momentum: 0.9, form: 'velocity' },
  },
  'entries, nesterov': {
    inputs: 131,
    layers: [[35, 'tanh'], [4]],
    entries: 11,
    optimizer: { learningRate: 0.1, momentum: 0.9, nesterov: true },
  },
  'norms, dropout, activations by their input': {
    inputs: 23,
    layers: [[41, 'gelu'], ['batchNorm'], ['dropout', 0.25], [35, 'silu'], ['layerNorm'], ['activation', 'elu'], [6]],
    optimizer: { learningRate: 0.05, momentum: 0.9, nesterov: true },
  },
  'a graph of embeddings': {
    inputs: { user: 1, film: 2 },
    nodes: {
      u: [['embedding', 9, 37], 'user'],
      f: [['embedding', 9, 20], 'film'],
      v: [[37, 'tanh'], 'f'],
      score: [['dot'], 'u', 'v'],
      sum: [['add'], 'u', 'v', 'u'],
      all: [['concat'], 'score', 'sum', 'f'],
      out: [[1], 'all'],
    },
    ids: 9,
    outputs: 1,
    loss: 'meanSquaredError',
    optimizer: { learningRate: 0.01, momentum: 0.9, weightDecay: 1e-3 },
  },
}

/** What a network learns, as `dataset` takes it. */
export function examplesOf({
  inputs,
  layers,
  ids,
  outputs = layers.at(-1)[0],
  dtype,
  density,
  entries,
  normalize,
  loss,
}) {
  const draw = drawing(ids ?? inputs)
  const numbers = (length, next) => Array.from({ length }, next)
  const [Floats, signed] = [dtype === 'f64' ? Float64Array : Float32Array, () => 2 * draw() - 1]
  const byte = () => (draw() < density ? 1 + Math.floor(255 * draw()) : 0)
  const dense = density
    ? Uint8Array.from(numbers(EXAMPLES * inputs, byte))
    : Floats.from(numbers(EXAMPLES * inputs, signed))
  const features = ids
    ? named(inputs, () => Math.floor(ids * draw()))
    : entries
      ? listed(dense, inputs, entries)
      : dense
  const answers =
    loss === 'meanSquaredError'
      ? { targets: Floats.from(numbers(EXAMPLES * outputs, signed)), outputs }
      : { labels: numbers(EXAMPLES, () => Math.floor(outputs * draw())), classes: outputs }
  return { features, inputs, ...answers, ...(normalize && { normalize }) }
}

/** The features of each input, by its name. */
function named(inputs, next) {
  const features = ([name, width]) => [name, Uint16Array.from({ length: EXAMPLES * width }, next)]
  return Object.fromEntries(Object.entries(inputs).map(features))
}

/** One in `every` of the features: the others count as zero. */
function listed(features, inputs, every) {
  const places = Array.from(features, (_, i) => i).filter((i) => i % every === 0)
  const offsets = Array.from({ length: EXAMPLES + 1 }, (_, example) => Math.ceil((example * inputs) / every))
  return { offsets, indices: places.map((i) => i % inputs), values: features.filter((_, i) => i % every === 0) }
}

/** Numbers in [0, 1) by mulberry32: what a library is tested on should not be made by it. */
function drawing(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A network as a model of `library`. */
export function modelOf(library, { inputs, dtype, layers, nodes }, options) {
  const made = ([first, ...operands]) =>
    typeof first === 'string' ? library[first](...operands) : library.dense(first, ...operands)
  const given = { inputs, dtype, seed: SEED, ...options }
  if (layers) return library.sequential(given, layers.map(made))
  const node = ([name, [layer, ...from]]) => [name, [made(layer), ...from]]
  return library.graph(given, Object.fromEntries(Object.entries(nodes).map(node)))
}

/** A network of `library` (what 'ravine' exports) after some epochs: its parameters and velocities by name. */
export async function trained(library, network, options = {}, examples = examplesOf(network)) {
  const { dataset, sgd } = library
  const { backend, threads, epochs = EPOCHS } = options
  const model = modelOf(library, network, { backend })
  await model.fit(dataset(examples), { optimizer: sgd(network.optimizer), batchSize: BATCH, epochs, threads })
  const state = stateOf(model)
  model.dispose()
  return state
}

/** Parameters and the states of the optimizer by name. */
export function stateOf(model) {
  const state = new Map()
  for (const [name, { data }] of model.parameters()) state.set(name, data)
  for (const [kind, values] of model.state()) {
    for (const [name, { data }] of values) state.set(`${kind} of ${name}`, data)
  }
  return state
}

/** SHA-256 of all names and bytes of a state. */
export function hashOf(state) {
  const hash = createHash('sha256')
  for (const [name, { buffer, byteOffset, byteLength }] of state) {
    hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength))
  }
  return hash.digest('hex')
}
