import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { type ErrorCode, RavineError } from '../src/errors.js'
import type { Primitives } from '../src/primitives.js'
import { backends } from './backends.js'

/** Arrays of their own for each call; after a refusal they are as they were. */
function arrays() {
  const memory = new Float32Array(32).fill(7)
  return {
    six: Float32Array.of(1, 2, 3, 4, 5, 6),
    otherSix: Float32Array.of(6, 5, 4, 3, 2, 1),
    four: Float32Array.of(9, 9, 9, 9),
    doubles: Float64Array.of(1, 2, 3, 4, 5, 6),
    memory,
    /** Six numbers of `memory`, from a place on. */
    view: (from: number) => memory.subarray(from, from + 6),
  }
}

type Arrays = ReturnType<typeof arrays>
type Case = [what: string, code: ErrorCode, says: RegExp, call: (ravine: Primitives, given: Arrays) => unknown]

const product = { m: 2, k: 3, n: 2 }
const layer = { batch: 2, inputs: 3, outputs: 2 }
const logits = { batch: 2, classes: 3 }
const errors = { batch: 2, outputs: 3 }
const step = { learningRate: 0.1, momentum: 0.9 }

const shapes: Case[] = [
  [
    'matmul: a of another size',
    'ERR_RAVINE_SHAPE',
    /^matmul: expected a of shape \[2, 3\] \(6 elements\) but received 4 elements$/,
    (ravine, { four, six }) => ravine.matmul(four, six, product),
  ],
  [
    'matmul: b of another size, which is stored transposed',
    'ERR_RAVINE_SHAPE',
    /^matmul: expected b of shape \[2, 3\] \(6 elements\) but received 4 elements$/,
    (ravine, { four, six }) => ravine.matmul(six, four, { ...product, transposeB: true }),
  ],
  [
    'matmul: out of another size',
    'ERR_RAVINE_SHAPE',
    /^matmul: expected out of shape \[2, 2\] \(4 elements\) but received 6 elements$/,
    (ravine, { six, otherSix, view }) => ravine.matmul(six, otherSix, { ...product, out: view(0) }),
  ],
  [
    'matmul: a product beyond all memory',
    'ERR_RAVINE_SHAPE',
    /^matmul: expected the product to fit into memory but received shape \[1099511627776, 1048576\]$/,
    (ravine) => ravine.matmul(new Float32Array(0), new Float32Array(0), { m: 2 ** 40, k: 0, n: 2 ** 20 }),
  ],
  [
    'linear: an input of another size',
    'ERR_RAVINE_SHAPE',
    /^linear: expected input of shape \[2, 3\] \(6 elements\) but received 4 elements$/,
    (ravine, { four, six }) => ravine.linear(four, six, null, layer),
  ],
  [
    'linear: a weight of another size',
    'ERR_RAVINE_SHAPE',
    /^linear: expected weight of shape \[2, 3\]/,
    (ravine, { four, six }) => ravine.linear(six, four, null, layer),
  ],
  [
    'linear: a bias of another size',
    'ERR_RAVINE_SHAPE',
    /^linear: expected bias of shape \[2\] \(2 elements\) but received 4 elements$/,
    (ravine, { six, four }) => ravine.linear(six, six, four, layer),
  ],
  [
    'linearBackward: a gradOutput of another size',
    'ERR_RAVINE_SHAPE',
    /^linearBackward: expected gradOutput of shape \[2, 2\]/,
    (ravine, { six, four }) => ravine.linearBackward(six, six, six, four, layer),
  ],
  [
    'linearBackward: an input of another size',
    'ERR_RAVINE_SHAPE',
    /^linearBackward: expected input of shape \[2, 3\]/,
    (ravine, { six, four }) => ravine.linearBackward(four, four, six, four, layer),
  ],
  [
    'linearBackward: a weight of another size',
    'ERR_RAVINE_SHAPE',
    /^linearBackward: expected weight of shape \[2, 3\]/,
    (ravine, { six, four }) => ravine.linearBackward(four, six, four, four, layer),
  ],
  [
    'linearBackward: an output of another size',
    'ERR_RAVINE_SHAPE',
    /^linearBackward: expected output of shape \[2, 2\]/,
    (ravine, { six, four }) => ravine.linearBackward(four, six, six, six, layer),
  ],
  [
    'activateBackward: arrays of unequal sizes',
    'ERR_RAVINE_SHAPE',
    /^activateBackward: expected output of shape \[6\] \(6 elements\) but received 4 elements$/,
    (ravine, { six, four }) => ravine.activateBackward(six, four, { activation: 'relu' }),
  ],
  [
    'softmaxCrossEntropy: logits of another size',
    'ERR_RAVINE_SHAPE',
    /^softmaxCrossEntropy: expected logits of shape \[2, 3\]/,
    (ravine, { four }) => ravine.softmaxCrossEntropy(four, Uint8Array.of(0, 1), logits),
  ],
  [
    'softmaxCrossEntropy: labels of another number',
    'ERR_RAVINE_SHAPE',
    /^softmaxCrossEntropy: expected labels of shape \[2\] \(2 elements\) but received 3 elements$/,
    (ravine, { six }) => ravine.softmaxCrossEntropy(six, Uint8Array.of(0, 1, 2), logits),
  ],
  [
    'meanSquaredError: outputs of another size',
    'ERR_RAVINE_SHAPE',
    /^meanSquaredError: expected outputs of shape \[2, 3\]/,
    (ravine, { four, six }) => ravine.meanSquaredError(four, six, errors),
  ],
  [
    'meanSquaredError: targets of another size',
    'ERR_RAVINE_SHAPE',
    /^meanSquaredError: expected targets of shape \[2, 3\]/,
    (ravine, { four, six }) => ravine.meanSquaredError(six, four, errors),
  ],
  [
    'momentumStep: a gradient of another size',
    'ERR_RAVINE_SHAPE',
    /^momentumStep: expected gradient of shape \[6\] \(6 elements\) but received 4 elements$/,
    (ravine, { six, four, otherSix }) => ravine.momentumStep(six, four, otherSix, step),
  ],
  [
    'momentumStep: a velocity of another size',
    'ERR_RAVINE_SHAPE',
    /^momentumStep: expected velocity of shape \[6\]/,
    (ravine, { six, four, otherSix }) => ravine.momentumStep(six, otherSix, four, step),
  ],
]

