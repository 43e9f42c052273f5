import { type Dataset, dataset } from './dataset.js'
import { dataError, RavineError } from './errors.js'
import type { Normalize } from './normalize.js'

/** The largest whole number up to which f32 has all. */
const LARGEST = 2 ** 24

/** Which members of the objects are learnt from: numbers, booleans (as 0 and 1), or arrays of such, as long in every line as in the first. */
export interface JsonLinesOptions {
  /** In this order. */
  readonly features: readonly string[]
  /** What is to be foretold: real outputs. */
  readonly target?: string
  /** Or a class: whole numbers in [0, classes). */
  readonly label?: string
  /** The largest label + 1 by default. */
  readonly classes?: number
  readonly normalize?: Normalize
}

/** Examples as lines of JSON give them, one after another. */
export class JsonRows {
  examples = 0
  readonly #options: JsonLinesOptions
  readonly #name: string
  /** How many numbers each member has, from the first line on. */
  readonly #widths = new Map<string, number>()
  readonly #features = new Column()
  readonly #answers = new Column()
  #line = 0

  constructor(options: JsonLinesOptions, name: string) {
    this.#options = options
    this.#name = name
  }

  /**
   * Takes the example of a line, if it is not empty, and says how many there are.
   *
   * @throws {RavineError} ERR_RAVINE_DATA
   */
  add(text: string): number {
    this.#line++
    if (text.trim() === '') return this.examples
    const row = this.#parsed(text)
    const { features, target, label } = this.#options
    for (const name of features) this.#take(row, name, this.#features)
    this.#take(row, (target ?? label)!, this.#answers)
    if (label !== undefined) this.#checkLabel(label)
    return ++this.examples
  }

  /** The examples so far; then there are none. */
  take(): Dataset<Float32Array> {
    const { features: names, target, classes, normalize } = this.#options
    const [features, answers] = [this.#features.take(), this.#answers.take()]
    const inputs = names.reduce((sum, name) => sum + this.#widths.get(name)!, 0)
    const outputs = answers.length / this.examples
    this.examples = 0
    const same = { features, inputs, normalize }
    return target === undefined
      ? dataset({ ...same, labels: answers, classes })
      : dataset({ ...same, targets: answers, outputs })
  }

  #checkLabel(name: string): void {
    const { classes = LARGEST } = this.#options
    const last = this.#answers.last
    if (this.#widths.get(name) === 1 && Number.isInteger(last) && last >= 0 && last < classes) return
    throw dataError('jsonLines', `${this.#place(name)} to be a whole number in [0, ${classes})`, last)
  }

  #parsed(text: string): Readonly<Record<string, unknown>> {
    let row: unknown
    try {
      row = JSON.parse(text)
    } catch (cause) {
      throw new RavineError(
        'ERR_RAVINE_DATA',
        `jsonLines: expected JSON in ${this.#place()} but ${(cause as Error).message}`,
        { cause },
      )
    }
    if (row !== null && typeof row === 'object' && !Array.isArray(row)) return row as Record<string, unknown>
    throw dataError('jsonLines', `an object in ${this.#place()}`, row)
  }

  /** Takes a number, or several. */
  #take(row: Readonly<Record<string, unknown>>, name: string, column: Column): void {
    const value = Object.hasOwn(row, name) ? row[name] : undefined
    const values = Array.isArray(value) ? value : [value]
    const width = this.#widths.get(name) ?? values.length
    if (values.length !== width)
      throw dataError('jsonLines', `${this.#place(name)} to have ${width} numbers, as in the first line,`, value)
    this.#widths.set(name, width)
    for (const one of values) {
      const number = typeof one === 'boolean' ? Number(one) : one
      // Rounding to f32 first: what is finite there only counts.
      if (typeof number !== 'number' || !Number.isFinite(Math.fround(number))) {
        throw dataError('jsonLines', `${this.#place(name)} to be a number that f32 can hold, true or false`, one)
      }
      column.push(number)
    }
  }

  #place(name?: string): string {
    const place = `line ${this.#line} of ${this.#name}`
    return name === undefined ? place : `'${name}' in ${place}`
  }
}

/** Numbers that become more. */
class Column {
  #values = new Float32Array(64)
  #length = 0

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float32Array(2 * this.#length)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length++] = value
  }

  get last(): number {
    return this.#values[this.#length - 1]
  }

  /** All of them; then there are none. */
  take(): Float32Array {
    const all = this.#values.slice(0, this.#length)
    this.#length = 0
    return all
  }
}
