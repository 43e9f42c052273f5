import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ErrorCode, RavineError } from '../src/errors.js'
import { dense } from '../src/layers.js'
import type { MomentumSparseOptions } from '../src/momentumSparse.js'
import type { MomentumOptions } from '../src/optimizers/sgd.js'
import { sgd } from '../src/optimizers/sgd.js'
import type { Primitives } from '../src/primitives.js'
import { Philox } from '../src/random.js'
import { cosine } from '../src/schedules/cosine.js'
import { sequential } from '../src/sequential.js'
import type { FloatArray } from '../src/spec.js'
import { backends } from './backends.js'
import { expectSameBits, type Trace } from './bits.js'
import { expectClose } from './close.js'

type Floats = typeof Float32Array | typeof Float64Array

const types: [name: string, Floats: Floats, unit: number][] = [
  ['f32', Float32Array, 2 ** -24],
  ['f64', Float64Array, 2 ** -53],
]

const half = { learningRate: 0.25, momentum: 0.5, width: 2 }

/** Every form, each with every decay. */
const rules: MomentumOptions[] = [
  { learningRate: 0.05 },
  { learningRate: 0.05, momentum: 0.9 },
  { learningRate: 0.05, momentum: 0.9, nesterov: true },
  { learningRate: 0.05, momentum: 0.8, dampening: 0.5 },
  { learningRate: 0.05, momentum: 0.9, form: 'velocity' as const },
  { learningRate: 0.05, momentum: 0.9, form: 'velocity' as const, nesterov: true },
  { learningRate: 0.3, momentum: 0.9, form: 'ema' as const },
  { learningRate: 0.3, momentum: 0.9, form: 'ema' as const, nesterov: true },
  { learningRate: 0.05, momentum: 0.9, form: 'ema' as const, biasCorrection: true },
  { learningRate: 0.05, momentum: 0.5, form: 'ema' as const, biasCorrection: true, nesterov: true },
].flatMap((rule) => [rule, { ...rule, weightDecay: 0.2 }, { ...rule, weightDecay: 0.2, decoupled: true }])

/** What a step lists: rows, and numbers for their gradients. */
type Step = { readonly rows: readonly number[]; readonly gradients: readonly number[] }

const COUNT = 5
const WIDTH = 3

const runs = fc.array(
  fc.array(fc.nat(COUNT - 1), { maxLength: 7 }).chain((rows) =>
    fc.record({
      rows: fc.constant(rows),
      gradients: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
        minLength: rows.length * WIDTH,
        maxLength: rows.length * WIDTH,
      }),
    }),
  ),
  { minLength: 1, maxLength: 40 },
)

/** Numbers in (−1, 1). */
function random(Floats: Floats, length: number, index: number): FloatArray {
  const stream = new Philox(5, 0, index)
  return new Floats(Array.from({ length }, () => 2 * stream.unit() - 1))
}

const begin = (Floats: Floats) => ({
  parameter: random(Floats, COUNT * WIDTH, 1),
  velocity: new Floats(COUNT * WIDTH) as FloatArray,
})

/** The gradient of every row, those that are not listed zero. */
function densely(Floats: Floats, { rows, gradients }: Step): FloatArray {
  const [dense, listed] = [new Floats(COUNT * WIDTH), new Floats(gradients)]
  rows.forEach((row, i) => {
    for (let j = 0; j < WIDTH; j++) dense[row * WIDTH + j] += listed[i * WIDTH + j]
  })
  return dense
}

function runDense(ravine: Primitives, Floats: Floats, steps: readonly Step[], options: MomentumOptions) {
  const { parameter, velocity } = begin(Floats)
  steps.forEach((step, i) => {
    ravine.momentumStep(parameter, densely(Floats, step), velocity, { ...options, step: i + 1 })
  })
  return { parameter, velocity }
}

