import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { RavineError } from 'ravine'
import { calls, files } from './calls.js'
import { Mine, manners, Scene, strange, twists } from './hostile.js'

// Calls at the door that are right but for a change or three: each is taken, or refused by a RavineError with nothing written.

const change = fc.record({
  place: fc.nat(30),
  twist: fc.constantFrom(...twists.keys()),
  manner: fc.constantFrom('replace', 'replace', 'replace', ...Object.keys(manners)),
})
export const hostile = fc.record({ number: fc.nat(calls.length - 1), changes: fc.array(change, { maxLength: 3 }) })

const isOptions = (value) => Object.getPrototypeOf(Object(value)) === Object.prototype

/** All that can be changed of a call: its arguments, what objects among them have, and what they should not have. */
function placesOf(args) {
  return args.flatMap((value, i) => {
    const names = isOptions(value) ? [...Object.keys(value), ...strange] : []
    return [{ i }, ...names.map((name) => ({ i, name }))]
  })
}

/** Changes one of them; arrays at places that may be written are added to `written`. */
function changed(scene, { args, places = [] }, { place, twist, manner }, written) {
  const all = placesOf(args)
  const { i, name } = all[place % all.length]
  const options = args[i]
  const others = args.flatMap((value) => (isOptions(value) ? Object.values(value) : [value]))
  const value = twists[twist](scene, name === undefined ? options : options[name], others)
  if (places.includes(name ?? i)) written.push(value)
  args[i] = name === undefined ? value : (manners[manner](scene, options, name, value) ?? options)
}

const writable = ({ args, places = [] }) =>
  places.map((place) => (typeof place === 'number' ? args[place] : args.at(-1)[place]))

/** Makes the call; whether it was taken. */
export async function tried({ number, changes }) {
  const [scene, { name, make }] = [new Scene(), calls[number]]
  const one = make(scene)
  const written = writable(one)
  for (const next of changes) attempt(() => changed(scene, one, next, written))
  const before = scene.snapshot()
  const refusal = await refusalOf(one)
  const problem = problemOf(refusal, { scene, before, written, one, right: changes.length === 0 })
  if (problem) throw new Error(`${name}: ${problem}`, { cause: refusal?.error })
  one.after?.()
  return refusal === undefined
}

/** What was made hostile cannot always be changed once more. */
function attempt(work) {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Mine || error instanceof TypeError || error instanceof RangeError)) throw error
  }
}

async function refusalOf({ call, args }) {
  try {
    await call(...args)
    return undefined
  } catch (error) {
    return { error }
  }
}

// What the language itself says of the caller's own proxies and functions.
const own = /proxy that has been revoked|Class constructor/

function problemOf(refusal, { scene, before, written, one, right }) {
  const error = refusal?.error
  if (refusal && right) return `refused what is right: ${error?.message}`
  const expected = error instanceof RavineError || error instanceof Mine || own.test(error?.message)
  if (refusal && !expected) return `expected a RavineError but came ${error?.stack ?? String(error)}`
  if (!scene.isAs(before, refusal ? [] : written)) return 'an array was changed'
  if (refusal && one.refused?.() === false) return 'a refusal changed the model'
  if (Object.keys(Object.prototype).length > 0) return 'Object.prototype was changed'
  return undefined
}

export const door = {
  times: 1_000_000,
  short: 3000,
  async run(times, seed = Date.now() | 0) {
    const [directory, before] = [mkdtempSync(join(tmpdir(), 'ravine-door-')), process.cwd()]
    const seen = { taken: 0, refused: 0 }
    const property = fc.asyncProperty(hostile, async (one) => {
      seen[(await tried(one)) ? 'taken' : 'refused']++
    })
    process.chdir(directory)
    process.on('unhandledRejection', ignoring)
    try {
      await files()
      await fc.assert(property, { numRuns: times, seed })
    } finally {
      process.off('unhandledRejection', ignoring)
      process.chdir(before)
      rmSync(directory, { recursive: true })
    }
    return `${seen.taken.toLocaleString('en')} taken, ${seen.refused.toLocaleString('en')} refused, each by an error of its kind`
  },
}

/** A promise of the caller's own that nobody awaits. */
function ignoring(error) {
  if (!(error instanceof Mine)) throw error
}
