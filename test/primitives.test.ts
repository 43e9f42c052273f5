import { describe, expect, test } from 'vitest'
import type { MomentumOptions } from '../src/optimizers/sgd.js'
import { Philox } from '../src/random.js'
import { type Activation, activations, byInput, type FloatArray } from '../src/spec.js'
import { backends } from './backends.js'
import { expectClose } from './close.js'

type Floats = typeof Float32Array | typeof Float64Array

const types: [name: string, Floats: Floats, bits: number][] = [
  ['f32', Float32Array, 24],
  ['f64', Float64Array, 53],
]

/** Three parts of a chain, which is cut at multiples of 4096; a cut one place off would round otherwise. */
const LONG = 2 * 4096 + 902

/** Numbers in (−1, 1), each call's the same for the same index. */
function random(length: number, index: number): Float64Array {
  const stream = new Philox(7, 0, index)
  return Float64Array.from({ length }, () => 2 * stream.unit() - 1)
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0)

/** (f(x + h) − f(x − h)) / 2h for every element of x. */
function centralDifferences(x: Float64Array, f: () => number): number[] {
  const h = 1e-6
  return Array.from(x, (value, i) => {
    const at = (shifted: number) => {
      x[i] = shifted
      return f()
    }
    const slope = (at(value + h) - at(value - h)) / (2 * h)
    x[i] = value
    return slope
  })
}

const differences = { relative: 1e-7, absolute: 1e-8 }