/** After `momentumCatchUp` where the mode is 'exact'. */
function runSparse(
  ravine: Primitives,
  Floats: Floats,
  steps: readonly Step[],
  options: Omit<MomentumSparseOptions, 'width'>,
  mode: 'lazy' | 'exact',
) {
  const { parameter, velocity } = begin(Floats)
  const lastTouched = new Uint32Array(COUNT)
  steps.forEach(({ rows, gradients }, i) => {
    const step: MomentumSparseOptions = { ...options, width: WIDTH, mode, lastTouched, step: i + 1 }
    ravine.momentumStepSparse(parameter, rows, new Floats(gradients), velocity, step)
  })
  if (mode === 'exact') {
    ravine.momentumCatchUp(parameter, velocity, { ...options, width: WIDTH, lastTouched, step: steps.length })
    expect(lastTouched).toEqual(new Uint32Array(COUNT).fill(steps.length))
  }
  return { parameter, velocity }
}

const traceOf = (state: Record<string, FloatArray>): Trace => new Map(Object.entries(state))

describe.each(backends)('%s', (_, ravine) => {
  describe.each(types)('%s', (_, Floats, unit) => {
    const of = (...values: number[]) => Floats.from(values) as FloatArray

    describe('lazy', () => {
      test('steps the rows that are listed, as TensorFlow does, and leaves the others', () => {
        const parameter = of(1, 1, 1, 1, 1, 1)
        const velocity = of(0, 0, 2, 2, 4, -4)
        ravine.momentumStepSparse(parameter, [2, 0], of(1, 2, 3, 4), velocity, half)
        // Row 2: v = ½·(4, −4) + (1, 2), row 0: v = (3, 4); θ = 1 − ¼v.
        expect(velocity).toEqual(of(3, 4, 2, 2, 3, 0))
        expect(parameter).toEqual(of(0.25, 0, 1, 1, 0.25, 1))
        ravine.momentumStepSparse(parameter, [0], of(0, 0), velocity, { ...half, mode: 'lazy' })
        expect(velocity).toEqual(of(1.5, 2, 2, 2, 3, 0))
        expect(parameter).toEqual(of(-0.125, -0.5, 1, 1, 0.25, 1))
      })

      test('decays only the rows that are listed', () => {
        const [parameter, velocity] = [of(1, 1, 1, 1), of(0, 0, 0, 0)]
        const options = { ...half, weightDecay: 0.5, decoupled: true }
        ravine.momentumStepSparse(parameter, [1], of(0, 1), velocity, options)
        expect(parameter).toEqual(of(1, 1, 0.875, 0.625))
      })

      test('is momentumStep where every row is listed once', () => {
        for (const options of rules) {
          const [dense, sparse] = [begin(Floats), begin(Floats)]
          for (let step = 1; step <= 3; step++) {
            const gradient = random(Floats, COUNT * WIDTH, step + 1)
            const all = [...Array(COUNT).keys()]
            ravine.momentumStep(dense.parameter, gradient, dense.velocity, { ...options, step })
            const own = { ...options, width: WIDTH, step }
            ravine.momentumStepSparse(sparse.parameter, all, gradient, sparse.velocity, own)
          }
          expectSameBits(traceOf(sparse), traceOf(dense))
        }
      })
    })

    test.each(['lazy', 'exact'] as const)('%s sums the gradients of one row first', (mode) => {
      const [parameter, velocity] = [of(1, 1, 1, 1), of(0, 0, 2, 2)]
      const lastTouched = new Uint32Array(2)
      const options = { ...half, mode, lastTouched, step: 1 }
      ravine.momentumStepSparse(parameter, [1, 0, 1], of(1, 2, 3, 4, 5, 6), velocity, options)
      // Row 1: v = ½·2 + (1 + 5, 2 + 6): μ enters once.
      expect(velocity).toEqual(of(3, 4, 7, 9))
      expect(parameter).toEqual(of(0.25, 0, -0.75, -1.25))
    })

    test('sums in the order in which they come', () => {
      const huge = 1 / unit
      const sum = (...gradients: number[]) => {
        const velocity = of(0)
        ravine.momentumStepSparse(of(0), [0, 0, 0], of(...gradients), velocity, { learningRate: 1, width: 1 })
        return velocity[0]
      }
      expect(sum(huge, 1, 1)).toBe(huge)
      expect(sum(1, 1, huge)).toBe(huge + 2)
    })

    describe('exact', () => {
      test('catches up by μ^Δ and makes its step', () => {
        const [parameter, velocity, lastTouched] = [of(1, 1), of(0, 0), new Float64Array(2)]
        const options = { ...half, width: 1, mode: 'exact' as const, lastTouched }
        ravine.momentumStepSparse(parameter, [0], of(1), velocity, { ...options, step: 1 })
        expect([...parameter, ...velocity, ...lastTouched]).toEqual([0.75, 1, 1, 0, 1, 0])
        // Steps 2 and 3: v = ½, ¼, θ = ¾ − ¼·¾. Step 4: v = ⅛ + 2, θ −= ¼·2.125.
        ravine.momentumStepSparse(parameter, [0], of(2), velocity, { ...options, step: 4 })
        expect([...parameter, ...velocity, ...lastTouched]).toEqual([0.03125, 1, 2.125, 0, 4, 0])
        ravine.momentumCatchUp(parameter, velocity, { ...half, width: 1, lastTouched, step: 5 })
        expect([...parameter, ...velocity, ...lastTouched]).toEqual([0.03125 - 0.265625, 1, 1.0625, 0, 5, 5])
      })

      test('catches up with the rows that are asked for, and once', () => {
        const [parameter, velocity, lastTouched] = [of(1, 1, 1), of(1, 2, 4), new Uint32Array(3)]
        const options = { ...half, width: 1, lastTouched, step: 1 }
        for (let again = 0; again < 2; again++) {
          ravine.momentumCatchUp(parameter, velocity, { ...options, rows: [2, 0, 2] })
          expect([...parameter, ...velocity, ...lastTouched]).toEqual([0.875, 1, 0.5, 0.5, 2, 2, 1, 0, 1])
        }
      })

      // Each of the dense rule's steps rounds; in f64 the difference would show a wrong term a million times over.
      const rounding = { absolute: 400 * unit }

      test.each(rules)('is momentumStep for any rows in any order: %o', (options) => {
        fc.assert(
          fc.property(runs, (steps) => {
            const dense = runDense(ravine, Floats, steps, options)
            const sparse = runSparse(ravine, Floats, steps, options, 'exact')
            expectClose(sparse.parameter, dense.parameter, rounding)
            expectClose(sparse.velocity, dense.velocity, rounding)
          }),
          { numRuns: 20, seed: 1 },
        )
      })

      test('is momentumStep where gradients are read off rows that have caught up', () => {
        const options = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 }
        const [dense, sparse, lastTouched] = [begin(Floats), begin(Floats), new Uint32Array(COUNT)]
        for (let step = 1; step <= 60; step++) {
          const row = (step * step) % COUNT
          const own = { ...options, width: WIDTH, lastTouched }
          ravine.momentumCatchUp(sparse.parameter, sparse.velocity, { ...own, step: step - 1, rows: [row] })
          // The gradient of ½(θ − 1)² on one row.
          const slope = (parameter: FloatArray) =>
            Array.from(parameter.subarray(row * WIDTH, (row + 1) * WIDTH), (p) => p - 1)
          const gradients = slope(dense.parameter)
          ravine.momentumStep(dense.parameter, densely(Floats, { rows: [row], gradients }), dense.velocity, {
            ...options,
            step,
          })
          const gradientRow = of(...slope(sparse.parameter))
          ravine.momentumStepSparse(sparse.parameter, [row], gradientRow, sparse.velocity, {
            ...own,
            mode: 'exact',
            step,
          })
        }
        ravine.momentumCatchUp(sparse.parameter, sparse.velocity, { ...options, width: WIDTH, lastTouched, step: 60 })
        expectClose(sparse.parameter, dense.parameter, rounding)
        expectClose(sparse.velocity, dense.velocity, rounding)
      })

      test('follows a rate that changes where all rows catch up first', () => {
        const rates = [0.1, 0.1, 0.02, 0.02, 0.02]
        for (const form of ['heavyBall', 'velocity', 'ema'] as const) {
          const [dense, sparse, lastTouched] = [begin(Floats), begin(Floats), new Uint32Array(COUNT)]
          const at = (step: number) => ({ learningRate: rates[step - 1], momentum: 0.9, form, step })
          rates.forEach((rate, i) => {
            const listed = { rows: [i % 3], gradients: [1, -1, 0.5] }
            ravine.momentumStep(dense.parameter, densely(Floats, listed), dense.velocity, at(i + 1))
            const own = { width: WIDTH, lastTouched }
            if (i > 0 && rate !== rates[i - 1]) {
              ravine.momentumCatchUp(sparse.parameter, sparse.velocity, { ...at(i), ...own })
            }
            const gradient = of(...listed.gradients)
            const options = { ...at(i + 1), ...own, mode: 'exact' as const }
            ravine.momentumStepSparse(sparse.parameter, listed.rows, gradient, sparse.velocity, options)
          })
          ravine.momentumCatchUp(sparse.parameter, sparse.velocity, { ...at(5), width: WIDTH, lastTouched })
          expectClose(sparse.parameter, dense.parameter, { absolute: 20 * unit })
          expectClose(sparse.velocity, dense.velocity, { absolute: 20 * unit })
        }
      })

      test.each<[what: string, MomentumSparseOptions]>([
        ['a rate', { width: WIDTH, momentum: 0.9, learningRate: cosine({ from: 0.1, to: 0.001, steps: 25 }) }],
        [
          'a rate of the velocity',
          { width: WIDTH, momentum: 0.9, learningRate: (t) => 0.1 / (t + 1), form: 'velocity' },
        ],
        ['a momentum', { width: WIDTH, learningRate: 0.05, momentum: (t) => 0.9 - 0.4 / (t + 1), nesterov: true }],
        [
          'a corrected momentum',
          { width: WIDTH, learningRate: 0.05, momentum: (t) => 0.9 - 0.4 / (t + 1), form: 'ema', biasCorrection: true },
        ],
        ['a decay', { width: WIDTH, learningRate: 0.05, momentum: 0.9, weightDecay: cosine({ from: 0.2, steps: 30 }) }],
      ])('is momentum by a schedule: %s', (_, { width, ...options }) => {
        const dtype = Floats === Float64Array ? 'f64' : 'f32'
        const table = () =>
          sequential({ inputs: WIDTH, dtype, backend: 'reference' }, [dense(COUNT, 'linear', { bias: false })])
        fc.assert(
          fc.property(runs, (steps) => {
            const model = table()
            model.setParameters({ '0.weight': begin(Floats).parameter })
            for (const step of steps) model.apply({ '0.weight': densely(Floats, step) }, sgd(options))
            const { parameter } = runSparse(ravine, Floats, steps, options, 'exact')
            expectClose(parameter, model.parameters().get('0.weight')?.data as FloatArray, rounding)
          }),
          { numRuns: 10, seed: 3 },
        )
      })

      test('catches up with millions of steps at once', () => {
        const step = 5_000_000
        const caughtUp = (options: MomentumOptions) => {
          const [parameter, velocity] = [of(3), of(2)]
          ravine.momentumCatchUp(parameter, velocity, { ...options, width: 1, step, lastTouched: Uint32Array.of(1) })
          return [parameter[0], velocity[0]]
        }
        // μ + μ² + … = μ/(1 − μ); a ball that was pulled back to 0 has come to rest there.
        expect(caughtUp({ learningRate: 0.25, momentum: 0.5 })).toEqual([3 - 0.25 * 2, 0])
        expect(caughtUp({ learningRate: 0.25, momentum: 0.5, nesterov: true })).toEqual([3 - 0.25 * 1, 0])
        expect(caughtUp({ learningRate: 0.25, momentum: 0.5, weightDecay: 0.5 })).toEqual([0, 0])
        expect(caughtUp({ learningRate: 0.25, weightDecay: 0.5, decoupled: true })).toEqual([0, 0])
        // Σ μⁱ/(1 − μⁱ⁺¹): ½/¾ + ¼/⅞ + ⅛/(15/16) + …
        const terms = Array.from({ length: 60 }, (_, i) => 2 ** -(i + 1) / (1 - 2 ** -(i + 2)))
        const expected = 3 - 0.25 * 2 * terms.reduce((sum, term) => sum + term, 0)
        const corrected = caughtUp({ learningRate: 0.25, momentum: 0.5, form: 'ema', biasCorrection: true })
        expectClose(corrected, [expected, 0], { relative: 4 * unit })
      })

      test('comes to an end whatever the numbers', () => {
        const options = { learningRate: 1e39, momentum: 0.5, weightDecay: 1e39, form: 'ema' as const }
        const [parameter, velocity] = [Float32Array.of(1), Float32Array.of(1)]
        ravine.momentumCatchUp(parameter, velocity, { ...options, width: 1, step: 5, lastTouched: Uint32Array.of(1) })
        expect(parameter[0]).toBeNaN()
      })

      test('refuses what it would look at for ever, and writes nothing', () => {
        const learningRate = cosine({ from: 0.25, steps: 9 })
        const caughtUp = (step: number) => {
          const [parameter, velocity, lastTouched] = [of(3), of(2), Float64Array.of(1)]
          const call = () =>
            ravine.momentumCatchUp(parameter, velocity, { learningRate, momentum: 0.5, width: 1, step, lastTouched })
          return { call, written: () => [parameter[0], velocity[0], lastTouched[0]] }
        }
        const { call, written } = caughtUp(2 ** 53 - 1)
        expect(call).toThrow(/expected rows that have missed at most 4194304 steps of a schedule .* but received 9007/)
        expect(written()).toEqual([3, 2, 1])
        const few = caughtUp(1000)
        few.call()
        expect(few.written()[2]).toBe(1000)
      })

      test('lets a velocity below 1e-30 be 0, and NaN and ∞ be what they are', () => {
        const [parameter, velocity] = [of(1, 1, Infinity, 1), of(3e-30, Number.NaN, 1, Infinity)]
        const options = { ...half, lastTouched: new Uint32Array(2), step: 2 }
        ravine.momentumCatchUp(parameter, velocity, options)
        expect(parameter).toEqual(of(1, Number.NaN, Infinity, -Infinity))
        expect(velocity).toEqual(of(0, Number.NaN, 0.25, Infinity))
      })
    })

    test.each(['lazy', 'exact'] as const)('%s takes nothing, and rows of any list', (mode) => {
      const lists = [[0, 1], Uint8Array.of(0, 1), Int32Array.of(0, 1), Float64Array.of(0, 1), Uint32Array.of(0, 1)]
      for (const rows of lists) {
        const [parameter, velocity] = [of(1, 1), of(0, 0)]
        const options = { learningRate: 1, width: 1, mode, step: 1, lastTouched: new Uint32Array(2) }
        ravine.momentumStepSparse(parameter, rows, of(1, 2), velocity, options)
        expect(parameter).toEqual(of(0, -1))
      }
      const options = { learningRate: 1, width: 3, mode, step: 1, lastTouched: new Uint32Array(0) }
      ravine.momentumStepSparse(of(), [], of(), of(), options)
      const { parameter, velocity } = begin(Floats)
      const before = parameter.slice()
      const others = { ...options, lastTouched: new Uint32Array(COUNT) }
      ravine.momentumStepSparse(parameter, [], of(), velocity, others)
      expect(parameter).toEqual(before)
      expect(others.lastTouched).toEqual(new Uint32Array(COUNT))
    })
  })
})

