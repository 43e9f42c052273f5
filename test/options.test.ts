import { describe, expect, it } from 'vitest'
import {
  anything,
  callback,
  checkOptions,
  checkValue,
  count,
  distance,
  either,
  flag,
  fraction,
  notNegative,
  oneOf,
  positive,
  text,
  wholeNumber,
} from '../src/options.js'

const hyperparameter = (sentence: string) =>
  expect.objectContaining({ code: 'ERR_RAVINE_HYPERPARAMETER', message: expect.stringContaining(sentence) })

describe('rules', () => {
  const rules = { positive, notNegative, fraction, wholeNumber, count, flag, text, anything }
  const values = [NaN, Infinity, -Infinity, -1, 0, 0.5, 1, 1.5, 2 ** 53, '1', true, null, undefined, () => 0, {}]
  it.each([
    ['positive', [0.5, 1, 1.5, 2 ** 53]],
    ['notNegative', [0, 0.5, 1, 1.5, 2 ** 53]],
    ['fraction', [0, 0.5]],
    ['wholeNumber', [0, 1]],
    ['count', [1]],
    ['flag', [true]],
    ['text', ['1']],
    ['anything', values],
  ] as const)('%s', (name, allowed) => {
    expect(values.filter(rules[name].test)).toEqual(allowed)
  })

  it('callback', () => {
    expect(values.filter(callback.test)).toHaveLength(1)
  })

  it('oneOf and either say all that they take', () => {
    const rule = either(count, oneOf('all', 'none'))
    expect(rule.expected).toBe("a whole number ≥ 1 or one of 'all', 'none'")
    expect([1, 'all', 'none', 0, 'some', undefined].filter(rule.test)).toEqual([1, 'all', 'none'])
  })
})

describe('checkOptions', () => {
  const rules = { epochs: count, shuffle: flag }

  it('takes what keeps the rules, and leaves what is absent or undefined', () => {
    expect(() => checkOptions('fit', { epochs: 3, shuffle: undefined }, rules)).not.toThrow()
    expect(() => checkOptions('fit', {}, rules)).not.toThrow()
  })

  it.each([
    ['fit: expected epochs to be a whole number ≥ 1 but received NaN', { epochs: NaN }],
    ['fit: expected epochs to be a whole number ≥ 1 but received null', { epochs: null }],
    ["fit: expected shuffle to be true or false but received 'yes'", { shuffle: 'yes' }],
    ["did you mean 'epochs'?", { epoch: 3 }],
    ["did you mean 'shuffle'?", { Shuffle: true }],
    ["fit: expected options among epochs, shuffle but received 'batches'", { batches: 3 }],
    ["received 'constructor'", { constructor: 3 }],
    ['fit: expected an object of options but received null', null],
    ['fit: expected an object of options but received undefined', undefined],
    ['fit: expected an object of options but received an array of 0', []],
  ])('refuses: %s', (sentence, options) => {
    expect(() => checkOptions('fit', options, rules)).toThrow(hyperparameter(sentence))
  })

  it('gives a copy, each option read once', () => {
    let reads = 0
    const options = {
      get epochs() {
        return ++reads === 1 ? 3 : NaN
      },
      shuffle: undefined,
    }
    const copy = checkOptions('fit', options, rules)
    expect([{ ...copy }, reads]).toEqual([{ epochs: 3 }, 1])
  })

  it('checks what is inherited as what is its own', () => {
    expect(checkOptions('fit', Object.create({ epochs: 3 }), rules)).toEqual({ epochs: 3 })
    expect(() => checkOptions('fit', Object.create({ epochs: -3 }), rules)).toThrow(hyperparameter('received -3'))
  })

  it('has no hint for a name unlike any', () => {
    expect(() => checkOptions('fit', { batches: 3 }, rules)).not.toThrow('did you mean')
  })
})

describe('checkValue', () => {
  it('names the value', () => {
    expect(() => checkValue('take', 'n', 2, count)).not.toThrow()
    expect(() => checkValue('take', 'n', 0, count)).toThrow(hyperparameter('take: expected n to be a whole number ≥ 1'))
  })
})

describe('distance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['epoch', 'epochs', 1],
    ['momentum', 'momentun', 1],
  ])('%s to %s', (a, b, edits) => {
    expect(distance(a, b)).toBe(edits)
    expect(distance(b, a)).toBe(edits)
  })
})
