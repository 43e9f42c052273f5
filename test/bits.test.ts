import { expect, test } from 'vitest'
import type { FloatArray } from '../src/spec.js'
import { expectSameBits, hashOf, type Trace } from './bits.js'

const trace = (...values: number[]): Trace =>
  new Map<string, FloatArray>([
    ['loss', Float64Array.of(0.5)],
    ['weight', Float32Array.from(values)],
  ])

test('accepts the same bits, of views too', () => {
  const view = Float32Array.of(9, 1, 0, NaN, 9).subarray(1, 4)
  expectSameBits(new Map([...trace(), ['weight', view]]), trace(1, 0, NaN))
  expect(hashOf(trace(1, 2))).toMatch(/^[0-9a-f]{64}$/)
})

test('refuses a difference of one bit and names its place', () => {
  const message = 'weight[1] of 3: expected 2 but received 2.000000238418579'
  expect(() => expectSameBits(trace(1, 2 + 2 ** -22, 4), trace(1, 2, 3))).toThrow(message)
})

test('tells 0 from −0', () => {
  expect(() => expectSameBits(trace(-0), trace(0))).toThrow('weight[0] of 1: expected 0 but received -0')
})

test.each<[string, Trace, RegExp]>([
  ['another length', trace(1), /weight: expected Float32Array of 2 but received Float32Array of 1/],
  ['another type', new Map([...trace(), ['weight', Float64Array.of(1, 2)]]), /received Float64Array of 2/],
  ['another place', new Map([['loss', Float64Array.of(0.5)]]), /expected loss, weight but received loss/],
])('refuses %s', (_, actual, message) => {
  expect(() => expectSameBits(actual, trace(1, 2))).toThrow(message)
})
