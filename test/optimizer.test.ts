import { describe, expect, test } from 'vitest'
import { type Optimizer, updateRule } from '../src/optimizer.js'
import { type MomentumOptions, momentumCoefficients, type SgdOptions, sgd } from '../src/optimizers/sgd.js'
import { expectClose } from './close.js'

/** The row of one step: [momentum, gain, rate, coupled decay, decoupled decay]. */
const row = (options: SgdOptions, step = 1) => Array.from(coefficients(sgd(options), step, 1).rows)

/** The rule of some steps, and its numbers. */
const coefficients = (optimizer: Optimizer, firstStep: number, steps: number) =>
  updateRule('test', optimizer, [{ name: 'x', shape: [1] }], firstStep, steps).groups[0]

/** The update that the rows are for, on one number in f64. */
function apply(options: MomentumOptions, gradients: readonly number[], start = 1) {
  let [parameter, velocity] = [start, 0]
  return gradients.map((gradient, i) => {
    const { nesterov, coefficients } = momentumCoefficients('apply', { ...options, step: i + 1 })
    const [momentum, gain, rate, coupled, decoupled] = coefficients
    const decayed = gradient + coupled * parameter
    parameter -= decoupled * parameter
    velocity = momentum * velocity + gain * decayed
    parameter -= rate * (nesterov ? momentum * velocity + gain * decayed : velocity)
    return [parameter, velocity]
  })
}

/** Sums of a few decimal fractions: they are exact but for their last bits. */
const rounding = { absolute: 1e-14 }

const expectSteps = (received: number[][], expected: number[][]) =>
  expectClose(received.flat(), expected.flat(), rounding)

const parametersOf = (steps: number[][]) => steps.map(([parameter]) => parameter)

describe('sgd', () => {
  test('is plain frozen data with every option in it', () => {
    const optimizer = sgd({ learningRate: 0.1 })
    expect(optimizer).toEqual({
      type: 'sgd',
      learningRate: 0.1,
      momentum: 0,
      form: 'heavyBall',
      nesterov: false,
      dampening: 0,
      biasCorrection: false,
      weightDecay: 0,
      decoupled: false,
    })
    expect(Object.isFrozen(optimizer)).toBe(true)
  })

  test.each<[string, object, RegExp]>([
    ['no learningRate', {}, /a learningRate > 0 but received undefined/],
    ['learningRate 0', { learningRate: 0 }, /learningRate to be a number > 0 .*but received 0/],
    ['learningRate NaN', { learningRate: Number.NaN }, /learningRate/],
    ['learningRate ∞', { learningRate: Infinity }, /learningRate/],
    ['learningRate as text', { learningRate: '0.1' }, /learningRate/],
    ['momentum 1', { learningRate: 0.1, momentum: 1 }, /momentum to be a number in \[0, 1\) .*but received 1/],
    ['momentum below 0', { learningRate: 0.1, momentum: -0.1 }, /momentum/],
    ['dampening 1', { learningRate: 0.1, momentum: 0.9, dampening: 1 }, /dampening/],
    ['weightDecay below 0', { learningRate: 0.1, weightDecay: -1 }, /weightDecay/],
    ['another form', { learningRate: 0.1, form: 'keras' }, /'heavyBall', 'velocity', 'ema' but received 'keras'/],
    ['nesterov without momentum', { learningRate: 0.1, nesterov: true }, /momentum > 0 with nesterov/],
    [
      'nesterov with dampening',
      { learningRate: 0.1, momentum: 0.9, nesterov: true, dampening: 0.1 },
      /dampening 0 with nesterov/,
    ],
    ['dampening of ema', { learningRate: 0.1, momentum: 0.9, form: 'ema', dampening: 0.1 }, /form 'heavyBall'/],
    ['dampening without momentum', { learningRate: 0.1, dampening: 0.1 }, /momentum > 0 with dampening/],
    ['biasCorrection of heavyBall', { learningRate: 0.1, momentum: 0.9, biasCorrection: true }, /form 'ema'/],
    ['an unknown name', { learningRate: 0.1, momentun: 0.9 }, /did you mean 'momentum'/],
    ['nothing', null as unknown as object, /an object of options/],
  ])('refuses %s', (_, options, message) => {
    const refusal = { code: 'ERR_RAVINE_HYPERPARAMETER', message: expect.stringMatching(message) }
    expect(() => sgd(options as SgdOptions)).toThrow(expect.objectContaining(refusal))
  })
})

describe('coefficients', () => {
  test('of each form', () => {
    expect(row({ learningRate: 0.5 })).toEqual([0, 1, 0.5, 0, 0])
    expect(row({ learningRate: 0.5, momentum: 0.75 })).toEqual([0.75, 1, 0.5, 0, 0])
    expect(row({ learningRate: 0.5, momentum: 0.75, form: 'velocity' })).toEqual([0.75, 0.5, 1, 0, 0])
    expect(row({ learningRate: 0.5, momentum: 0.75, form: 'ema' })).toEqual([0.75, 0.25, 0.5, 0, 0])
  })

  test('of weight decay, coupled and decoupled', () => {
    expect(row({ learningRate: 0.5, weightDecay: 0.125 })).toEqual([0, 1, 0.5, 0.125, 0])
    expect(row({ learningRate: 0.5, weightDecay: 0.125, decoupled: true })).toEqual([0, 1, 0.5, 0, 0.0625])
  })

  test('of dampening: the first step of all has none', () => {
    const optimizer = sgd({ learningRate: 0.5, momentum: 0.75, dampening: 0.25 })
    const { rows: table } = coefficients(optimizer, 1, 3)
    expect([table[1], table[6], table[11]]).toEqual([1, 0.75, 0.75])
    expect(coefficients(optimizer, 2, 1000).rows.length).toBe(5)
  })

  test('of bias correction: η/(1 − μᵗ), with nesterov η/(1 − μᵗ⁺¹)', () => {
    const options = { learningRate: 1, momentum: 0.5, form: 'ema', biasCorrection: true } as const
    const rates = (nesterov: boolean) => {
      const { rows: table } = coefficients(sgd({ ...options, nesterov }), 1, 3)
      return [table[2], table[7], table[12]]
    }
    expect(rates(false)).toEqual([1 / (1 - 0.5), 1 / (1 - 0.25), 1 / (1 - 0.125)])
    expect(rates(true)).toEqual([1 / (1 - 0.25), 1 / (1 - 0.125), 1 / (1 - 0.0625)])
  })

  test('are one row when nothing changes', () => {
    const { rule, rows } = coefficients(sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }), 1, 20_000)
    expect(rule).toBe('nesterov')
    expect(rows.length).toBe(5)
  })
})

