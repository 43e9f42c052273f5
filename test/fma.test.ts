import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arithmetic, fma32, fma64 } from '../src/reference/fma.js'

type Triple = [a: number, b: number, c: number]

/** An IEEE format: bits of its mantissa, 2^last its smallest number, and the way between numbers and patterns. */
interface Format {
  name: string
  fma: (...triple: Triple) => number
  mantissa: bigint
  last: bigint
  numbers: Float32Array | Float64Array
  patterns: Uint32Array | BigUint64Array
}

const number32 = new Float32Array(1)
const number64 = new Float64Array(1)
const f32: Format = {
  name: 'fma32',
  fma: fma32,
  mantissa: 23n,
  last: -149n,
  numbers: number32,
  patterns: new Uint32Array(number32.buffer),
}
const f64: Format = {
  name: 'fma64',
  fma: fma64,
  mantissa: 52n,
  last: -1074n,
  numbers: number64,
  patterns: new BigUint64Array(number64.buffer),
}

function patternOf(format: Format, x: number): bigint {
  format.numbers[0] = x
  return BigInt(format.patterns[0])
}

function numberOf(format: Format, pattern: bigint): number {
  if (format.patterns instanceof Uint32Array) format.patterns[0] = Number(pattern)
  else format.patterns[0] = pattern
  return format.numbers[0]
}

const infinityOf = (format: Format) => patternOf(format, Infinity)
const isNegative = (x: number) => x < 0 || Object.is(x, -0)

/** The number of a pattern without sign, in units of 2^last; infinity counts as the number that would follow the largest. */
function wholeOf({ mantissa }: Format, pattern: bigint): bigint {
  const exponent = pattern >> mantissa
  const fraction = pattern & ((1n << mantissa) - 1n)
  return exponent === 0n ? fraction : (fraction + (1n << mantissa)) << (exponent - 1n)
}

function signedWhole(format: Format, x: number): bigint {
  const size = wholeOf(format, patternOf(format, Math.abs(x)))
  return x < 0 ? -size : size
}

/** Whether result is a·b + c rounded to nearest, ties to even: between the midpoints to both neighbours, on one only if even. */
function isFused(format: Format, [a, b, c]: Triple, result: number): boolean {
  // Of what is not finite, no term can round: only a·b must not overflow on its own.
  if (![a, b, c].every(Number.isFinite))
    return Object.is(result, Number.isFinite(a) && Number.isFinite(b) ? c : a * b + c)
  const unit = -format.last
  const exact = signedWhole(format, a) * signedWhole(format, b) + (signedWhole(format, c) << unit)
  const negative = exact === 0n ? isNegative(a) !== isNegative(b) && isNegative(c) : exact < 0n
  if (Number.isNaN(result) || isNegative(result) !== negative) return false

  const pattern = patternOf(format, Math.abs(result))
  const whole = wholeOf(format, pattern)
  const doubled = 2n * (exact < 0n ? -exact : exact)
  const below = pattern === 0n ? -1n : (wholeOf(format, pattern - 1n) + whole) << unit
  const above = (whole + wholeOf(format, pattern + 1n)) << unit
  const even = pattern % 2n === 0n
  const reaches = even ? doubled >= below : doubled > below
  const stays = pattern === infinityOf(format) || (even ? doubled <= above : doubled < above)
  return reaches && stays
}

const sign = fc.constantFrom(1, -1)

/** Every pattern alike: all exponents, subnormals, infinities and NaN. */
function anyNumber(format: Format) {
  const word = fc.integer({ min: 0, max: 0xffffffff }).map(BigInt)
  if (format === f32) return word.map((pattern) => numberOf(format, pattern))
  return fc.tuple(word, word).map(([high, low]) => numberOf(format, (high << 32n) | low))
}

/** c of any size and a·b half of its last bit, or a hair beside: (1 + i·ε)(1 − j·ε) halves. */
function halfway(format: Format): fc.Arbitrary<Triple> {
  const epsilon = 2 ** -Number(format.mantissa)
  const near = fc.integer({ min: 0, max: 4 })
  return fc.tuple(anyNumber(format), near, near, sign).map(([c, i, j, s]) => {
    const exponent = Number(patternOf(format, Math.abs(c)) >> format.mantissa || 1n) + Number(format.last) - 2
    const left = Math.floor(exponent / 2)
    return [s * (1 + i * epsilon) * 2 ** left, (1 - j * epsilon) * 2 ** (exponent - left), c]
  })
}

/** c some patterns beside −a·b, so that almost all digits cancel; a and b small enough not to overflow too often. */
function cancelling(format: Format): fc.Arbitrary<Triple> {
  const number = anyNumber(format)
  return fc.tuple(number, number, fc.integer({ min: -3, max: 3 })).map(([a, b, shift]) => {
    const size = patternOf(format, Math.abs(a * b)) + BigInt(shift)
    const inRange = size < 0n ? 0n : size
    return [a, b, (isNegative(a) === isNegative(b) ? -1 : 1) * numberOf(format, inRange)]
  })
}

/** a·b and c of like size, where the sum rounds in every possible place. */
function alike(format: Format): fc.Arbitrary<Triple> {
  const number = anyNumber(format)
  return fc.tuple(number, number, number, fc.integer({ min: -60, max: 60 })).map(([a, b, c, shift]) => {
    const fraction = patternOf(format, c) & ((1n << format.mantissa) - 1n)
    const exponent = (patternOf(format, Math.abs(a * b)) >> format.mantissa) + BigInt(shift)
    const clamped = exponent < 0n ? 0n : exponent << format.mantissa
    return [a, b, Math.sign(c) * numberOf(format, (clamped | fraction) % infinityOf(format))]
  })
}

