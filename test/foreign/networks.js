// Networks of every layer and activation, a few steps into training, for the files that other tools read: of the library that is given,
// since tests have it from src/ and commands from dist/.

const EXAMPLES = 9
const activations = ['relu', 'leakyRelu', 'gelu', 'geluTanh', 'silu', 'elu', 'softplus', 'sigmoid', 'tanh', 'linear']

/** Numbers in [−1, 1), the same for the same seed. */
function drawn(length, seed) {
  let state = seed + 1
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 48271) >>> 0) % 2147483647
    return state / 1073741824 - 1
  })
}

const numbers = (width, scale = 3) => ({ width, values: drawn(EXAMPLES * width, width).map((x) => x * scale) })
const ids = (width, count) => ({
  width,
  values: drawn(EXAMPLES * width, 7).map((x) => Math.floor(((x + 1) / 2) * count)),
})

/** { layers, or nodes; inputs by name; normalize } */
function networks({ dense, activation, dropout, layerNorm, batchNorm, embedding, flatten, concat, add, dot }) {
  const chain = (layers, features = numbers(4), more = {}) => ({ layers, inputs: { features }, ...more })
  return {
    ...Object.fromEntries(activations.map((name) => [name, chain([dense(5, name), dense(3)])])),
    'an activation alone': chain([activation('softplus')]),
    'without bias': chain([dense(4, 'relu', { bias: false }), dropout(0.3), dense(2, 'linear', { bias: false })]),
    norms: chain([
      ...[layerNorm(), dense(7), batchNorm({ epsilon: 0.01 }), activation('gelu')],
      ...[dense(3), layerNorm({ epsilon: 0.1 }), dropout(0.5)],
    ]),
    ids: chain([embedding(5, 3), flatten(), dense(4, 'tanh'), batchNorm()], ids(3, 5)),
    'one id': chain([embedding(5, 3), flatten()], ids(1, 5)),
    normalised: chain([dense(5, 'relu'), dense(3)], numbers(6, 200), { normalize: { mean: 40, std: 60 } }),
    wide: chain([dense(130, 'relu'), batchNorm(), dense(67, 'elu'), dense(10)], numbers(101)),
    graph: {
      inputs: { user: ids(1, 5), films: ids(2, 6), more: numbers(3) },
      nodes: {
        u: [embedding(5, 6), 'user'],
        f: [embedding(6, 3), 'films'],
        n: [dense(6, 'silu'), 'more'],
        together: [add(), 'u', 'f', 'n'],
        product: [dot(), 'u', 'f'],
        all: [concat(), 'together', 'product', 'more'],
        rating: [dense(2, 'sigmoid'), 'all'],
      },
    },
  }
}

/** Each of the networks as a model, with the features of its inputs and how many there are. */
export function modelsOf(library, { dtype = 'f32', backend = 'reference' } = {}) {
  return Object.entries(networks(library)).map(([name, { layers, nodes, inputs, normalize }]) => {
    const widths = Object.fromEntries(Object.entries(inputs).map(([input, { width }]) => [input, width]))
    const options = { seed: 3, dtype, backend }
    const model = layers
      ? library.sequential({ inputs: widths.features, ...options }, layers)
      : library.graph({ inputs: widths, ...options }, nodes)
    const array = dtype === 'f32' ? Float32Array : Float64Array
    const values = Object.fromEntries(Object.entries(inputs).map(([input, { values }]) => [input, array.from(values)]))
    const features = layers ? values.features : values
    const outputs = model.spec.nodes.at(-1).outputs
    const batch = { features, targets: array.from(drawn(EXAMPLES * outputs, 5)), normalize }
    const optimizer = library.sgd({ learningRate: 0.1 })
    if (model.parameters().size) for (let i = 0; i < 3; i++) model.step(batch, { loss: 'huber', optimizer })
    return { name, model, features, values, widths, examples: EXAMPLES }
  })
}