// θ starts at 1, v at 0, η = 0.1, μ = 0.9, gradients 1, −2, 3.
describe('three steps by hand', () => {
  const gradients = [1, -2, 3]
  const base = { learningRate: 0.1, momentum: 0.9 }

  test('heavyBall: v = 1, 0.9 − 2, −0.99 + 3', () => {
    expectSteps(apply(base, gradients), [
      [0.9, 1],
      [1.01, -1.1],
      [0.809, 2.01],
    ])
  })

  test('heavyBall with nesterov: θ moves by η(g + μv)', () => {
    // g + μv = 1 + 0.9, −2 − 0.99, 3 + 1.809
    expectSteps(apply({ ...base, nesterov: true }, gradients), [
      [0.81, 1],
      [1.109, -1.1],
      [0.6281, 2.01],
    ])
  })

  test('heavyBall with dampening ½: v = 1, 0.9 − 1, −0.09 + 1.5', () => {
    expectSteps(apply({ ...base, dampening: 0.5 }, gradients), [
      [0.9, 1],
      [0.91, -0.1],
      [0.769, 1.41],
    ])
  })

  test('velocity: v = 0.1, 0.09 − 0.2, −0.099 + 0.3', () => {
    expectSteps(apply({ ...base, form: 'velocity' }, gradients), [
      [0.9, 0.1],
      [1.01, -0.11],
      [0.809, 0.201],
    ])
  })

  test('ema: v = 0.1, 0.09 − 0.2, −0.099 + 0.3', () => {
    expectSteps(apply({ ...base, form: 'ema' }, gradients), [
      [0.99, 0.1],
      [1.001, -0.11],
      [0.9809, 0.201],
    ])
  })

  test('ema with bias correction: v/(1 − μᵗ) with 0.1, 0.19, 0.271', () => {
    expectSteps(apply({ ...base, form: 'ema', biasCorrection: true }, gradients), [
      [1 - 0.1, 0.1],
      [0.9 + (0.1 * 0.11) / 0.19, -0.11],
      [0.9 + (0.1 * 0.11) / 0.19 - (0.1 * 0.201) / 0.271, 0.201],
    ])
  })

  test('coupled decay enters the velocity: g + λθ = 1.5, −2 + 0.425', () => {
    expectSteps(apply({ ...base, weightDecay: 0.5 }, [1, -2]), [
      [0.85, 1.5],
      [0.8725, -0.225],
    ])
  })

  test('decoupled decay does not: θ ← θ − ηλθ first', () => {
    expectSteps(apply({ ...base, weightDecay: 0.5, decoupled: true }, [1, -2]), [
      [0.95 - 0.1, 1],
      [0.85 * 0.95 + 0.11, -1.1],
    ])
  })
})

describe('laws', () => {
  const gradients = [1, -2, 3, 0.5, -0.25]

  test('ema at η/(1 − μ) is heavyBall at η', () => {
    const heavyBall = apply({ learningRate: 0.1, momentum: 0.9 }, gradients)
    const ema = apply({ learningRate: 0.1 / (1 - 0.9), momentum: 0.9, form: 'ema' }, gradients)
    expectClose(parametersOf(ema), parametersOf(heavyBall), rounding)
  })

  test('velocity is heavyBall at a constant η', () => {
    const heavyBall = apply({ learningRate: 0.1, momentum: 0.9, nesterov: true }, gradients)
    const velocity = apply({ learningRate: 0.1, momentum: 0.9, nesterov: true, form: 'velocity' }, gradients)
    expectClose(parametersOf(velocity), parametersOf(heavyBall), rounding)
  })

  test('a corrected ema of one constant gradient is that gradient', () => {
    const steps = apply({ learningRate: 0.1, momentum: 0.9, form: 'ema', biasCorrection: true }, [2, 2, 2, 2])
    expectClose(parametersOf(steps), [0.8, 0.6, 0.4, 0.2], rounding)
  })
})

describe('momentumCoefficients', () => {
  test.each<MomentumOptions>([
    { learningRate: 0.1, momentum: 0.9, dampening: 0.5 },
    { learningRate: 0.1, momentum: 0.9, form: 'ema', biasCorrection: true },
  ])('asks for the step where the rule depends on it: %o', (options) => {
    expect(() => momentumCoefficients('momentumStep', options)).toThrow(/^momentumStep: expected step, counting from 1/)
    expect(() => momentumCoefficients('momentumStep', { ...options, step: 0 })).toThrow(/step to be a whole number ≥ 1/)
  })

  test('needs no step elsewhere', () => {
    const { nesterov, coefficients } = momentumCoefficients('momentumStep', { learningRate: 0.5, momentum: 0.75 })
    expect(nesterov).toBe(false)
    expect(Array.from(coefficients)).toEqual([0.75, 1, 0.5, 0, 0])
  })
})