const arbitraries = {
  'any patterns': (format: Format): fc.Arbitrary<Triple> =>
    fc.tuple(anyNumber(format), anyNumber(format), anyNumber(format)),
  'terms of like size': alike,
  'halfway cases': halfway,
  'cancelling terms': cancelling,
}

describe.each([f32, f64])('$name', (format) => {
  it.each(Object.entries(arbitraries))('rounds a·b + c once: %s', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary(format), (triple) => isFused(format, triple, format.fma(...triple))),
      { numRuns: 20_000 },
    )
  })

  it('rounds once on every triple of edge values', () => {
    const largest = infinityOf(format) - 1n
    const smallestNormal = 1n << format.mantissa
    const sizes = [0n, 1n, 2n, 3n, smallestNormal - 1n, smallestNormal, smallestNormal + 1n, largest - 1n, largest]
    const edges = [...sizes, infinityOf(format), patternOf(format, 1), patternOf(format, 1) + 1n]
      .map((pattern) => numberOf(format, pattern))
      .flatMap((x) => [x, -x])
      .concat(NaN)
    const wrong = edges.flatMap((a) =>
      edges.flatMap((b) => edges.map((c): Triple => [a, b, c]).filter((t) => !isFused(format, t, format.fma(...t)))),
    )
    expect(wrong).toEqual([])
  })
})

describe('fma32, hard cases by name', () => {
  const epsilon = 2 ** -23
  const largest = 2 ** 128 - 2 ** 104

  it.each<[string, Triple, number]>([
    ['a tie that the lost part pulls down', [1 + epsilon, (1 - epsilon) * 2 ** -24, 1 + epsilon], 1 + epsilon],
    ['a true tie goes to even', [1, 2 ** -24, 1 + epsilon], 1 + 2 * epsilon],
    ['a true tie stays at even', [1, 2 ** -24, 1], 1],
    ['a tie above the largest number, pulled down', [1 + epsilon, (1 - epsilon) * 2 ** 103, largest], largest],
    ['a tie above the largest number', [1, 2 ** 103, largest], Infinity],
    [
      'a hair above that tie, where f64 rounds upwards',
      [1 + 2000 * epsilon, (1 - 1999.5 * epsilon) * 2 ** 103, largest],
      Infinity,
    ],
    ['half of the smallest number', [2 ** -75, 2 ** -75, 0], 0],
    ['more than half of the smallest number', [2 ** -75 * (1 + epsilon), 2 ** -75, 0], 2 ** -149],
    ['less than nothing', [-(2 ** -100), 2 ** -100, 0], -0],
    ['a product beyond the range, brought back', [2 ** 100, 2 ** 28, -largest], 2 ** 104],
    ['terms that cancel', [3, -2, 6], 0],
    ['the sign of two negative zeros', [-0, 1, -0], -0],
    ['infinity times zero', [Infinity, 0, 1], NaN],
  ])('%s', (_, triple, expected) => expect(fma32(...triple)).toBe(expected))
})

describe('fma64, hard cases by name', () => {
  const epsilon = 2 ** -52
  const largest = Number.MAX_VALUE

  it.each<[string, Triple, number]>([
    ['a tie that the lost part pulls down', [1 + epsilon, (1 - epsilon) * 2 ** -53, 1 + epsilon], 1 + epsilon],
    ['a true tie goes to even', [1, 2 ** -53, 1 + epsilon], 1 + 2 * epsilon],
    ['the error of a product', [0.1, 10, -1], 2 ** -54],
    ['a tie above the largest number, pulled down', [1 + epsilon, (1 - epsilon) * 2 ** 970, largest], largest],
    ['a tie above the largest number', [1, 2 ** 970, largest], Infinity],
    ['a product beyond the range, brought back', [2 ** 1000, 2 ** 24, -largest], 2 ** 971],
    ['a product below the range, felt by a tie', [2 ** -600, -(2 ** -600), 1], 1],
    ['half of the smallest number', [2 ** -537, 2 ** -538, 0], 0],
    ['more than half of the smallest number', [2 ** -537 * (1 + epsilon), 2 ** -538, 0], 2 ** -1074],
    ['a subnormal tie, pulled down', [2 ** -537 * (1 + epsilon), 2 ** -538 * (1 - epsilon), 2 ** -1074], 2 ** -1074],
    ['less than nothing', [-(2 ** -1000), 2 ** -1000, 0], -0],
    ['an overflow that no NaN should hide', [largest, largest, -Infinity], -Infinity],
  ])('%s', (_, triple, expected) => expect(fma64(...triple)).toBe(expected))
})

describe('arithmetic', () => {
  it('is that of the element type', () => {
    expect(arithmetic('f32').fma(1 + 2 ** -23, 1 - 2 ** -23, -1)).toBe(-(2 ** -46))
    expect(arithmetic('f32').round(0.1)).toBe(Math.fround(0.1))
    expect(arithmetic('f64').fma(0.1, 10, -1)).toBe(2 ** -54)
    expect(arithmetic('f64').round(0.1)).toBe(0.1)
  })
})
