import { expect, test } from 'vitest'
import { expectClose } from './close.js'

const exactly = {}
const roughly = { relative: 1e-3, absolute: 1e-6 }

test('accepts what is equal, and what is within the tolerance', () => {
  expectClose([1, 0, -2], [1, 0, -2], exactly)
  expectClose(Float32Array.of(1.0009, -1.0009), [1, -1], roughly)
  expectClose(1e-7, 0, roughly)
  expectClose([], [], exactly)
})

test('adds the relative and the absolute tolerance', () => {
  expectClose(1.0015, 1, { relative: 1e-3, absolute: 1e-3 })
  expect(() => expectClose(1.0025, 1, { relative: 1e-3, absolute: 1e-3 })).toThrow(/is allowed/)
})

test.each([
  ['a difference', 1.002, 1],
  ['a difference below', 0.998, 1],
  ['the other sign', -1, 1],
  ['NaN', Number.NaN, 1],
  ['NaN for NaN', Number.NaN, Number.NaN],
  ['a number for NaN', 1, Number.NaN],
  ['∞', Infinity, 1],
  ['∞ for ∞', Infinity, Infinity],
  ['a number for ∞', 1, Infinity],
  ['0 for 1e30', 0, 1e30],
  ['1e30 for 0', 1e30, 0],
])('refuses %s', (_, actual, expected) => {
  expect(() => expectClose(actual, expected, roughly)).toThrow(/at index 0 of 1/)
  expect(() => expectClose([5, actual], [5, expected], roughly)).toThrow(/at index 1 of 2/)
})

test('refuses NaN and ∞ even where every number is allowed', () => {
  const anything = { absolute: Infinity }
  for (const value of [0, Number.NaN, Infinity]) expect(() => expectClose(value, 1, anything)).toThrow()
})

test('refuses a tolerance that is negative or NaN', () => {
  expect(() => expectClose(1, 1, { absolute: -1 })).toThrow()
  expect(() => expectClose(1, 1, { relative: Number.NaN })).toThrow()
})

test('refuses another length', () => {
  expect(() => expectClose([1, 2], [1, 2, 3], roughly)).toThrow('expected 3 numbers but received 2')
  expect(() => expectClose([], [1], roughly)).toThrow('expected 1 numbers but received 0')
})

test('names the number that is off most', () => {
  expect(() => expectClose([1, 7, 3.1], [1, 2, 3], roughly)).toThrow('expected 2 at index 1 of 3 but received 7')
})
