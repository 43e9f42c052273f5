import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mulhi, Philox, philox, shuffled } from '../src/random.js'

type Words = readonly number[]

/** Philox4x32-10 as its paper states it, in whole numbers of any size. */
function paper(counter: Words, key: Words): number[] {
  const low = (x: bigint) => x & 0xffffffffn
  let [x0, x1, x2, x3] = counter.map(BigInt)
  let [k0, k1] = key.map(BigInt)
  for (let round = 0; round < 10; round++) {
    const [p0, p1] = [0xd2511f53n * x0, 0xcd9e8d57n * x2]
    ;[x0, x1, x2, x3] = [(p1 >> 32n) ^ x1 ^ k0, low(p1), (p0 >> 32n) ^ x3 ^ k1, low(p0)]
    ;[k0, k1] = [low(k0 + 0x9e3779b9n), low(k1 + 0xbb67ae85n)]
  }
  return [x0, x1, x2, x3].map(Number)
}

const block = (counter: Words, key: Words) => {
  const words = new Uint32Array(4)
  philox(words, counter[0], counter[1], counter[2], key[0], key[1])
  return [...words]
}

const word = fc.integer({ min: 0, max: 0xffffffff })

describe('philox', () => {
  it("meets Random123's known answers: the paper's form in all three, this one where word 3 of the counter is 0", () => {
    const zero = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]
    expect(block([0, 0, 0], [0, 0])).toEqual(zero)
    expect(paper([0, 0, 0, 0], [0, 0])).toEqual(zero)
    const ones = 0xffffffff
    expect(paper([ones, ones, ones, ones], [ones, ones])).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd])
    const pi = paper([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])
    expect(pi).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1])
  })

  it('equals the form of the paper for every counter and key', () => {
    fc.assert(
      fc.property(fc.tuple(word, word, word), fc.tuple(word, word), (counter, key) => {
        expect(block(counter, key)).toEqual(paper([...counter, 0], key))
      }),
    )
  })
})

describe('mulhi', () => {
  it('is the upper half of the product', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(mulhi(a, b)).toBe(Number((BigInt(a) * BigInt(b)) >> 32n))
      }),
    )
    expect(mulhi(0xffffffff, 0xffffffff)).toBe(0xfffffffe)
  })
})

describe('Philox', () => {
  it('draws the words of block 0, then of block 1, under a key of 53 bits of seed', () => {
    const seed = 0x1234_89abcdef
    const random = new Philox(seed, 2, 5)
    const drawn = Array.from({ length: 8 }, () => random.next())
    const key = [0x89abcdef, 0x1234]
    expect(drawn).toEqual([...paper([0, 5, 2, 0], key), ...paper([1, 5, 2, 0], key)])
  })

  it('draws unit() inside (0, 1) and below() inside [0, bound)', () => {
    const [random, twin] = [new Philox(1, 0), new Philox(1, 0)]
    for (let i = 0; i < 1000; i++) {
      const next = twin.next()
      const unit = (next + 0.5) / 2 ** 32
      expect(random.unit()).toBe(unit)
      expect(unit > 0 && unit < 1).toBe(true)
      expect(random.below(6)).toBe(Math.floor((twin.next() * 6) / 2 ** 32))
    }
  })

  it('has streams of their own for each seed, purpose and index', () => {
    const firsts = [new Philox(0, 0), new Philox(1, 0), new Philox(0, 1), new Philox(0, 0, 1), new Philox(2 ** 32, 0)]
    expect(new Set(firsts.map((random) => random.next())).size).toBe(5)
  })
})

describe('shuffled', () => {
  it('is a permutation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), word, (n, seed) => {
        const order = shuffled(n, new Philox(seed, 1))
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
    )
  })

  it('is drawn from the last place to the second', () => {
    const random = new Philox(9, 1)
    const expected = [0, 1, 2, 3, 4]
    for (const i of [4, 3, 2, 1]) {
      const j = random.below(i + 1)
      ;[expected[i], expected[j]] = [expected[j], expected[i]]
    }
    expect([...shuffled(5, new Philox(9, 1))]).toEqual(expected)
  })

  it('gives every order of three about as often', () => {
    const counts = new Map<string, number>()
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = shuffled(3, new Philox(0, 1, epoch)).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    for (const times of counts.values()) expect(Math.abs(times - 1000)).toBeLessThan(150)
  })
})