const kinds: Case[] = [
  [
    'matmul: a plain array',
    'ERR_RAVINE_DATA',
    /^matmul: expected a to be a Float32Array or a Float64Array but received an array of 6$/,
    (ravine, { six }) => ravine.matmul([1, 2, 3, 4, 5, 6] as never, six, product),
  ],
  [
    'matmul: two types',
    'ERR_RAVINE_DATA',
    /^matmul: expected b to be a Float32Array as a is but received Float64Array\(6\)$/,
    (ravine, { six, doubles }) => ravine.matmul(six, doubles as never, product),
  ],
  [
    'matmul: out of the other type',
    'ERR_RAVINE_DATA',
    /^matmul: expected out to be a Float64Array as a is but received Float32Array\(4\)$/,
    (ravine, { doubles, four }) => ravine.matmul(doubles, doubles, { ...product, out: four as never }),
  ],
  [
    'matmul: out that is no array',
    'ERR_RAVINE_DATA',
    /^matmul: expected out to be a Float32Array or a Float64Array but received null$/,
    (ravine, { six }) => ravine.matmul(six, six, { ...product, out: null as never }),
  ],
  [
    'linear: integers',
    'ERR_RAVINE_DATA',
    /^linear: expected weight to be a Float32Array or a Float64Array but received Int32Array\(6\)$/,
    (ravine, { six }) => ravine.linear(six, new Int32Array(6) as never, null, layer),
  ],
  [
    'linear: a bias forgotten',
    'ERR_RAVINE_DATA',
    /^linear: expected bias to be a Float32Array or a Float64Array but received an object Object$/,
    (ravine, { six }) => ravine.linear(six, six, layer as never, layer),
  ],
  [
    'linearBackward: two types',
    'ERR_RAVINE_DATA',
    /^linearBackward: expected input to be a Float32Array as gradOutput is/,
    (ravine, { four, six, doubles }) => ravine.linearBackward(four, doubles as never, six, four, layer),
  ],
  [
    'activate: nothing',
    'ERR_RAVINE_DATA',
    /^activate: expected x to be a Float32Array or a Float64Array but received undefined$/,
    (ravine) => ravine.activate(undefined as never, { activation: 'relu' }),
  ],
  [
    'activateBackward: nothing',
    'ERR_RAVINE_DATA',
    /^activateBackward: expected gradOutput to be/,
    (ravine, { six }) => ravine.activateBackward(null as never, six, { activation: 'relu' }),
  ],
  [
    'meanSquaredError: a number',
    'ERR_RAVINE_DATA',
    /^meanSquaredError: expected targets to be a Float32Array or a Float64Array but received 3$/,
    (ravine, { six }) => ravine.meanSquaredError(six, 3 as never, errors),
  ],
  [
    'momentumStep: a DataView',
    'ERR_RAVINE_DATA',
    /^momentumStep: expected gradient to be a Float32Array or a Float64Array/,
    (ravine, { six, otherSix }) => ravine.momentumStep(six, new DataView(new ArrayBuffer(24)) as never, otherSix, step),
  ],
  [
    'momentumStep: two types',
    'ERR_RAVINE_DATA',
    /^momentumStep: expected velocity to be a Float32Array as parameter is/,
    (ravine, { six, otherSix, doubles }) => ravine.momentumStep(six, otherSix, doubles as never, step),
  ],
]

