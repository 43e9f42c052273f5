import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as ravine from '../src/index.js'
import { fraction, notNegative, positive } from '../src/options.js'
import {
  at,
  checkSchedule,
  isConstant,
  observe,
  type Place,
  plateauOf,
  type Schedule,
  scheduled,
  valueAt,
} from '../src/schedule.js'
import { expectClose, type Tolerance } from './close.js'

const {
  constant,
  cosine,
  cosineRestarts,
  demon,
  exponential,
  inverseTime,
  linear,
  oneCycle,
  piecewise,
  polynomial,
  reduceOnPlateau,
  sequence,
  stepDecay,
  sutskever,
  warmup,
} = ravine

interface Golden {
  readonly library: string
  readonly schedule: Schedule
  readonly values: readonly number[]
}

const golden: {
  readonly cases: readonly (Golden & { readonly steps: readonly number[] })[]
  readonly plateaus: readonly (Golden & { readonly losses: readonly number[] })[]
} = JSON.parse(readFileSync(new URL('golden/schedules.json', import.meta.url), 'utf8'))

const refusal = (message: RegExp) =>
  expect.objectContaining({ code: 'ERR_RAVINE_HYPERPARAMETER', message: expect.stringMatching(message) })
const walk = (schedule: Schedule, steps: number) => Array.from({ length: steps }, (_, step) => at(schedule, step))
const rounding = { relative: 1e-12, absolute: 1e-16 }

const { learningRate, momentum } = oneCycle({ max: 1, steps: 21, rise: 1 / 3, divisor: 4, finalDivisor: 10 })

/** One of each type. */
const all: Schedule[] = [
  constant(0.5),
  linear({ from: 0.5, steps: 10 }),
  stepDecay({ from: 0.5, factor: 0.1, every: 5 }),
  piecewise({ values: [0.5, 0.25], boundaries: [4] }),
  exponential({ from: 0.5, factor: 0.9 }),
  polynomial({ from: 0.5, steps: 10, power: 2 }),
  inverseTime({ from: 0.5, rate: 0.25 }),
  cosine({ from: 0.5, steps: 10, warmup: 2 }),
  cosineRestarts({ from: 0.5, steps: 3, factor: 2 }),
  learningRate,
  demon({ from: 0.9, steps: 10 }),
  sutskever({ max: 0.99 }),
  reduceOnPlateau({ from: 0.5 }),
  sequence([constant(0.5), 3], linear({ from: 0.5, to: 0.9, steps: 5 })),
]

/** PyTorch multiplies its way from step to step; the π of Keras' cosines is a float32. */
function toleranceOf({ library, schedule }: Golden): Tolerance {
  if (library === 'torch') return { relative: 1e-11, absolute: 1e-15 }
  return library === 'keras' && schedule.type.startsWith('cosine') ? { relative: 1e-6 } : rounding
}

describe('goldens', () => {
  test.each(golden.cases.map((run) => [run.library, run.schedule.type, run] as const))('%s: %s', (...[, , run]) => {
    const schedule = checkSchedule('golden', run.schedule)
    expect(schedule).toEqual(run.schedule)
    expectClose(
      run.steps.map((step) => at(schedule, step)),
      run.values,
      toleranceOf(run),
    )
  })

  test.each(golden.plateaus.map((run) => [run.library, run] as const))('%s: plateaus', (_, run) => {
    let place: Place | undefined
    const values = run.losses.map((loss) => {
      place = observe(run.schedule, place, { loss })
      return at(run.schedule, 0, place)
    })
    expectClose(values, run.values, rounding)
    expect(new Set(values).size).toBeGreaterThan(2)
  })
})

