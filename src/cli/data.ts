import type { Dataset } from '../dataset.js'
import { digits } from '../digits.js'
import { RavineError } from '../errors.js'
import { mnist } from '../mnist.js'
import { print } from './print.js'

export interface Parts {
  readonly train: Dataset
  readonly test: Dataset
}

/** MNIST from a directory, or from where else `mnist` looks; a download is announced, since it can take long. */
export async function realDigits(directory?: string): Promise<Parts> {
  return told('MNIST', directory === undefined ? await foundDigits() : await mnist({ directory }))
}

async function foundDigits(): Promise<Parts> {
  try {
    return await mnist({ download: false })
  } catch (error) {
    if (!(error instanceof RavineError)) throw error
    print(`no MNIST in ${process.env.RAVINE_DATA || 'the cache directory'}: asking for a download of 11 MB …`)
    return mnist()
  }
}

export const generatedDigits = (seed: number): Parts => told('generated digits', digits({ seed, examples: 36_000 }))

/** Images of MNIST where it is on this machine, else of generated digits: nothing is downloaded. All of them, or the first so many. */
export async function digitsAtHand(directory?: string, examples = Number.MAX_SAFE_INTEGER): Promise<Dataset> {
  const found = await mnist({ directory, download: false }).catch((error) => {
    if (!(error instanceof RavineError) || directory !== undefined) throw error
  })
  const data = (found ?? digits()).train.take(examples)
  print(`data: ${data.examples.toLocaleString('en')} images of ${found ? 'MNIST' : 'generated digits'}`)
  return data
}

const remedy = '--data DIR or RAVINE_DATA names a directory that holds it'

/** MNIST if it can be had, else generated digits; a directory that was named must have it. */
export async function anyDigits(directory: string | undefined, seed: number): Promise<Parts> {
  try {
    return await realDigits(directory)
  } catch (error) {
    if (!(error instanceof RavineError) || directory !== undefined) throw error
    print(`MNIST cannot be had (${why(error)}), so generated digits take its place; ${remedy}`)
    return generatedDigits(seed)
  }
}

function told(name: string, parts: Parts): Parts {
  const [train, test] = [parts.train, parts.test].map(({ examples }) => examples.toLocaleString('en'))
  print(`data: ${name}, ${train} images to learn from and ${test} to test with`)
  return parts
}

/** What the mirrors said, where it came to that: the rest of the sentence lists files and places. */
function why({ message }: RavineError): string {
  const [, mirrors] = /no mirror gave them \((.*?)\)/.exec(message) ?? []
  if (!mirrors) return message
  const reasons = mirrors.split('; ').map((mirror) => mirror.replace(/^\S+: /, ''))
  return `no download: ${[...new Set(reasons)].join(', ')}`
}