const labels: Case[] = [
  [
    'a label beyond the classes',
    'ERR_RAVINE_DATA',
    /^softmaxCrossEntropy: expected labels\[1\] to be a class in 0 … 2 but received 3$/,
    (ravine, { six }) => ravine.softmaxCrossEntropy(six, Uint8Array.of(2, 3), logits),
  ],
  [
    'a negative label',
    'ERR_RAVINE_DATA',
    /^softmaxCrossEntropy: expected labels\[0\] to be a class in 0 … 2 but received -1$/,
    (ravine, { six }) => ravine.softmaxCrossEntropy(six, Int32Array.of(-1, 0), logits),
  ],
  [
    'labels that are floats',
    'ERR_RAVINE_DATA',
    /^softmaxCrossEntropy: expected labels to be an array of integers, such as a Uint8Array but received Float32Array\(2\)$/,
    (ravine, { six }) => ravine.softmaxCrossEntropy(six, Float32Array.of(0, 1) as never, logits),
  ],
  [
    'labels that are shared',
    'ERR_RAVINE_DATA',
    /^softmaxCrossEntropy: expected labels over memory of one thread/,
    (ravine, { six }) => ravine.softmaxCrossEntropy(six, new Uint8Array(new SharedArrayBuffer(2)), logits),
  ],
]

const aliases: Case[] = [
  [
    'matmul: out is a',
    'ERR_RAVINE_ALIAS',
    /^matmul: expected out, which is written, to share no memory with a but received overlapping arrays$/,
    (ravine, { four }) => ravine.matmul(four, four.slice(), { m: 2, k: 2, n: 2, out: four }),
  ],
  [
    'matmul: out ends in b',
    'ERR_RAVINE_ALIAS',
    /^matmul: expected out, which is written, to share no memory with b/,
    (ravine, { six, view, memory }) => ravine.matmul(six, view(10), { ...product, out: memory.subarray(7, 11) }),
  ],
  [
    'momentumStep: parameter is gradient',
    'ERR_RAVINE_ALIAS',
    /^momentumStep: expected parameter, which is written, to share no memory with gradient/,
    (ravine, { six, otherSix }) => ravine.momentumStep(six, six, otherSix, step),
  ],
  [
    'momentumStep: parameter is velocity',
    'ERR_RAVINE_ALIAS',
    /^momentumStep: expected parameter, which is written, to share no memory with velocity/,
    (ravine, { six, otherSix }) => ravine.momentumStep(six, otherSix, six, step),
  ],
  [
    'momentumStep: velocity is gradient, one number of it',
    'ERR_RAVINE_ALIAS',
    /^momentumStep: expected velocity, which is written, to share no memory with gradient/,
    (ravine, { six, view }) => ravine.momentumStep(six, view(0), view(5), step),
  ],
]

const memories: Case[] = [
  [
    'shared memory',
    'ERR_RAVINE_DATA',
    /^matmul: expected a over memory of one thread but received an object SharedArrayBuffer$/,
    (ravine, { six }) => ravine.matmul(shared(6), six, product),
  ],
  [
    'shared memory to write',
    'ERR_RAVINE_DATA',
    /^momentumStep: expected velocity over memory of one thread/,
    (ravine, { six, otherSix }) => ravine.momentumStep(six, otherSix, shared(6), step),
  ],
  [
    'memory that was transferred',
    'ERR_RAVINE_DATA',
    /^momentumStep: expected gradient that has not been transferred but received an object ArrayBuffer$/,
    (ravine, { six, otherSix }) => ravine.momentumStep(six, transferred(6), otherSix, step),
  ],
  [
    'memory that was transferred, where nothing is expected',
    'ERR_RAVINE_DATA',
    /^matmul: expected b that has not been transferred/,
    (ravine) => ravine.matmul(new Float32Array(0), transferred(6), { m: 1, k: 0, n: 6 }),
  ],
  [
    'memory that can be resized, as a whole',
    'ERR_RAVINE_DATA',
    /^activate: expected x over memory of a fixed size but received an object ArrayBuffer$/,
    (ravine) => ravine.activate(resizable(24), { activation: 'relu' }),
  ],
  [
    'memory that can be resized, in part',
    'ERR_RAVINE_DATA',
    /^activate: expected x over memory of a fixed size/,
    (ravine) => ravine.activate(resizable(24).subarray(0, 2), { activation: 'relu' }),
  ],
]