describe('by hand', () => {
  test.each<[Schedule, number[]]>([
    [constant(0.5), [0.5, 0.5]],
    [linear({ from: 1, to: 2, steps: 4 }), [1, 1.25, 1.5, 1.75, 2, 2]],
    [linear({ from: 1, steps: 2 }), [1, 0.5, 0, 0]],
    [stepDecay({ from: 1, factor: 0.5, every: 2 }), [1, 1, 0.5, 0.5, 0.25]],
    [piecewise({ values: [3, 2, 1], boundaries: [1, 3] }), [3, 2, 2, 1, 1]],
    [piecewise({ values: [3], boundaries: [] }), [3, 3]],
    [exponential({ from: 8, factor: 0.25, every: 2 }), [8, 4, 2, 1]],
    [polynomial({ from: 17, to: 1, steps: 4, power: 2 }), [17, 10, 5, 2, 1, 1]],
    [inverseTime({ from: 1, rate: 1 }), [1, 1 / 2, 1 / 3, 1 / 4]],
    [inverseTime({ from: 1, rate: 0.5, every: 2 }), [1, 1 / 1.25, 1 / 1.5]],
    [cosine({ from: 3, to: 1, steps: 4 }), [3, 2 + Math.SQRT1_2, 2, 2 - Math.SQRT1_2, 1, 1]],
    [cosine({ from: 1, steps: 4, warmup: 2 }), [0, 0.5, 1, 0.5, 0, 0]],
    [cosineRestarts({ from: 1, steps: 2 }), [1, 0.5, 1, 0.5, 1]],
    [cosineRestarts({ from: 1, steps: 1, factor: 2 }), [1, 1, 0.5, 1]],
    // β₀r / (½ + ½r) with r = 1, ¾, ½, ¼, 0 and β₀ = ½.
    [demon({ from: 0.5, steps: 4 }), [0.5, 3 / 7, 1 / 3, 1 / 5, 0, 0]],
    [reduceOnPlateau({ from: 0.5 }), [0.5, 0.5]],
    [sequence([constant(1), 2], [linear({ from: 2, to: 4, steps: 2 }), 1], constant(5)), [1, 1, 2, 5, 5]],
    [warmup(linear({ from: 1, steps: 2 }), { steps: 2 }), [0, 0.5, 1, 0.5, 0]],
    [warmup(constant(1), { steps: 4, from: 0.5 }), [0.5, 0.625, 0.75, 0.875, 1, 1]],
    [warmup(reduceOnPlateau({ from: 1 }), { steps: 2 }), [0, 0.5, 1, 1]],
  ])('%o', (schedule, values) => {
    expectClose(walk(schedule, values.length), values, { relative: 1e-15, absolute: 1e-16 })
  })

  test('sutskever: ½, ¾, ⅚, ⅞ for 250 steps each, up to max', () => {
    const schedule = sutskever({ max: 0.85 })
    const steps = [0, 249, 250, 499, 500, 749, 750, 1e6]
    expectClose(
      steps.map((step) => at(schedule, step)),
      [0.5, 0.5, 0.75, 0.75, 5 / 6, 5 / 6, 0.85, 0.85],
      rounding,
    )
    expect(at(sutskever({ max: 0 }), 0)).toBe(0)
  })

  test('oneCycle: up in ⅓·21 − 1 = 6 steps, down in 14; momentum the other way', () => {
    // Half a wave: 0, ½ and 1 of the way at its start, middle and end.
    expectClose(
      [0, 3, 6, 13, 20, 21, 1000].map((step) => at(learningRate, step)),
      [0.25, 0.625, 1, 0.5125, 0.025, 0.025, 0.025],
      rounding,
    )
    expectClose(
      [0, 3, 6, 13, 20, 1000].map((step) => at(momentum, step)),
      [0.95, 0.9, 0.85, 0.9, 0.95, 0.95],
      rounding,
    )
  })
})

