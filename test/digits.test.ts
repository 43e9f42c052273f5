import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { digits } from '../src/digits.js'

const image = (features: ArrayLike<number>, example: number) =>
  Array.from({ length: 784 }, (_, i) => features[784 * example + i])

describe('digits', () => {
  const { train, test } = digits({ examples: 1200, seed: 1 })

  it('gives images of 28 × 28 bytes in ten classes, five parts in six to train', () => {
    expect(train).toMatchObject({ examples: 1000, inputs: 784, outputs: 10, classes: 10 })
    expect(test).toMatchObject({ examples: 200, inputs: 784, outputs: 10, classes: 10 })
    expect(train.features).toBeInstanceOf(Uint8Array)
    expect(digits({ examples: 10, test: 0.5 }).test.examples).toBe(5)
  })

  it('gives the same bytes on every machine', () => {
    const sum = createHash('sha256').update(train.features).update(Uint8Array.from(train.labels!)).digest('hex')
    expect(sum).toBe('80fe58755a54398f4b939ce3b3b5b4d422d41d814057e189f5e3b2d626129228')
  })

  it('draws an example from the seed and its number alone', () => {
    const { train: fewer } = digits({ examples: 12, seed: 1 })
    expect(fewer.features).toEqual(train.features.subarray(0, 784 * 10))
    expect(digits({ examples: 12, seed: 2 }).train.features).not.toEqual(fewer.features)
  })

  it('draws every class often, and no image twice', () => {
    const counts = Array.from({ length: 10 }, (_, digit) => train.labels!.filter((label) => label === digit).length)
    expect(Math.min(...counts)).toBeGreaterThan(60)
    const images = new Set(Array.from({ length: 1000 }, (_, example) => image(train.features, example).join()))
    expect(images.size).toBe(1000)
  })

  it('is sparse, with ink in every image, and normalised to mean 0 and deviation 1', () => {
    const inked = Uint8Array.from(train.features).filter((pixel) => pixel > 0).length / train.features.length
    expect(inked).toBeGreaterThan(0.1)
    expect(inked).toBeLessThan(0.3)
    for (let example = 0; example < 1000; example++) {
      expect(Math.max(...image(train.features, example))).toBeGreaterThan(150)
    }
    const { scale, offset } = train.fold()!
    const x = Float64Array.from(train.features, (pixel) => scale * pixel + offset)
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length
    const variance = x.reduce((sum, value) => sum + value * value, 0) / x.length - mean * mean
    expect(mean).toBeCloseTo(0, 1)
    expect(Math.sqrt(variance)).toBeCloseTo(1, 1)
  })

  it('refuses what it cannot draw', () => {
    expect(() => digits({ examples: 0 })).toThrow('examples to be a whole number ≥ 1')
    expect(() => digits({ examples: 2 })).toThrow('test to leave an example in each part of 2')
    expect(() => digits({ seed: -1 })).toThrow('seed to be a whole number ≥ 0')
    expect(() => digits({ count: 3 } as object)).toThrow('options among examples, seed, test')
  })
})
