import { stat } from 'node:fs/promises'
import type { Dataset } from '../dataset.js'
import { digits } from '../digits.js'
import { fileError, RavineError } from '../errors.js'
import { mnist } from '../mnist.js'
import type { Model } from '../model.js'
import { images } from './images.js'
import { defaults, type Settings } from './options.js'
import { type Columns, suited, table, tableFor } from './tables.js'
import { suggestion, UsageError } from './usage.js'
import type { Voice } from './voice.js'

/** What is learnt from, and what it is judged by. */
export interface Parts {
  readonly train: Dataset
  readonly test: Dataset
}

type Asked = Columns & Pick<Settings, 'data' | 'seed' | 'test' | 'examples'>

/** What is in a source. */
interface Found {
  readonly train: Dataset
  readonly test?: Dataset
}

/** What can be learnt from. */
export interface Source {
  /** Its name for people. */
  readonly name: string
  /** Settings that go well with it, where they are not the usual ones. */
  readonly suited?: Partial<Settings>
  read(settings: Asked, voice: Voice): Promise<Found>
  /** As a model that has learnt from the like has to see it, if that matters; to be judged, or to be asked. */
  readFor?(model: Model, judged: boolean): Promise<Found>
}

const sources: Readonly<Record<string, Source>> = {
  mnist: { name: 'MNIST', read: ({ data }, voice) => realDigits(data, voice) },
  digits: {
    name: 'generated digits',
    read: async ({ seed, examples = 30_000 }) => digits({ seed, examples: Math.ceil(1.2 * examples) }),
  },
}

/**
 * What a word of the command line stands for: mnist, digits, a table, or a directory of IDX files.
 *
 * @throws {UsageError} where it stands for nothing
 * @throws {RavineError} ERR_RAVINE_FILE where there is no such file
 */
export async function sourceOf(word = ''): Promise<Source> {
  if (Object.hasOwn(sources, word)) return sources[word]
  const found = await stat(word).catch((cause) => {
    if (!/[./\\]/.test(word)) throw unknown(word)
    throw fileError('data', `to find ${word}`, cause.message, cause)
  })
  if (found.isDirectory()) return imagesIn(word)
  if (/\.(csv|tsv|txt|data)$/i.test(word)) return tableIn(word)
  throw unknown(word)
}

/**
 * What was said of a run, and for the rest what goes well with its source, or the usual.
 *
 * @throws {UsageError} and {RavineError} as `sourceOf`
 */
export async function withDefaults(given: Partial<Settings>, word?: string): Promise<Settings> {
  const source = word ?? given.source
  const { suited = {} } = await sourceOf(source)
  const { learningRate, ...others } = suited
  // A learning rate is good for its own optimizer.
  const rate = (given.optimizer ?? others.optimizer) === others.optimizer ? { learningRate } : {}
  return { ...defaults, ...others, ...rate, ...given, source }
}

const imagesIn = (name: string): Source => ({
  name,
  read: () => images(name),
  readFor: ({ normalize }) => images(name, normalize),
})

const tableIn = (name: string): Source => ({
  name,
  suited,
  read: async (settings) => ({ train: await table(name, settings) }),
  readFor: async (model, judged) => ({ train: await tableFor(name, model, judged) }),
})

function unknown(word: string): UsageError {
  const expected = 'mnist, digits, a table (.csv, .tsv) or a directory of IDX files'
  return new UsageError(`expected ${expected} but received '${word}'${suggestion(word, Object.keys(sources))}`)
}

/** Reads what is to be learnt from, and says what is in it; without a test of its own a part of all examples is for that. */
export async function parts(source: Source, settings: Asked, voice: Voice): Promise<Parts> {
  const { test: part, seed, examples = Number.MAX_SAFE_INTEGER } = settings
  const given = await source.read(settings, voice)
  const whole = given.test ? { train: given.train, test: given.test } : given.train.split({ test: part, seed })
  const found = { ...whole, train: whole.train.take(examples) }
  const [train, test] = [found.train, found.test].map(({ examples }) => examples.toLocaleString('en'))
  voice.say(`data: ${source.name}, ${train} examples to learn from and ${test} to test with`)
  return found
}

/** What a model is asked, and by whom. */
export interface Question {
  readonly word: string
  readonly model: Model
  /** Whether its answers are to be judged. */
  readonly judged: boolean
}

/** Reads what a model is asked about: the test of a source, or all of it. */
export async function asked({ word, model, judged }: Question, settings: Settings, voice: Voice): Promise<Dataset> {
  const source = await sourceOf(word)
  const read = source.readFor ? source.readFor(model, judged) : source.read(settings, voice)
  const { train, test = train } = await read
  voice.say(`data: ${source.name}, ${test.examples.toLocaleString('en')} examples`)
  return test
}

/** MNIST from a directory, or from where else `mnist` looks; a download is announced, since it can take long. */
async function realDigits(directory: string | undefined, voice: Voice): Promise<Found> {
  if (directory !== undefined) return mnist({ directory })
  try {
    return await mnist({ download: false })
  } catch (error) {
    if (!(error instanceof RavineError)) throw error
    voice.say(`no MNIST in ${process.env.RAVINE_DATA || 'the cache directory'}: asking for a download of 11 MB …`)
    return mnist()
  }
}

/** Images of MNIST where it is on this machine, else of generated digits: nothing is downloaded. All of them, or the first so many. */
export async function digitsAtHand(
  { data: directory, examples = Number.MAX_SAFE_INTEGER }: Pick<Settings, 'data' | 'examples'>,
  voice: Voice,
): Promise<Dataset> {
  const found = await mnist({ directory, download: false }).catch((error) => {
    if (!(error instanceof RavineError) || directory !== undefined) throw error
  })
  const data = (found ?? digits()).train.take(examples)
  voice.say(`data: ${data.examples.toLocaleString('en')} images of ${found ? 'MNIST' : 'generated digits'}`)
  return data
}

const remedy = '--data DIR or RAVINE_DATA names a directory that holds it'

/** MNIST if it can be had, else generated digits; a directory that was named must have it. */
export async function anyDigits(settings: Settings, voice: Voice): Promise<Parts> {
  try {
    return await parts(sources.mnist, settings, voice)
  } catch (error) {
    if (!(error instanceof RavineError) || settings.data !== undefined) throw error
    voice.say(`MNIST cannot be had (${why(error)}), so generated digits take its place; ${remedy}`)
    return parts(sources.digits, settings, voice)
  }
}

/** What the mirrors said, where it came to that: the rest of the sentence lists files and places. */
function why({ message }: RavineError): string {
  const [, mirrors] = /no mirror gave them \((.*?)\)/.exec(message) ?? []
  if (!mirrors) return message
  const reasons = mirrors.split('; ').map((mirror) => mirror.replace(/^\S+: /, ''))
  return `no download: ${[...new Set(reasons)].join(', ')}`
}