describe('laws', () => {
  test.each(all.map((schedule) => [schedule.type, schedule] as const))(
    '%s is frozen data that JSON keeps',
    (_, schedule) => {
      expect(Object.isFrozen(schedule)).toBe(true)
      expect(checkSchedule('json', JSON.parse(JSON.stringify(schedule)))).toEqual(schedule)
      expect(scheduled(positive).test(JSON.parse(JSON.stringify(schedule)))).toBe(true)
      expect(() => checkSchedule('json', { ...schedule, steeps: 1 })).toThrow(refusal(/'steeps'/))
    },
  )

  test.each(all.map((schedule) => [schedule.type, schedule] as const))(
    '%s ends at rest or falls to 0',
    (_, schedule) => {
      const far = [1e6, 1e9, Number.MAX_SAFE_INTEGER].map((step) => at(schedule, step))
      for (const value of far) expect(notNegative.test(value)).toBe(true)
    },
  )

  test.each<[Schedule, number, number]>([
    [linear({ from: 0.3, to: 0.7, steps: 1000 }), 1000, 0.7],
    [polynomial({ from: 0.3, to: 0.1, steps: 1000, power: 3 }), 1000, 0.1],
    [cosine({ from: 0.3, to: 0.1, steps: 1000, warmup: 100 }), 100, 0.3],
    [cosine({ from: 0.3, to: 0.1, steps: 1000, warmup: 100 }), 1000, 0.1],
    [demon({ from: 0.9, steps: 1000 }), 1000, 0],
    [oneCycle({ max: 0.3, steps: 1001, rise: 0.5 }).learningRate, 499, 0.3],
    [warmup(cosine({ from: 0.3, steps: 1000 }), { steps: 500 }), 500, 0.3],
  ])('%o is continuous where it turns', (schedule, turn, value) => {
    expectClose(
      [-1, 0, 1].map((shift) => at(schedule, turn + shift)),
      [value, value, value],
      { absolute: 0.01 },
    )
    expectClose(at(schedule, turn), value, { relative: 0.001 })
  })

  test('ends are met to the bit', () => {
    for (const [from, to] of [
      [0.1, 0.3],
      [0.7, 0.1],
      [1 / 3, 1e-9],
    ]) {
      const shape = { from, to, steps: 7 }
      for (const schedule of [linear(shape), polynomial({ ...shape, power: 1.5 }), cosine(shape)])
        expect([at(schedule, 0), at(schedule, 7)]).toEqual([from, to])
    }
  })

  test('polynomial of power 1 is linear; a sequence counts each part from 0', () => {
    const shape = { from: 0.9, to: 0.2, steps: 13 }
    expectClose(walk(polynomial(shape), 20), walk(linear(shape), 20), rounding)
    const parts = sequence([linear(shape), 20], linear(shape))
    expect(walk(parts, 40)).toEqual([...walk(linear(shape), 20), ...walk(linear(shape), 20)])
  })

  test('what arrays a maker was given may be changed later', () => {
    const [values, boundaries] = [[1, 2], [5]]
    const schedule = piecewise({ values, boundaries })
    values[0] = 7
    expect(at(schedule, 0)).toBe(1)
  })
})

describe('reduceOnPlateau', () => {
  const schedule = reduceOnPlateau({ from: 1, factor: 0.5, patience: 2, minDelta: 0.1, monitor: 'loss', min: 0.3 })
  const placeAfter = (values: number[], rule: Schedule = schedule, monitor = 'loss') =>
    values.reduce<Place | undefined>((place, value) => observe(rule, place, { [monitor]: value }), undefined)

  test('remembers the best, how long ago it was, and what it has come to', () => {
    expect(placeAfter([1])).toEqual({ best: 1, wait: 0, factor: 1 })
    expect(placeAfter([1, 0.95])).toEqual({ best: 1, wait: 1, factor: 1 })
    expect(placeAfter([1, 0.95, 0.85])).toEqual({ best: 0.85, wait: 0, factor: 1 })
    expect(placeAfter([1, 1, 1])).toEqual({ best: 1, wait: 0, factor: 0.5 })
    expect(placeAfter([1, 1, 1, 1, 1])).toEqual({ best: 1, wait: 0, factor: 0.25 })
    expect(at(schedule, 9, placeAfter([1, 1, 1, 1, 1]))).toBe(0.3)
  })

  test('waits for metrics to rise, and for losses and errors to fall', () => {
    const rising = reduceOnPlateau({ from: 1, patience: 1, minDelta: 0, monitor: 'validationAccuracy' })
    expect(placeAfter([0.5, 0.6, 0.7], rising, 'validationAccuracy')).toEqual({ best: 0.7, wait: 0, factor: 1 })
    expect(placeAfter([0.5, 0.4], rising, 'validationAccuracy')?.factor).toBe(0.1)
    for (const monitor of ['loss', 'validationLoss', 'meanAbsoluteError', 'validationMeanSquaredError']) {
      const falling = reduceOnPlateau({ from: 1, patience: 1, minDelta: 0, monitor })
      expect(placeAfter([0.5, 0.4], falling, monitor)?.factor).toBe(1)
      expect(placeAfter([0.5, 0.6], falling, monitor)?.factor).toBe(0.1)
    }
  })

  test('holds NaN for no improvement', () => {
    expect(placeAfter([Number.NaN, 1])).toEqual({ best: 1, wait: 0, factor: 1 })
    expect(placeAfter([1, Number.NaN, Number.NaN])?.factor).toBe(0.5)
  })

  test('is found within a sequence, and refused twice', () => {
    const whole = warmup(schedule, { steps: 10 })
    expect(plateauOf(whole)).toEqual(schedule)
    expect(at(whole, 10, placeAfter([1, 1, 1], whole))).toBe(0.5)
    expect(() => sequence([schedule, 3], schedule)).toThrow(refusal(/at most one reduceOnPlateau/))
  })

  test('nothing else remembers', () => {
    for (const value of [0.1, () => 0.1, linear({ from: 1, steps: 2 })])
      expect(observe(value, undefined, { loss: 1 })).toBe(undefined)
  })

  test('names what the epochs tell where they do not tell what is monitored', () => {
    const entry = { epoch: 1, loss: 1, validationLoss: undefined }
    expect(() => observe(reduceOnPlateau({ from: 1 }), undefined, entry)).toThrow(
      refusal(/^reduceOnPlateau: expected monitor to be one of epoch, loss, .* but received 'validationLoss'/),
    )
  })
})

