const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
const WEYL_0 = 0x9e3779b9
const WEYL_1 = 0xbb67ae85
const ROUNDS = 10

/** What random numbers are drawn for: each purpose has streams of its own, so that no use disturbs another. */
export const purpose = { initialisation: 0, shuffle: 1, split: 2, digits: 3, dropout: 4, order: 5 } as const

/** ⌊a·b / 2³²⌋ of two unsigned 32-bit numbers. */
export function mulhi(a: number, b: number): number {
  const low = (a & 0xffff) * (b & 0xffff)
  const middle = (a >>> 16) * (b & 0xffff) + ((low / 0x10000) >>> 0)
  const cross = (a & 0xffff) * (b >>> 16) + (middle & 0xffff)
  return ((a >>> 16) * (b >>> 16) + Math.floor(middle / 0x10000) + ((cross / 0x10000) >>> 0)) >>> 0
}

/**
 * Philox4x32-10: a counter-based generator, so that the place in a stream is a number and nothing else need be saved.
 * The addon draws its shuffles from the same definition.
 *
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.
 */
export class Philox {
  readonly #key: readonly [number, number]
  readonly #index: number
  readonly #purpose: number
  readonly #words = new Uint32Array(4)
  #block = 0
  #used = 4

  constructor(seed: number, streamPurpose: number, index = 0) {
    this.#key = [seed >>> 0, Math.floor(seed / 0x100000000) >>> 0]
    this.#purpose = streamPurpose
    this.#index = index
  }

  /** A whole number in [0, 2³²). */
  next(): number {
    if (this.#used === 4) this.#refill()
    return this.#words[this.#used++]
  }

  /** A number in (0, 1), from 32 bits. */
  unit(): number {
    return (this.next() + 0.5) / 0x100000000
  }

  /** A whole number in [0, bound), bound ≤ 2³²; its bias is below bound / 2³². */
  below(bound: number): number {
    return mulhi(this.next(), bound)
  }

  #refill(): void {
    philox(this.#words, this.#block++, this.#index, this.#purpose, this.#key[0], this.#key[1])
    this.#used = 0
  }
}

/** One block of Philox4x32-10: words ← bijection of the counter (block, index, purpose, last) under the key. */
export function philox(
  words: Uint32Array,
  block: number,
  index: number,
  kind: number,
  key0: number,
  key1: number,
  last = 0,
): void {
  let [x0, x1, x2, x3, k0, k1] = [block >>> 0, index >>> 0, kind >>> 0, last >>> 0, key0 >>> 0, key1 >>> 0]
  for (let round = 0; round < ROUNDS; round++) {
    const [high0, low0] = [mulhi(MULTIPLIER_0, x0), Math.imul(MULTIPLIER_0, x0)]
    const [high1, low1] = [mulhi(MULTIPLIER_1, x2), Math.imul(MULTIPLIER_1, x2)]
    x0 = (high1 ^ x1 ^ k0) >>> 0
    x1 = low1 >>> 0
    x2 = (high0 ^ x3 ^ k1) >>> 0
    x3 = low0 >>> 0
    k0 = (k0 + WEYL_0) >>> 0
    k1 = (k1 + WEYL_1) >>> 0
  }
  words[0] = x0
  words[1] = x1
  words[2] = x2
  words[3] = x3
}

/** The numbers 0 … n−1 in an order drawn by Fisher and Yates' method. */
export function shuffled(n: number, random: Philox): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const kept = order[i]
    order[i] = order[j]
    order[j] = kept
  }
  return order
}