describe.each(types)('%s: the backends agree to the bit', (_, Floats) => {
  const [[, native], [, reference]] = backends

  test.each(['lazy', 'exact'] as const)('%s', (mode) => {
    fc.assert(
      fc.property(fc.constantFrom(...rules), runs, (options, steps) => {
        const [ours, theirs] = [native, reference].map((ravine) => runSparse(ravine, Floats, steps, options, mode))
        expectSameBits(traceOf(ours), traceOf(theirs))
      }),
      { numRuns: 150, seed: 2 },
    )
  })

  test('on rows wider than vectors', () => {
    const [count, width] = [64, 67]
    const rows = Uint32Array.from({ length: 500 }, (_, i) => (i * i * 7) % count)
    const [ours, theirs] = [native, reference].map((ravine) => {
      const [parameter, velocity] = [random(Floats, count * width, 1), random(Floats, count * width, 2)]
      const lastTouched = Uint32Array.from({ length: count }, (_, i) => i % 9)
      const options = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true, width, lastTouched }
      const gradients = random(Floats, rows.length * width, 3)
      ravine.momentumStepSparse(parameter, rows, gradients, velocity, { ...options, mode: 'exact', step: 10 })
      ravine.momentumCatchUp(parameter, velocity, { ...options, step: 20 })
      return { parameter, velocity }
    })
    expectSameBits(traceOf(ours), traceOf(theirs))
  })
})