describe('valueAt', () => {
  test('takes numbers, schedules and functions of the step', () => {
    expect(valueAt('fit', 'momentum', 0.9, 3, fraction)).toBe(0.9)
    expect(valueAt('fit', 'momentum', linear({ from: 0.5, steps: 4 }), 2, fraction)).toBe(0.25)
    expect(valueAt('fit', 'momentum', (step) => step / 4, 3, fraction)).toBe(0.75)
    expect([0.1, () => 0.1, constant(0.1)].map(isConstant)).toEqual([true, false, false])
  })

  test.each<[ravine.Scheduled, number, RegExp]>([
    [() => Number.NaN, 17, /^fit: expected momentum to be a number in \[0, 1\) at step 17 but received NaN$/],
    [(step) => step, 1, /at step 1 but received 1$/],
    [() => '0.5' as unknown as number, 0, /at step 0 but received '0.5'/],
    [() => undefined as unknown as number, 0, /at step 0 but received undefined/],
    [linear({ from: 0.5, to: 1.5, steps: 2 }), 1, /at step 1 but received 1$/],
  ])('refuses what breaks the rule: %o', (value, step, message) => {
    expect(() => valueAt('fit', 'momentum', value, step, fraction)).toThrow(refusal(message))
  })

  test('the rule of an option says all that it takes', () => {
    const rule = scheduled(positive)
    expect(rule.expected).toBe('a number > 0 or a schedule or a function of the step')
    const values = [0.1, 0, constant(0.1), () => 0.1, 'cosine', null, {}, { type: 'cosine' }, { type: 'constructor' }]
    expect(values.map(rule.test)).toEqual([true, false, true, true, false, false, false, false, false])
    // A pair is no schedule: its parts are.
    expect(rule.test(oneCycle({ max: 1, steps: 10 }))).toBe(false)
  })
})

// biome-ignore lint/suspicious/noExplicitAny: what no type allows is what is refused
type Wrong = any