describe.each(backends)('%s', (_, ravine) => {
  describe.each(types)('%s', (_, Floats, bits) => {
    const of = (...values: number[]) => Floats.from(values) as FloatArray
    const full = (length: number, value: number) => new Floats(length).fill(value) as FloatArray
    /** The smallest even number that is not reached by adding ones. */
    const huge = 2 ** bits
    /** `huge` followed by ones: a chain swallows the ones of its own part, those after the cut are summed apart. */
    const hugeThenOnes = () => {
      const values = full(LONG, 1)
      values[0] = huge
      return values
    }
    const cutSum = huge + (LONG - 4096)

    describe('matmul', () => {
      // [1 2 3; 4 5 6] · [7 8; 9 10; 11 12]
      const sizes = { m: 2, k: 3, n: 2 }
      const a = of(1, 2, 3, 4, 5, 6)
      const b = of(7, 8, 9, 10, 11, 12)
      const aT = of(1, 4, 2, 5, 3, 6)
      const bT = of(7, 9, 11, 8, 10, 12)
      const c = of(58, 64, 139, 154)

      test('multiplies, with either matrix transposed', () => {
        expect(ravine.matmul(a, b, sizes)).toEqual(c)
        expect(ravine.matmul(aT, b, { ...sizes, transposeA: true })).toEqual(c)
        expect(ravine.matmul(a, bT, { ...sizes, transposeB: true })).toEqual(c)
        expect(ravine.matmul(aT, bT, { ...sizes, transposeA: true, transposeB: true })).toEqual(c)
      })

      test('writes into out without reading it, and returns it', () => {
        const out = full(4, Number.NaN)
        expect(ravine.matmul(a, b, { ...sizes, out })).toBe(out)
        expect(out).toEqual(c)
      })

      test('multiplies sizes of 1', () => {
        expect(ravine.matmul(of(3), of(-4), { m: 1, k: 1, n: 1 })).toEqual(of(-12))
        expect(ravine.matmul(of(2, 3), of(5), { m: 2, k: 1, n: 1 })).toEqual(of(10, 15))
        expect(ravine.matmul(of(2), of(5, 7), { m: 1, k: 1, n: 2 })).toEqual(of(10, 14))
      })

      test('takes sizes of 0; a sum of nothing is 0', () => {
        expect(ravine.matmul(of(), of(1, 2), { m: 0, k: 1, n: 2 })).toEqual(of())
        expect(ravine.matmul(of(1, 2), of(), { m: 2, k: 1, n: 0 })).toEqual(of())
        expect(ravine.matmul(of(), of(), { m: 2, k: 0, n: 1, out: full(2, Number.NaN) })).toEqual(of(0, 0))
        expect(ravine.matmul(of(), of(), { m: 2 ** 40, k: 0, n: 0 })).toEqual(of())
      })

      test('rounds a product and its sum once', () => {
        // (1 + u)² − (1 + 2u) = u², which the product alone would lose.
        const u = 2 ** -Math.ceil(bits / 2)
        expect(ravine.matmul(of(-1, 1 + u), of(1 + 2 * u, 1 + u), { m: 1, k: 2, n: 1 })).toEqual(of(u * u))
      })

      test('sums in order, cut at 4096', () => {
        const [x, ones] = [hugeThenOnes(), full(LONG, 1)]
        for (const transpose of [false, true]) {
          const options = { m: 1, k: LONG, n: 1, transposeA: transpose, transposeB: transpose }
          expect(ravine.matmul(x, ones, options)).toEqual(of(cutSum))
          expect(ravine.matmul(ones, x, options)).toEqual(of(cutSum))
        }
      })

      test('lets NaN and ∞ through, zeros times ∞ included', () => {
        expect(ravine.matmul(of(0, 1), of(Infinity, 1), { m: 1, k: 2, n: 1 })).toEqual(of(Number.NaN))
        expect(ravine.matmul(of(1, 1), of(Infinity, 1), { m: 1, k: 2, n: 1 })).toEqual(of(Infinity))
      })
    })

    describe('linear', () => {
      // [1 2; 3 4] · [1 0; 0 1; 1 −1]ᵀ = [1 2 −1; 3 4 −1]
      const sizes = { batch: 2, inputs: 2, outputs: 3 }
      const input = of(1, 2, 3, 4)
      const weight = of(1, 0, 0, 1, 1, -1)
      const bias = of(0.5, -1, 0)

      test('multiplies by the transposed weight and adds the bias', () => {
        expect(ravine.linear(input, weight, null, sizes)).toEqual(of(1, 2, -1, 3, 4, -1))
        expect(ravine.linear(input, weight, bias, sizes)).toEqual(of(1.5, 1, -1, 3.5, 3, -1))
      })

      test('ends in the activation', () => {
        const activated = (activation: Activation) => ravine.linear(input, weight, bias, { ...sizes, activation })
        const sums = ravine.linear(input, weight, bias, sizes)
        expect(activated('relu')).toEqual(of(1.5, 1, 0, 3.5, 3, 0))
        for (const activation of activations)
          expect(activated(activation)).toEqual(ravine.activate(sums, { activation }))
      })

      test('starts the sum from the bias', () => {
        expect(ravine.linear(of(1, 1), of(1, 1), of(huge), { batch: 1, inputs: 2, outputs: 1 })).toEqual(of(huge))
      })

      test('sums in order, cut at 4096', () => {
        const options = { batch: 1, inputs: LONG, outputs: 1 }
        expect(ravine.linear(full(LONG, 1), full(LONG, 1), of(huge), options)).toEqual(of(cutSum))
      })

      test('takes sizes of 0', () => {
        expect(ravine.linear(of(), weight, bias, { batch: 0, inputs: 2, outputs: 3 })).toEqual(of())
        expect(ravine.linear(of(), of(), bias, { batch: 1, inputs: 0, outputs: 3 })).toEqual(bias)
      })
    })

    describe('linearBackward', () => {
      const sizes = { batch: 2, inputs: 2, outputs: 3 }
      const input = of(1, 2, 3, 4)
      const weight = of(1, 0, 0, 1, 1, -1)
      const gradOutput = of(1, 2, 3, 4, 5, 6)

      test('gives the three gradients', () => {
        expect(ravine.linearBackward(gradOutput, input, weight, full(6, 1), sizes)).toEqual({
          // [1 2 3; 4 5 6] · [1 0; 0 1; 1 −1]
          gradInput: of(4, -1, 10, -1),
          // [1 2 3; 4 5 6]ᵀ · [1 2; 3 4]
          gradWeight: of(13, 18, 17, 24, 21, 30),
          gradBias: of(5, 7, 9),
        })
      })

      test('begins with the derivative of the activation', () => {
        // ReLU was off where its output is 0: gradOutput is [1 0 3; 4 5 0] to the layer.
        const output = of(1.5, 0, 2, 3.5, 3, 0)
        expect(ravine.linearBackward(gradOutput, input, weight, output, { ...sizes, activation: 'relu' })).toEqual({
          gradInput: of(4, -3, 4, 5),
          gradWeight: of(13, 18, 15, 20, 3, 6),
          gradBias: of(5, 5, 3),
        })
      })

      test('sums over the batch and over the outputs in order, cut at 4096', () => {
        const overBatch = { batch: LONG, inputs: 1, outputs: 1 }
        const gradients = ravine.linearBackward(hugeThenOnes(), full(LONG, 1), of(1), full(LONG, 1), overBatch)
        expect(gradients.gradWeight).toEqual(of(cutSum))
        expect(gradients.gradBias).toEqual(of(cutSum))
        const overOutputs = { batch: 1, inputs: 1, outputs: LONG }
        const { gradInput } = ravine.linearBackward(hugeThenOnes(), of(1), full(LONG, 1), full(LONG, 1), overOutputs)
        expect(gradInput).toEqual(of(cutSum))
      })

      test('takes sizes of 0; a sum of nothing is 0', () => {
        const [none, three] = [of(), of(0, 0, 0)]
        expect(ravine.linearBackward(none, none, weight, none, { ...sizes, batch: 0 })).toEqual({
          gradInput: none,
          gradWeight: full(6, 0),
          gradBias: three,
        })
        expect(ravine.linearBackward(none, input, none, none, { ...sizes, outputs: 0 })).toEqual({
          gradInput: full(4, 0),
          gradWeight: none,
          gradBias: none,
        })
        expect(ravine.linearBackward(of(1, 2, 3), none, none, three, { ...sizes, batch: 1, inputs: 0 })).toEqual({
          gradInput: none,
          gradWeight: none,
          gradBias: of(1, 2, 3),
        })
      })
    })

    describe('activate', () => {
      const x = of(-2, -1, 0, 0.5, 3)
      const close = { relative: 2 ** -(bits - 2) }

      test.each([
        ['linear', (x: number) => x],
        ['relu', (x: number) => Math.max(x, 0)],
        ['sigmoid', (x: number) => 1 / (1 + Math.exp(-x))],
        ['tanh', Math.tanh],
        ['leakyRelu', (x: number) => Math.max(x, x / 100)],
        ['silu', (x: number) => x / (1 + Math.exp(-x))],
        ['elu', (x: number) => (x > 0 ? x : Math.expm1(x))],
        ['softplus', (x: number) => Math.log1p(Math.exp(x))],
        ['geluTanh', (x: number) => x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
      ] as const)('is %s', (activation, f) => {
        expectClose(ravine.activate(x, { activation }), Array.from(x, f), close)
      })

      test('is gelu, of the normal distribution: Φ(1) = 0.8413447460685429', () => {
        const expected = [
          -8 * 6.22096057427178e-16,
          -0.15865525393145707,
          0,
          0.5 * 0.6914624612740131,
          0.8413447460685429,
        ]
        expectClose(ravine.activate(of(-8, -1, 0, 0.5, 1), { activation: 'gelu' }), expected, {
          relative: 2 ** -(bits - 3),
        })
      })

      test('keeps the small numbers of elu and softplus', () => {
        expectClose(ravine.activate(of(-1e-10), { activation: 'elu' }), [-1e-10 + 5e-21], close)
        expectClose(ravine.activate(of(-50), { activation: 'softplus' }), [Math.exp(-50)], close)
      })

      test('goes on to the ends of the numbers, and keeps NaN', () => {
        const ends = of(-Infinity, Infinity, Number.NaN)
        expect(ravine.activate(ends, { activation: 'linear' })).toEqual(ends)
        expect(ravine.activate(ends, { activation: 'relu' })).toEqual(of(0, Infinity, Number.NaN))
        expect(ravine.activate(ends, { activation: 'sigmoid' })).toEqual(of(0, 1, Number.NaN))
        expect(ravine.activate(ends, { activation: 'tanh' })).toEqual(of(-1, 1, Number.NaN))
        expect(ravine.activate(ends, { activation: 'leakyRelu' })).toEqual(ends)
        expect(ravine.activate(ends, { activation: 'elu' })).toEqual(of(-1, Infinity, Number.NaN))
        expect(ravine.activate(ends, { activation: 'softplus' })).toEqual(of(0, Infinity, Number.NaN))
        // −∞·0, as in PyTorch.
        for (const activation of ['gelu', 'geluTanh', 'silu'] as const) {
          expect(ravine.activate(ends, { activation })).toEqual(of(Number.NaN, Infinity, Number.NaN))
        }
      })

      test('gives +0 for both zeros under relu', () => {
        expect(ravine.activate(of(0, -0), { activation: 'relu' })).toEqual(of(0, 0))
      })

      test('takes no numbers, and many', () => {
        expect(ravine.activate(of(), { activation: 'tanh' })).toEqual(of())
        expect(ravine.activate(full(LONG, -1), { activation: 'relu' })).toEqual(full(LONG, 0))
      })

      test('leaves its argument', () => {
        ravine.activate(x, { activation: 'relu' })
        expect(x).toEqual(of(-2, -1, 0, 0.5, 3))
      })
    })

    describe('activateBackward', () => {
      test.each([
        // g·1
        ['linear', [4, 4, 4, Number.NaN]],
        // g where the output is above 0; NaN is not below
        ['relu', [0, 4, 4, Number.NaN]],
        // g·y(1 − y)
        ['sigmoid', [0, 0.75, 1, Number.NaN]],
        // g·(1 − y²)
        ['tanh', [4, 3.75, 3, Number.NaN]],
        // g·1/100 where the output is not above 0
        ['leakyRelu', [4 * of(0.01)[0], 4, 4, Number.NaN]],
        // g·(y + 1) where the output is not above 0
        ['elu', [4, 4, 4, Number.NaN]],
      ] as const)('is the derivative of %s by its output', (activation, expected) => {
        const output = of(0, 0.25, 0.5, Number.NaN)
        const gradOutput = of(4, 4, 4, Number.NaN)
        expect(ravine.activateBackward(gradOutput, output, { activation })).toEqual(of(...expected))
      })
    })

    describe('softmaxCrossEntropy', () => {
      test('is −log of the probability of the label', () => {
        // Softmax of (0, log 3) is (1/4, 3/4).
        const logits = of(0, Math.log(3))
        const close = { relative: 2 ** -(bits - 3) }
        const wrong = ravine.softmaxCrossEntropy(logits, Uint8Array.of(0), { batch: 1, classes: 2 })
        const right = ravine.softmaxCrossEntropy(logits, Uint8Array.of(1), { batch: 1, classes: 2 })
        expectClose([wrong.loss, right.loss], [Math.log(4), Math.log(4 / 3)], close)
        expectClose(wrong.gradLogits, [-0.75, 0.75], close)
        expectClose(right.gradLogits, [0.25, -0.25], close)
        expect([wrong.correct, right.correct]).toEqual([0, 1])
      })

      test('is the mean over the batch', () => {
        const { loss, gradLogits, correct } = ravine.softmaxCrossEntropy(of(0, 0, 0, 0), Uint8Array.of(0, 1), {
          batch: 2,
          classes: 2,
        })
        expectClose(loss, Math.log(2), { relative: 1e-15 })
        expect(gradLogits).toEqual(of(-0.25, 0.25, 0.25, -0.25))
        expect(correct).toBe(1)
      })

      test('counts the first of equal logits as the largest', () => {
        const correct = (label: number) =>
          ravine.softmaxCrossEntropy(of(0, 1, 1), Uint8Array.of(label), { batch: 1, classes: 3 }).correct
        expect([0, 1, 2].map(correct)).toEqual([0, 1, 0])
      })

      test('takes logits of any size', () => {
        const { loss, gradLogits } = ravine.softmaxCrossEntropy(of(1e4, -1e4), Int32Array.of(1), {
          batch: 1,
          classes: 2,
        })
        expect(loss).toBe(20000)
        expect(gradLogits).toEqual(of(1, -1))
      })

      test('takes one class, and many', () => {
        expect(ravine.softmaxCrossEntropy(of(5), Uint32Array.of(0), { batch: 1, classes: 1 })).toEqual({
          loss: 0,
          gradLogits: of(0),
          correct: 1,
        })
        const { loss } = ravine.softmaxCrossEntropy(full(LONG, 2), Uint16Array.of(9), { batch: 1, classes: LONG })
        expectClose(loss, Math.log(LONG), { relative: 1e-6 })
      })

      test('is not finite where the logits are not', () => {
        const { loss, gradLogits } = ravine.softmaxCrossEntropy(of(Number.NaN, 1), Uint8Array.of(0), {
          batch: 1,
          classes: 2,
        })
        expect(loss).toBeNaN()
        expect(gradLogits).toEqual(full(2, Number.NaN))
        expect(ravine.softmaxCrossEntropy(of(0, -Infinity), Uint8Array.of(1), { batch: 1, classes: 2 }).loss).toBe(
          Infinity,
        )
      })
    })

    describe('meanSquaredError', () => {
      test('is the mean over the batch and its outputs', () => {
        // Differences 1, 2, −3, 4: squares 1 + 4 + 9 + 16 = 30.
        const result = ravine.meanSquaredError(of(1, 2, 3, 4), of(0, 0, 6, 0), { batch: 2, outputs: 2 })
        expect(result).toEqual({ loss: 7.5, gradOutputs: of(0.5, 1, -1.5, 2) })
      })

      test('takes one number, and many', () => {
        expect(ravine.meanSquaredError(of(3), of(5), { batch: 1, outputs: 1 })).toEqual({
          loss: 4,
          gradOutputs: of(-4),
        })
        expect(ravine.meanSquaredError(full(LONG, 3), full(LONG, 1), { batch: LONG, outputs: 1 }).loss).toBe(4)
        expect(ravine.meanSquaredError(full(LONG, 3), full(LONG, 1), { batch: 1, outputs: LONG }).loss).toBe(4)
      })

      test('is not finite where the numbers are not', () => {
        expect(ravine.meanSquaredError(of(Number.NaN), of(0), { batch: 1, outputs: 1 }).loss).toBeNaN()
      })
    })

    describe('momentumStep', () => {
      /** Parameter and velocity after each of the gradients 1, −2, 4, from 1 and 0, with η = 1/4. */
      function steps(options: Partial<MomentumOptions>): [parameters: number[], velocities: number[]] {
        const [parameter, velocity] = [of(1), of(0)]
        const states = [1, -2, 4].map((gradient, i) => {
          ravine.momentumStep(parameter, of(gradient), velocity, { learningRate: 0.25, step: i + 1, ...options })
          return [parameter[0], velocity[0]]
        })
        return [states.map(([parameter]) => parameter), states.map(([, velocity]) => velocity)]
      }

      test('without momentum is gradient descent', () => {
        // 1 − 1/4; + 2/4; − 4/4
        expect(steps({})).toEqual([
          [0.75, 1.25, 0.25],
          [1, -2, 4],
        ])
      })

      test('heavyBall', () => {
        // v: 1; ½ − 2; −¾ + 4        p: 1 − ¼; + 1.5/4; − 3.25/4
        expect(steps({ momentum: 0.5 })).toEqual([
          [0.75, 1.125, 0.3125],
          [1, -1.5, 3.25],
        ])
      })

      test('heavyBall with nesterov', () => {
        // g + μv: 1.5; −2.75; 5.625
        expect(steps({ momentum: 0.5, nesterov: true })).toEqual([
          [0.625, 1.3125, -0.09375],
          [1, -1.5, 3.25],
        ])
      })

      test('heavyBall with dampening, which the first step has not', () => {
        // v: 1; ½ − 1; −¼ + 2
        expect(steps({ momentum: 0.5, dampening: 0.5 })).toEqual([
          [0.75, 0.875, 0.4375],
          [1, -0.5, 1.75],
        ])
      })

      test('velocity: the same path at a constant learningRate', () => {
        expect(steps({ momentum: 0.5, form: 'velocity' })).toEqual([
          [0.75, 1.125, 0.3125],
          [0.25, -0.375, 0.8125],
        ])
      })

      test('velocity with nesterov', () => {
        expect(steps({ momentum: 0.5, form: 'velocity', nesterov: true })).toEqual([
          [0.625, 1.3125, -0.09375],
          [0.25, -0.375, 0.8125],
        ])
      })

      test('ema', () => {
        // v: ½; ¼ − 1; −⅜ + 2
        expect(steps({ momentum: 0.5, form: 'ema' })).toEqual([
          [0.875, 1.0625, 0.65625],
          [0.5, -0.75, 1.625],
        ])
      })

      test('ema with biasCorrection', () => {
        // η / (1 − μᵗ): ½; ⅓; 2/7
        const [parameters, velocities] = steps({ momentum: 0.5, form: 'ema', biasCorrection: true })
        expectClose(parameters, [0.75, 1, 1 - (2 / 7) * 1.625], { relative: 2 ** -(bits - 2) })
        expect(velocities).toEqual([0.5, -0.75, 1.625])
      })

      test('coupled weight decay is part of the gradient', () => {
        // g + p/2: 1.5; −2 + 0.3125; 4 + 0.4296875
        expect(steps({ momentum: 0.5, weightDecay: 0.5 })).toEqual([
          [0.625, 0.859375, -0.130859375],
          [1.5, -0.9375, 3.9609375],
        ])
      })

      test('decoupled weight decay shrinks the parameter first', () => {
        // p·⅞ − v/4: ⅞ − ¼; 0.546875 + 0.375; 0.806640625 − 0.8125
        expect(steps({ momentum: 0.5, weightDecay: 0.5, decoupled: true })).toEqual([
          [0.625, 0.921875, -0.005859375],
          [1, -1.5, 3.25],
        ])
      })

      test('a velocity below 1e-30 becomes 0, NaN stays', () => {
        const velocity = of(1.9e-30, -1.9e-30, 2.1e-30, Number.NaN)
        const parameter = of(1, 1, 1, 1)
        ravine.momentumStep(parameter, of(0, 0, 0, 0), velocity, { learningRate: 1, momentum: 0.5 })
        expect(velocity).toEqual(of(0, 0, of(2.1e-30)[0] / 2, Number.NaN))
        expect(parameter).toEqual(of(1, 1, 1, Number.NaN))
      })

      test('updates every element, and the gradient none', () => {
        const [parameter, gradient, velocity] = [full(LONG, 1), full(LONG, 2), full(LONG, 4)]
        ravine.momentumStep(parameter, gradient, velocity, { learningRate: 0.5, momentum: 0.5 })
        expect([parameter, gradient, velocity]).toEqual([full(LONG, -1), full(LONG, 2), full(LONG, 4)])
        ravine.momentumStep(of(), of(), of(), { learningRate: 0.5 })
      })
    })

    test('results are of the type of the arguments', () => {
      expect(ravine.matmul(of(1), of(1), { m: 1, k: 1, n: 1 })).toBeInstanceOf(Floats)
      expect(ravine.activate(of(1), { activation: 'relu' })).toBeInstanceOf(Floats)
    })
  })

  describe('gradients against central differences', () => {
    test.each(activations.filter((name) => !byInput.has(name)))('linearBackward with %s', (activation) => {
      const options = { batch: 3, inputs: 4, outputs: 5, activation }
      const [input, weight, bias, weights] = [random(12, 1), random(20, 2), random(5, 3), random(15, 4)]
      const loss = () => dot(ravine.linear(input, weight, bias, options), weights)
      const output = ravine.linear(input, weight, bias, options)
      const { gradInput, gradWeight, gradBias } = ravine.linearBackward(weights, input, weight, output, options)
      expectClose(gradInput, centralDifferences(input, loss), differences)
      expectClose(gradWeight, centralDifferences(weight, loss), differences)
      expectClose(gradBias, centralDifferences(bias, loss), differences)
    })

    test.each(activations)('activateBackward with %s', (activation) => {
      const [x, weights] = [random(20, 5), random(20, 6)]
      const gradient = ravine.activateBackward(weights, ravine.activate(x, { activation }), { activation, input: x })
      expectClose(
        gradient,
        centralDifferences(x, () => dot(ravine.activate(x, { activation }), weights)),
        differences,
      )
    })

    test('softmaxCrossEntropy', () => {
      const [logits, labels, options] = [random(15, 7), Uint8Array.of(4, 0, 2), { batch: 3, classes: 5 }]
      const { gradLogits } = ravine.softmaxCrossEntropy(logits, labels, options)
      const loss = () => ravine.softmaxCrossEntropy(logits, labels, options).loss
      expectClose(gradLogits, centralDifferences(logits, loss), differences)
    })

    test('meanSquaredError', () => {
      const [outputs, targets, options] = [random(15, 8), random(15, 9), { batch: 3, outputs: 5 }]
      const { gradOutputs } = ravine.meanSquaredError(outputs, targets, options)
      const loss = () => ravine.meanSquaredError(outputs, targets, options).loss
      expectClose(gradOutputs, centralDifferences(outputs, loss), differences)
    })
  })

  test('cpu says what computes', () => {
    const { instructionSet, threads } = ravine.cpu()
    expect(instructionSet).toMatch(/^[a-z0-9-]+$/)
    expect(threads).toBeGreaterThanOrEqual(1)
  })
})
