import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cosPi64, exp64, expm64, log64, logp64, normal64, pow64, tanh64 } from '../src/reference/math.js'

type Points = [x: number, y: number][]
type PowerPoints = [x: number, n: number, y: number][]
type Name = 'exp' | 'log' | 'tanh' | 'expm' | 'logp' | 'normal' | 'cospi'
const golden: Record<Name, Points> & { readonly pow: PowerPoints } = JSON.parse(
  readFileSync(new URL('golden/math.json', import.meta.url), 'utf8'),
)

const number = new Float64Array(1)
const pattern = new BigInt64Array(number.buffer)

function bitsOf(x: number): bigint {
  number[0] = x
  return pattern[0]
}

/** How many f64 lie from one number to another of the same sign. */
function steps(a: number, b: number): number {
  const distance = Number(bitsOf(a) - bitsOf(b))
  return Math.abs(distance)
}

/** FNV-1a over the words of f(scale·i), i = −5000 … 5000. */
function hash(f: (x: number) => number, scale: number): string {
  let state = 0xcbf29ce484222325n
  for (let i = -5000; i <= 5000; i++) state = BigInt.asUintN(64, (state ^ bitsOf(f(scale * i))) * 0x100000001b3n)
  return state.toString(16)
}

describe.each([
  // An error below 1 ulp leaves at most one step to the correctly rounded value.
  ['exp', exp64, 1],
  ['log', log64, 1],
  ['tanh', tanh64, 1],
  ['expm', expm64, 2],
  ['logp', logp64, 1],
  ['normal', normal64, 4],
] as const)('%s64', (name, f, most) => {
  it(`is ${most} or fewer steps from the correctly rounded value`, () => {
    expect(golden[name].length).toBeGreaterThan(290)
    expect(golden[name].filter(([x, y]) => !(steps(f(x), y) <= most))).toEqual([])
  })
})

describe('the bits', () => {
  it('are those of crates/ravine-kernels/src/math.rs, whose tests have the same numbers', () => {
    expect(hash(exp64, 0.149)).toBe('9ee9ed87c52801fa')
    expect(hash((x) => log64(Math.abs(x)), 0.173)).toBe('8c19c001eeb6f81f')
    expect(hash(tanh64, 0.00173)).toBe('a5b60aeab62a9eef')
    expect(hash(expm64, 0.00173)).toBe('fd772a78872741f6')
    expect(hash((x) => logp64(Math.abs(x)), 0.00173)).toBe('839d1d6edf41d567')
    expect(hash(normal64, 0.0083)).toBe('28b8461e4d3b1ecd')
  })
})

const { MAX_VALUE: largest, MIN_VALUE: smallest } = Number

it.each([
  [0, 1],
  [-0, 1],
  [1, Math.E],
  [709.782712893384, 1.7976931348622732e308],
  [709.7827128933841, Infinity],
  [-745.1332191019411, smallest],
  [-745.1332191019412, 0],
  [largest, Infinity],
  [-largest, 0],
  [Infinity, Infinity],
  [-Infinity, 0],
  [NaN, NaN],
])('exp64(%d) is %d', (x, y) => expect(exp64(x)).toBe(y))

it.each([
  [1, 0],
  [2, Math.LN2],
  [10, Math.LN10],
  [largest, 709.782712893384],
  [smallest, -744.4400719213812],
  [0, -Infinity],
  [-0, -Infinity],
  [Infinity, Infinity],
  [-smallest, NaN],
  [-1, NaN],
  [-Infinity, NaN],
  [NaN, NaN],
])('log64(%d) is %d', (x, y) => expect(log64(x)).toBe(y))

it.each([
  [0, 0],
  [0.5, 0.46211715726000974],
  [1, 0.7615941559557649],
  [3, 0.9950547536867305],
  [smallest, smallest],
  [1e-300, 1e-300],
  [20, 1],
  [largest, 1],
  [Infinity, 1],
  [NaN, NaN],
])('tanh64(±%d) is ±%d', (x, y) => {
  expect(tanh64(x)).toBe(y)
  expect(tanh64(-x)).toBe(-y)
})

describe('cosPi64', () => {
  it('is at most two steps from the correctly rounded value', () => {
    expect(golden.cospi.length).toBeGreaterThan(290)
    expect(golden.cospi.filter(([x, y]) => !(y === 0 ? cosPi64(x) === 0 : steps(cosPi64(x), y) <= 2))).toEqual([])
  })

  it('is exact at the ends and in the middle, and antisymmetric about it', () => {
    expect([0, 0.5, 1].map(cosPi64)).toEqual([1, 0, -1])
    for (let i = 1; i < 64; i++) expect(cosPi64(1 - i / 128)).toBe(-cosPi64(i / 128))
  })

  it('of what is no number is none', () => expect(cosPi64(NaN)).toBeNaN())
})

describe('pow64', () => {
  it('keeps to its error', () => {
    expect(golden.pow.length).toBeGreaterThan(150)
    for (const [x, n, y] of golden.pow) {
      const allowed = Number.isInteger(n) && n <= 64 ? n : 2 + 3 * Math.abs(n * Math.log(x))
      expect(Math.abs(pow64(x, n) - y), `${x}^${n}`).toBeLessThanOrEqual(allowed * 2 ** -53 * y)
    }
  })

  it.each([
    [0.5, 64, 2 ** -64],
    [2, 10, 1024],
    [10, 0, 1],
    [0, 0, 1],
    [0, 2.5, 0],
    [0, 65, 0],
    [1, 1000.5, 1],
    [4, -1, 0.25],
    [NaN, 1, NaN],
    [2, NaN, NaN],
  ])('of %d and %d is %d', (x, n, y) => expect(pow64(x, n)).toBe(y))
})

it.each([
  [0, 0],
  [1e-300, 1e-300],
  [-1e-17, -1e-17],
  [-Infinity, -1],
  [Infinity, Infinity],
  [NaN, NaN],
])('expm64(%d) is %d', (x, y) => expect(expm64(x)).toBe(y))

it.each([
  [0, 0],
  [1e-300, 1e-300],
  [1, Math.LN2],
  [NaN, NaN],
])('logp64(%d) is %d', (x, y) => expect(logp64(x)).toBe(y))

it.each([
  [0, 0.5],
  [-Infinity, 0],
  [-largest, 0],
  [Infinity, 1],
  [9, 1],
  [NaN, NaN],
])('normal64(%d) is %d', (x, y) => expect(normal64(x)).toBe(y))