/** Arrays of their own for each call; after a refusal they are as they were. */
const arrays = () => ({
  parameter: Float32Array.of(1, 2, 3, 4, 5, 6),
  velocity: Float32Array.of(1, 1, 1, 1, 1, 1),
  gradients: Float32Array.of(1, 2, 3, 4),
  lastTouched: Uint32Array.of(0, 2, 1),
})

type Given = ReturnType<typeof arrays>
type Case = [what: string, code: ErrorCode, says: RegExp, call: (ravine: Primitives, given: Given) => unknown]

const exact = { ...half, mode: 'exact' as const, step: 4 }

const refused: Case[] = (
  [
    ['no width', 'HYPERPARAMETER', /width to be a whole number ≥ 1 but received undefined/, { width: undefined }],
    ['a width of 0', 'HYPERPARAMETER', /width to be a whole number ≥ 1 but received 0/, { width: 0 }],
    ['a width that cuts a row', 'SHAPE', /parameter of shape \[1, 4\] \(4 elements\)/, { width: 4 }],
    ['another mode', 'HYPERPARAMETER', /mode to be one of 'lazy', 'exact' but received 'eager'/, { mode: 'eager' }],
    ['a typing error', 'HYPERPARAMETER', /did you mean 'lastTouched'/, { lastTouchd: 1 }],
    ['learningRate NaN', 'HYPERPARAMETER', /learningRate/, { learningRate: Number.NaN }],
    ['nesterov without momentum', 'HYPERPARAMETER', /momentum > 0/, { momentum: 0, nesterov: true }],
    ['no step', 'HYPERPARAMETER', /step, counting from 1, to know what rows have missed/, { step: undefined }],
    [
      'a schedule without its step',
      'HYPERPARAMETER',
      /biasCorrection or a schedule/,
      { mode: 'lazy', step: undefined, momentum: () => 0.9 },
    ],
    [
      'a rate that was NaN',
      'HYPERPARAMETER',
      /learningRate to be a number ≥ 0 at step 1 but received NaN/,
      { learningRate: (t: number) => (t === 1 ? Number.NaN : 0.1) },
    ],
    [
      'restart',
      'HYPERPARAMETER',
      /expected options among .* but received 'restart'/,
      { nesterov: true, restart: 'gradient' },
    ],
    ['no lastTouched', 'HYPERPARAMETER', /expected lastTouched, a Uint32Array or/, { lastTouched: undefined }],
    ['lastTouched as a list', 'HYPERPARAMETER', /lastTouched to be a Uint32Array or a/, { lastTouched: [0, 0, 0] }],
    ['lastTouched of another size', 'SHAPE', /lastTouched of shape \[3\]/, { lastTouched: new Uint32Array(2) }],
    ['a row that is ahead', 'DATA', /lastTouched\[1\] to be a step in 0 … 1 but received 2/, { step: 2 }],
    ['half a step', 'DATA', /lastTouched\[0\]/, { lastTouched: Float64Array.of(0.5, 0, 0) }],
    ['NaN for a step', 'DATA', /lastTouched\[1\]/, { lastTouched: Float64Array.of(0, Number.NaN, 0) }],
    ['a step beyond a Uint32Array', 'HYPERPARAMETER', /step to fit into lastTouched/, { step: 2 ** 32 }],
  ] as const
).map(([what, code, says, options]) => [
  what,
  `ERR_RAVINE_${code}`,
  says,
  (ravine, { parameter, gradients, velocity, lastTouched }) =>
    ravine.momentumStepSparse(parameter, [0, 1], gradients, velocity, { ...exact, lastTouched, ...options } as never),
])