const options: Case[] = [
  [
    'matmul without options',
    'ERR_RAVINE_HYPERPARAMETER',
    /^matmul: expected an object of options but received undefined$/,
    (ravine, { six }) => ravine.matmul(six, six, undefined as never),
  ],
  [
    'matmul without n',
    'ERR_RAVINE_HYPERPARAMETER',
    /^matmul: expected n to be a whole number ≥ 0 but received undefined$/,
    (ravine, { six }) => ravine.matmul(six, six, { m: 2, k: 3 } as never),
  ],
  [
    'matmul with half a row',
    'ERR_RAVINE_HYPERPARAMETER',
    /^matmul: expected m to be a whole number ≥ 0 but received 1.5$/,
    (ravine, { six }) => ravine.matmul(six, six, { ...product, m: 1.5 }),
  ],
  [
    'matmul with rows below 0',
    'ERR_RAVINE_HYPERPARAMETER',
    /^matmul: expected k to be a whole number ≥ 0 but received -3$/,
    (ravine, { six }) => ravine.matmul(six, six, { ...product, k: -3 }),
  ],
  [
    'matmul with NaN rows',
    'ERR_RAVINE_HYPERPARAMETER',
    /received NaN$/,
    (ravine, { six }) => ravine.matmul(six, six, { ...product, m: Number.NaN }),
  ],
  [
    'matmul with an unknown option',
    'ERR_RAVINE_HYPERPARAMETER',
    /^matmul: expected options among m, k, n, transposeA, transposeB, out but received 'transposeC'; did you mean 'transposeA'\?/,
    (ravine, { six }) => ravine.matmul(six, six, { ...product, transposeC: true } as never),
  ],
  [
    'matmul with a flag that is a number',
    'ERR_RAVINE_HYPERPARAMETER',
    /^matmul: expected transposeA to be true or false but received 1$/,
    (ravine, { six }) => ravine.matmul(six, six, { ...product, transposeA: 1 as never }),
  ],
  [
    'linear with an unknown activation',
    'ERR_RAVINE_HYPERPARAMETER',
    /^linear: expected activation to be one of 'linear', 'relu', 'sigmoid', 'tanh', .*'softplus' but received 'rleu'$/,
    (ravine, { six }) => ravine.linear(six, six, null, { ...layer, activation: 'rleu' as never }),
  ],
  [
    'linearBackward with an unknown option',
    'ERR_RAVINE_HYPERPARAMETER',
    /^linearBackward: expected options among .* but received 'output'; did you mean 'outputs'\?/,
    (ravine, { six, four }) => ravine.linearBackward(four, six, six, four, { ...layer, output: 2 } as never),
  ],
  [
    'activate without an activation',
    'ERR_RAVINE_HYPERPARAMETER',
    /^activate: expected activation to be one of .* but received undefined$/,
    (ravine, { six }) => ravine.activate(six, {} as never),
  ],
  [
    'activateBackward of gelu without its input',
    'ERR_RAVINE_HYPERPARAMETER',
    /^activateBackward: expected input with activation 'gelu', whose output does not tell its derivative, but received undefined$/,
    (ravine, { six }) => ravine.activateBackward(six, six, { activation: 'gelu' }),
  ],
  [
    'activateBackward by an input of another size',
    'ERR_RAVINE_SHAPE',
    /^activateBackward: expected input of shape \[6\] \(6 elements\) but received 4 elements$/,
    (ravine, { six, four }) => ravine.activateBackward(six, six, { activation: 'silu', input: four }),
  ],
  [
    'linearBackward of silu',
    'ERR_RAVINE_HYPERPARAMETER',
    /^linearBackward: expected an activation whose output tells its derivative but received 'silu'$/,
    (ravine, { six }) => ravine.linearBackward(six, six, six, six, { ...layer, activation: 'silu' }),
  ],
  [
    'activateBackward by an inherited name',
    'ERR_RAVINE_HYPERPARAMETER',
    /^activateBackward: expected activation to be one of .* but received 'toString'$/,
    (ravine, { six }) => ravine.activateBackward(six, six, { activation: 'toString' as never }),
  ],
  [
    'softmaxCrossEntropy of no examples, which have no mean',
    'ERR_RAVINE_HYPERPARAMETER',
    /^softmaxCrossEntropy: expected batch to be a whole number ≥ 1 but received 0$/,
    (ravine) => ravine.softmaxCrossEntropy(new Float32Array(0), new Uint8Array(0), { batch: 0, classes: 3 }),
  ],
  [
    'meanSquaredError of no outputs',
    'ERR_RAVINE_HYPERPARAMETER',
    /^meanSquaredError: expected outputs to be a whole number ≥ 1 but received 0$/,
    (ravine) => ravine.meanSquaredError(new Float32Array(0), new Float32Array(0), { batch: 2, outputs: 0 }),
  ],
]

