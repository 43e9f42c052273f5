import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { dense } from '../src/layers.js'
import { type Differentiable, minimize } from '../src/minimize.js'
import { type SgdOptions, sgd } from '../src/optimizers/sgd.js'
import { reduceOnPlateau } from '../src/schedules/reduceOnPlateau.js'
import { sequential } from '../src/sequential.js'
import { expectClose } from './close.js'
import { ravineOf } from './functions.js'

interface Case {
  readonly function: 'quadratic' | 'logistic'
  readonly curvatures: number[]
  readonly options: { learningRate: number; momentum: number | null; restart: 'function' | 'gradient' | null }
  readonly start: number[]
  readonly restarts: number[]
  readonly parameters: number[][]
}

const file = new URL('golden/restart.json', import.meta.url)
const golden: { cases: Case[] } = JSON.parse(readFileSync(file, 'utf8'))

const logistic =
  (curvatures: readonly number[]): Differentiable =>
  (x) => ({
    value: curvatures.reduce((sum, c, i) => sum + c * Math.log(Math.cosh(x[i])), 0),
    gradient: curvatures.map((c, i) => c * Math.tanh(x[i])),
  })

/** β of the accelerated method: θ from 1, θ⁺² = (1 − θ⁺)θ², β = θ(1 − θ)/(θ² + θ⁺). */
const growing = (step: number): number => {
  let [theta, beta] = [1, 0]
  for (let i = 0; i <= step; i++) {
    const next = (theta * (Math.sqrt(theta ** 2 + 4) - theta)) / 2
    beta = (theta * (1 - theta)) / (theta ** 2 + next)
    theta = next
  }
  return beta
}

describe('sgd with restart', () => {
  // What grows needs the momentum of the step before, which only restart keeps.
  const cases = golden.cases.filter(({ options }) => options.restart !== null || options.momentum !== null)

  test.each(cases)('takes the steps of the paper: $function, $options', (given) => {
    const { learningRate, momentum, restart } = given.options
    const options: SgdOptions = {
      learningRate,
      momentum: momentum ?? growing,
      nesterov: true,
      ...(restart && { restart }),
    }
    const f = given.function === 'quadratic' ? ravineOf(...given.curvatures).f : logistic(given.curvatures)
    const { path } = minimize(f, given.start, { optimizer: sgd(options), steps: given.parameters.length })
    expect(path.length).toBe(given.parameters.length + 1)
    expectClose(
      path.slice(1).flatMap((x) => Array.from(x)),
      given.parameters.flat(),
      { absolute: 1e-12 },
    )
  })

  test.each<[what: string, options: object, says: RegExp]>([
    ['another scheme', { restart: 'speed' }, /restart to be one of 'function', 'gradient' but received 'speed'/],
    ['heavy balls', { nesterov: false }, /nesterov with restart but received false/],
    ['another form', { form: 'ema' }, /form 'heavyBall' with restart but received 'ema'/],
    ['decays', { weightDecay: 0.1 }, /no weightDecay with restart but received 0.1/],
  ])('refuses %s', (_, options, says) => {
    const given = { learningRate: 0.1, momentum: 0.9, nesterov: true, restart: 'gradient', ...options }
    const refusal = { code: 'ERR_RAVINE_HYPERPARAMETER', message: expect.stringMatching(says) }
    expect(() => sgd(given as SgdOptions)).toThrow(expect.objectContaining(refusal))
  })

  test('refuses a rate that looks at the values', () => {
    const learningRate = reduceOnPlateau({ from: 0.1, monitor: 'loss' })
    const optimizer = sgd({ learningRate, momentum: 0.9, nesterov: true, restart: 'gradient' })
    const refusal = /^minimize: expected schedules of the step with restart but received 'reduceOnPlateau'$/
    expect(() => minimize(ravineOf(1).f, [1], { optimizer })).toThrow(refusal)
  })

  test('names the step at which its momentum leaves its range', () => {
    const options = {
      learningRate: 0.1,
      momentum: (step: number) => step / 2,
      nesterov: true,
      restart: 'function',
    } as const
    const refusal = /^minimize: expected momentum to be a number in \[0, 1\) at step 2 but received 1$/
    expect(() => minimize(ravineOf(1).f, [1], { optimizer: sgd(options) })).toThrow(refusal)
  })

  test('by function is not for apply, which sees no loss', () => {
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, restart: 'function' })
    const model = sequential({ inputs: 1, seed: 1, backend: 'reference' }, [dense(1)])
    const before = structuredClone([...model.parameters()])
    const batch = { features: Float32Array.of(1, 2), targets: Float32Array.of(1, 2) }
    const gradients = model.gradients(batch, { loss: 'meanSquaredError' })
    expect(() => model.apply(gradients, optimizer)).toThrow(/an optimizer without restart by 'function'/)
    expect([...model.parameters()]).toEqual(before)
  })

  test('there are cases of both schemes, and in each some restarts', () => {
    for (const scheme of ['function', 'gradient'] as const) {
      const own = cases.filter(({ options }) => options.restart === scheme)
      expect(own.length).toBe(3)
      for (const { restarts } of own) expect(restarts.length).toBeGreaterThan(0)
    }
  })

  describe('on a ravine of condition number 10⁴', () => {
    const { f, start } = ravineOf(1, 10, 100, 1000, 10_000)
    const stepsOf = (options: Omit<SgdOptions, 'learningRate'>) => {
      const optimizer = sgd({ learningRate: 1e-4, ...options })
      const { values } = minimize(f, start, { optimizer, steps: 30_000, path: true })
      return values.findIndex((value) => value <= 1e-8 * values[0])
    }
    const constant = stepsOf({ momentum: 0.9 })

    test.each(['function', 'gradient'] as const)(
      '%s comes to 1e-8 in a fifth of the steps of momentum 0.9',
      (restart) => {
        const restarted = stepsOf({ momentum: (step) => step / (step + 3), nesterov: true, restart })
        expect(constant).toBeGreaterThan(0)
        expect(restarted).toBeGreaterThan(0)
        expect(restarted).toBeLessThanOrEqual(constant / 5)
      },
    )
  })
})