const lists: Case[] = (
  [
    ['a row beyond the last', /rows\[1\] to be a whole number in \[0, 3\) but received 3/, [0, 3]],
    ['a row below 0', /rows\[0\] .* but received -1/, [-1, 0]],
    ['half a row', /rows\[0\] .* but received 1.5/, [1.5, 0]],
    ['NaN for a row', /rows\[1\] .* but received NaN/, Float32Array.of(0, Number.NaN)],
    ['2³² for a row', /rows\[1\] .* but received 4294967296/, Float64Array.of(0, 2 ** 32)],
    ['rows of bigints', /rows to be an array of whole numbers/, new BigInt64Array(2)],
    ['rows as text', /rows to be an array of whole numbers/, '01'],
  ] as const
).flatMap(([what, says, rows]) =>
  [{}, exact].map(
    (options): Case => [
      what,
      'ERR_RAVINE_DATA',
      says,
      (ravine, { parameter, gradients, velocity, lastTouched }) =>
        ravine.momentumStepSparse(parameter, rows as never, gradients, velocity, { ...half, lastTouched, ...options }),
    ],
  ),
)

const bytes = (array: ArrayBufferView) => array.buffer as ArrayBuffer

const memories: Case[] = [
  [
    'gradients of another size',
    'ERR_RAVINE_SHAPE',
    /gradientRows of shape \[3, 2\] \(6 elements\) but received 4/,
    (ravine, { parameter, gradients, velocity }) =>
      ravine.momentumStepSparse(parameter, [0, 1, 2], gradients, velocity, half),
  ],
  [
    'a velocity of another size',
    'ERR_RAVINE_SHAPE',
    /velocity of shape \[3, 2\]/,
    (ravine, { parameter, gradients }) => ravine.momentumStepSparse(parameter, [0, 1], gradients, gradients, half),
  ],
  [
    'a mixture of types',
    'ERR_RAVINE_DATA',
    /velocity to be a Float32Array as parameter is/,
    (ravine, { parameter, gradients }) =>
      ravine.momentumStepSparse(parameter, [0, 1], gradients, new Float64Array(6) as never, half),
  ],
  [
    'a parameter that is its velocity',
    'ERR_RAVINE_ALIAS',
    /parameter, which is written, to share no memory with velocity/,
    (ravine, { parameter, gradients }) => ravine.momentumStepSparse(parameter, [0, 1], gradients, parameter, half),
  ],
  [
    'a parameter that holds its gradient',
    'ERR_RAVINE_ALIAS',
    /parameter, which is written, to share no memory with gradientRows/,
    (ravine, { parameter, velocity }) =>
      ravine.momentumStepSparse(parameter, [0, 1], parameter.subarray(2), velocity, half),
  ],
  [
    'a velocity that holds its gradient',
    'ERR_RAVINE_ALIAS',
    /velocity, which is written, to share no memory with gradientRows/,
    (ravine, { parameter, velocity }) =>
      ravine.momentumStepSparse(parameter, [0, 1], velocity.subarray(2), velocity, half),
  ],
  [
    'lastTouched over the velocity',
    'ERR_RAVINE_ALIAS',
    /lastTouched, which is written, to share no memory with velocity/,
    (ravine, { parameter, gradients, velocity }) => {
      const lastTouched = new Uint32Array(bytes(velocity), 0, 3)
      ravine.momentumStepSparse(parameter, [0, 1], gradients, velocity, { ...exact, lastTouched })
    },
  ],
  [
    'catching up with a step that is past',
    'ERR_RAVINE_DATA',
    /^momentumCatchUp: expected lastTouched\[1\] to be a step in 0 … 1 but received 2/,
    (ravine, { parameter, velocity, lastTouched }) =>
      ravine.momentumCatchUp(parameter, velocity, { ...half, lastTouched, step: 1 }),
  ],
  [
    'catching up with a row that there is not',
    'ERR_RAVINE_DATA',
    /^momentumCatchUp: expected rows\[0\] to be a whole number in \[0, 3\) but received 3/,
    (ravine, { parameter, velocity, lastTouched }) =>
      ravine.momentumCatchUp(parameter, velocity, { ...half, lastTouched, step: 3, rows: [3] }),
  ],
  [
    'catching up without learningRate',
    'ERR_RAVINE_HYPERPARAMETER',
    /^momentumCatchUp: expected a learningRate > 0/,
    (ravine, { parameter, velocity, lastTouched }) =>
      ravine.momentumCatchUp(parameter, velocity, { width: 2, lastTouched, step: 3 } as never),
  ],
]

describe.each(backends)('%s refuses', (_, ravine) => {
  test.each([...refused, ...lists, ...memories])('%s', (_, code, says, call) => {
    const given = arrays()
    let error: unknown
    try {
      call(ravine, given)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(RavineError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(given).toEqual(arrays())
  })
})