const momentum: Case[] = (
  [
    [{}, /learningRate/],
    [{ learningRate: 0 }, /learningRate to be a number > 0 but received 0/],
    [{ learningRate: Number.NaN }, /learningRate to be a number > 0 but received NaN/],
    [{ learningRate: 0.1, momentum: 1 }, /momentum to be a number in \[0, 1\) but received 1/],
    [{ learningRate: 0.1, momentum: -0.1 }, /momentum/],
    [{ learningRate: 0.1, nesterov: true }, /momentum > 0/],
    [{ learningRate: 0.1, momentum: 0.9, nesterov: true, dampening: 0.1 }, /dampening/],
    [{ learningRate: 0.1, momentum: 0.9, dampening: 0.1 }, /step/],
    [{ learningRate: 0.1, momentum: 0.9, biasCorrection: true, step: 1 }, /'ema'/],
    [{ learningRate: 0.1, momentum: 0.9, form: 'torch' }, /form to be one of 'heavyBall', 'velocity', 'ema'/],
    [{ learningRate: 0.1, weightDecay: -1 }, /weightDecay/],
    [{ learningRate: 0.1, step: 0 }, /step to be a whole number ≥ 1 but received 0/],
    [{ learningRate: 0.1, momentun: 0.9 }, /did you mean 'momentum'\?/],
  ] as const
).map(([given, says]) => [
  `momentumStep with ${JSON.stringify(given)}`,
  'ERR_RAVINE_HYPERPARAMETER',
  says,
  (ravine, { six, otherSix, view }) => ravine.momentumStep(six, otherSix, view(0), given as never),
])

const shared = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * length))

function transferred(length: number): Float32Array {
  const array = new Float32Array(length)
  structuredClone(array.buffer, { transfer: [array.buffer] })
  return array
}

function resizable(bytes: number): Float32Array {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer
  return new Float32Array(new Resizable(bytes, { maxByteLength: 4 * bytes }))
}

const snapshot = ({ view: _, ...given }: Arrays) => structuredClone(given)

function refusal(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

describe.each(backends)('%s refuses', (_, ravine) => {
  const cases = [...shapes, ...kinds, ...labels, ...aliases, ...memories, ...options, ...momentum]

  test.each(cases)('%s', (_, code, says, call) => {
    const given = arrays()
    const before = snapshot(given)
    const error = refusal(() => call(ravine, given))
    expect(error).toBeInstanceOf(RavineError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(snapshot(given)).toEqual(before)
  })
})

describe.each(backends)('%s takes', (_, ravine) => {
  test('one array for two arguments that are read', () => {
    const { four } = arrays()
    expect(ravine.matmul(four, four, { m: 2, k: 2, n: 2 })).toEqual(Float32Array.of(162, 162, 162, 162))
  })

  test('neighbours in one buffer', () => {
    const { view } = arrays()
    ravine.momentumStep(view(6), view(0), view(12), { learningRate: 1 })
    expect(view(6)).toEqual(new Float32Array(6))
    expect(view(0)).toEqual(new Float32Array(6).fill(7))
  })

  test('every kind of integer labels', () => {
    for (const Labels of [Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array, Int8Array, Int16Array, Int32Array]) {
      expect(ravine.softmaxCrossEntropy(arrays().six, Labels.of(2, 0), logits).correct).toBe(1)
    }
    expect(ravine.softmaxCrossEntropy(arrays().six, Buffer.of(2, 0), logits).correct).toBe(1)
  })

  test('arrays of another realm', () => {
    const foreign: Float32Array = runInNewContext('Float32Array.of(-1, 2)')
    expect(ravine.activate(foreign, { activation: 'relu' })).toEqual(Float32Array.of(0, 2))
  })

  test('options that are undefined as left out', () => {
    const { six, otherSix } = arrays()
    const left = { transposeA: undefined, transposeB: undefined, out: undefined }
    expect(ravine.matmul(six, otherSix, { ...product, ...left })).toEqual(ravine.matmul(six, otherSix, product))
  })
})
