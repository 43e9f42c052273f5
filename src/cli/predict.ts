import { once } from 'node:events'
import type { Dataset } from '../dataset.js'
import { load } from '../load.js'
import type { Model } from '../model.js'
import { classesOf as namesOf } from '../preparation.js'
import { exp64 } from '../reference/math.js'
import type { FloatArray } from '../spec.js'
import { checkPlace, writeWhole } from '../wholefile.js'
import type { Call, Command } from './command.js'
import { asked } from './sources.js'
import { UsageError } from './usage.js'

/** `ravine predict MODEL DATA` */
export const predict: Command = {
  usage: 'predict MODEL DATA [options]',
  help: 'say what a model says of each example of data, in CSV or JSON lines',
  examples: [
    ['predict model.safetensors mnist --out predictions.csv', 'a line for each image, in order'],
    ['predict houses.safetensors new-houses.csv', 'a line for each row, without the target or with it'],
    ['predict model.safetensors digits --probabilities', 'a column for each class, too'],
    ['predict model.safetensors digits --json | head -3', 'an object a line'],
  ],
  options: ['probabilities', 'out', 'data', 'seed', 'threads', 'backend', 'json'],
  says: { out: 'write the answers there, instead of onto standard output' },
  words: 2,
  run,
}

/** What is said of one example: its class or its number, and the probabilities of all classes. */
interface Answer {
  readonly prediction: string | number
  readonly probabilities?: readonly number[]
}

async function run({ settings, words: [path, word], voice }: Call): Promise<void> {
  if (word === undefined) throw new UsageError('expected predict MODEL DATA')
  const { out, threads, backend, json, probabilities } = settings
  if (out !== undefined) await checkPlace('predict', out)
  const model = await load(path, { threads, backend })
  // Standard output is for the answers.
  const aside = { ...voice, say: (line = '') => void process.stderr.write(`${line}\n`) }
  const data = await asked({ word, model, judged: false }, settings, aside)
  const classes = classesOf(model, data)
  const outputs = await model.predict(data)
  const answers = answersOf(outputs, outputs.length / data.examples, probabilities, classes)
  const lines = json ? jsonLines(answers, classes) : csvLines(answers, probabilities ? classes : undefined)
  if (out === undefined) await print(lines)
  else await writeWhole('predict', out, bytes(lines))
}

/** Onto standard output, as fast as it is read. */
async function print(lines: Iterable<string>): Promise<void> {
  for (const line of lines) if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
}

/** What the classes are called, where there are classes. */
function classesOf(model: Model, { labels, outputs }: Dataset): readonly string[] | undefined {
  if (model.preparation) return namesOf(model.preparation)
  return labels && Array.from({ length: outputs }, (_, i) => `${i}`)
}

function* answersOf(
  outputs: FloatArray,
  width: number,
  probable: boolean,
  classes?: readonly string[],
): Generator<Answer> {
  for (let first = 0; first < outputs.length; first += width) {
    const row = outputs.subarray(first, first + width)
    const probabilities = probable && classes ? softmax(row) : undefined
    yield { prediction: classes ? classes[largest(row)] : row[0], probabilities }
  }
}

/** Where the largest number stands, the first of such. */
const largest = (row: FloatArray) => row.indexOf(Math.max(...row))

/** exp(x − max) / Σ exp(x − max) */
function softmax(logits: FloatArray): number[] {
  const most = Math.max(...logits)
  const parts = Array.from(logits, (logit) => exp64(logit - most))
  const sum = parts.reduce((a, b) => a + b)
  return parts.map((part) => part / sum)
}

function* csvLines(answers: Iterable<Answer>, classes: readonly string[] = []): Generator<string> {
  yield ['prediction', ...classes.map((name) => `probability of ${name}`)].map(cell).join(',')
  for (const { prediction, probabilities = [] } of answers) {
    yield [cell(`${prediction}`), ...probabilities.map((part) => part.toPrecision(6))].join(',')
  }
}

function* jsonLines(answers: Iterable<Answer>, classes: readonly string[] = []): Generator<string> {
  for (const { prediction, probabilities } of answers) {
    const named = probabilities && Object.fromEntries(classes.map((name, i) => [name, probabilities[i]]))
    yield JSON.stringify({ prediction, probabilities: named })
  }
}

/** In quotes where it has to be, RFC 4180. */
const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

function* bytes(lines: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  for (const line of lines) yield encoder.encode(`${line}\n`)
}