describe('refuses', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['constant below 0', () => constant(-1), /^constant: expected value to be a number ≥ 0 but received -1/],
    [
      'linear without from',
      () => linear({ steps: 3 } as Wrong),
      /^linear: expected from to be a number ≥ 0 but received undefined/,
    ],
    ['linear of 0 steps', () => linear({ from: 1, steps: 0 }), /steps to be a whole number ≥ 1 but received 0/],
    ['linear to ∞', () => linear({ from: 1, to: Infinity, steps: 3 }), /to to be a number ≥ 0 but received Infinity/],
    ['linear of NaN', () => linear({ from: Number.NaN, steps: 3 }), /from to be a number ≥ 0 but received NaN/],
    ['an unknown option', () => linear({ form: 1, steps: 3 } as Wrong), /did you mean 'from'/],
    ['stepDecay by 0', () => stepDecay({ from: 1, factor: 0, every: 2 }), /factor to be a number > 0 but received 0/],
    ['stepDecay without every', () => stepDecay({ from: 1, factor: 0.5 } as Wrong), /every to be a whole number ≥ 1/],
    ['piecewise of too few values', () => piecewise({ values: [1], boundaries: [3] }), /2 values with 1 boundaries/],
    ['boundaries that do not rise', () => piecewise({ values: [1, 2, 3], boundaries: [3, 3] }), /boundaries to be/],
    ['boundaries of NaN', () => piecewise({ values: [1, 2], boundaries: [Number.NaN] }), /boundaries to be/],
    ['values below 0', () => piecewise({ values: [1, -2], boundaries: [1] }), /values to be an array of numbers ≥ 0/],
    ['exponential by −1', () => exponential({ from: 1, factor: -1 }), /factor/],
    ['exponential every ½ step', () => exponential({ from: 1, factor: 1, every: 0.5 }), /every/],
    ['polynomial of power 0', () => polynomial({ from: 1, steps: 3, power: 0 }), /power to be a number > 0/],
    ['inverseTime below 0', () => inverseTime({ from: 1, rate: -1 }), /rate to be a number ≥ 0/],
    [
      'cosine of nothing but warm-up',
      () => cosine({ from: 1, steps: 3, warmup: 3 }),
      /warmup < 3, the steps but received 3/,
    ],
    [
      'cosineRestarts by 1.5',
      () => cosineRestarts({ from: 1, steps: 3, factor: 1.5 }),
      /factor to be a whole number ≥ 1/,
    ],
    ['oneCycle without max', () => oneCycle({ steps: 10 } as Wrong), /max to be a number > 0 but received undefined/],
    [
      'oneCycle that only rises',
      () => oneCycle({ max: 1, steps: 10, rise: 1 }),
      /rise to be a number in \(0, 1\) but received 1/,
    ],
    ['oneCycle of too few steps', () => oneCycle({ max: 1, steps: 3 }), /steps > 1 \/ 0.3, the rise but received 3/],
    ['oneCycle of momentum 1', () => oneCycle({ max: 1, steps: 9, maxMomentum: 1 }), /maxMomentum/],
    [
      'oneCycle upside down',
      () => oneCycle({ max: 1, steps: 9, minMomentum: 0.9, maxMomentum: 0.8 }),
      /minMomentum ≤ 0.8/,
    ],
    ['demon from 1', () => demon({ from: 1, steps: 3 }), /from to be a number in \[0, 1\) but received 1/],
    ['sutskever to 1', () => sutskever({ max: 1 }), /max to be a number in \[0, 1\)/],
    ['plateaus of factor 1', () => reduceOnPlateau({ from: 1, factor: 1 }), /factor to be a number in \(0, 1\)/],
    ['plateaus of patience 0', () => reduceOnPlateau({ from: 1, patience: 0 }), /patience to be a whole number ≥ 1/],
    ['an empty sequence', () => sequence(...([] as Wrong)), /a schedule but received undefined/],
    ['a sequence without steps', () => sequence(constant(1) as Wrong, constant(2)), /steps to be an array/],
    ['a sequence of numbers', () => sequence([0.1 as Wrong, 3], constant(2)), /a schedule but received 0.1/],
    [
      'steps of the last',
      () => checkSchedule('', { type: 'sequence', schedules: [constant(1)], steps: [1] }),
      /steps of all schedules but the last/,
    ],
    ['warmup of a number', () => warmup(0.1 as Wrong, { steps: 3 }), /^warmup: expected a schedule but received 0.1/],
    ['warmup without steps', () => warmup(constant(1), {} as Wrong), /^warmup: expected steps/],
    ['nothing', () => cosine(undefined as Wrong), /an object of options/],
    ['another type', () => checkSchedule('fit', { type: 'toString' }), /^fit: expected a schedule/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(refusal(message))
  })
})

test('linear of arrays is still the layer', () => {
  const sizes = { batch: 1, inputs: 2, outputs: 1 }
  const [input, weight, bias] = [[1, 2], [3, 4], [5]].map((numbers) => Float64Array.from(numbers))
  expect([...linear(input, weight, bias, sizes)]).toEqual([16])
})
