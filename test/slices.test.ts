import { describe, expect, it } from 'vitest'
import type { EngineData } from '../src/backend.js'
import { type Dataset, dataset } from '../src/dataset.js'
import { dense } from '../src/layers.js'
import type { Normalize } from '../src/normalize.js'
import { sgd } from '../src/optimizers/sgd.js'
import { sequential } from '../src/sequential.js'
import { inSlices, SLICE } from '../src/slices.js'
import { isSparse } from '../src/sparse.js'
import type { FloatArray } from '../src/spec.js'
import { expectSameBits } from './bits.js'
import { densely, entries } from './entries.js'

const engineData = (data: Dataset): EngineData => ({ ...data, examples: data.examples, fold: data.fold() })

/** The slices of some data, and how many there were before the first turn of the event loop. */
async function slicesOf(data: Dataset) {
  const slices: EngineData[] = []
  const finished = inSlices(engineData(data), (slice) => slices.push(slice))
  const atOnce = slices.length
  await finished
  return { slices, atOnce }
}

describe('inSlices', () => {
  const bytes = (examples: number, inputs: number) => Uint8Array.from({ length: examples * inputs }, (_, i) => i % 251)
  const labels = (examples: number) => Uint32Array.from({ length: examples }, (_, i) => i % 7)

  it('takes small data at once', async () => {
    const small = dataset({ features: bytes(100, 50), labels: labels(100), inputs: 50 })
    const { slices, atOnce } = await slicesOf(small)
    expect(atOnce).toBe(1)
    expect(slices).toMatchObject([{ features: small.features, labels: small.labels, examples: 100 }])
  })

  it('takes every example of large data once, in slices of as many, with turns in between', async () => {
    const [examples, inputs] = [5 * 1000 + 7, 1000]
    const targets = Float32Array.from({ length: 2 * examples }, (_, i) => i)
    const features = bytes(examples, inputs)
    const { slices, atOnce } = await slicesOf(dataset({ features, targets, inputs, outputs: 2 }))
    expect(atOnce).toBe(1)
    const counts = slices.map((slice) => slice.examples)
    expect(new Set(counts.slice(0, -1)).size).toBe(1)
    expect(counts.at(-1)).toBeLessThanOrEqual(counts[0])
    for (const slice of slices) expect((slice.features as Uint8Array).length).toBeLessThanOrEqual(SLICE)
    expect(Buffer.concat(slices.map((slice) => slice.features as Uint8Array)).equals(features)).toBe(true)
    expect(slices.flatMap((slice) => [...slice.targets!])).toEqual([...targets])
  })

  it('lets timers fire before all is taken', async () => {
    const large = dataset({ features: new Uint8Array(3 * SLICE), labels: labels(3), classes: 7, inputs: SLICE })
    const order: string[] = []
    const turn = new Promise<void>((resolve) => setImmediate(() => resolve(void order.push('turn'))))
    await Promise.all([inSlices(engineData(large), () => order.push('slice')), turn])
    expect(order).toEqual(['slice', 'turn', 'slice', 'slice'])
  })

  it('stops where nothing more is wanted', async () => {
    const large = dataset({ features: new Uint8Array(3 * SLICE), labels: labels(3), classes: 7, inputs: SLICE })
    let taken = 0
    const whole = await inSlices(
      engineData(large),
      () => taken++,
      () => taken < 2,
    )
    expect([whole, taken]).toEqual([false, 2])
    expect(
      await inSlices(
        engineData(large),
        () => taken++,
        () => true,
      ),
    ).toBe(true)
  })

  it('cuts entries between examples', async () => {
    const inputs = 3000
    const features = entries('f64', { examples: 1001, inputs, density: 0.06 })
    const { slices } = await slicesOf(dataset({ features, labels: labels(1001), inputs }))
    expect(slices.length).toBeGreaterThan(1)
    const rows = slices.flatMap(({ features }) => (isSparse(features) ? [...densely(features, inputs)] : []))
    const whole = densely(features, inputs)
    expect(rows.length).toBe(whole.length)
    expect(rows.every((value, i) => Object.is(value, whole[i]))).toBe(true)
  })
})

describe('a fit whose data are on their way into the engine', () => {
  const features = new Uint8Array(6 * SLICE).fill(1, 0, 7)
  const data = dataset({ features, labels: new Uint8Array(6 * 64), classes: 2, inputs: SLICE / 64 })
  const optimizer = sgd({ learningRate: 0.1 })
  const begun = async (signal?: AbortSignal) => {
    const model = sequential({ inputs: SLICE / 64 }, [dense(2)])
    const start = model.parameters()
    const fit = model.fit(data, { optimizer, epochs: 1000, signal })
    await new Promise(setImmediate)
    return { model, start, fit: expect(fit).rejects }
  }

  it('stops by its signal, with the model as it was', async () => {
    const stop = new AbortController()
    const { model, start, fit } = await begun(stop.signal)
    expect(() => model.parameters()).toThrow('await it first')
    stop.abort()
    await fit.toMatchObject({ code: 'ERR_RAVINE_ABORTED' })
    expect(model.parameters()).toEqual(start)
    expect(await model.fit(data, { optimizer })).toHaveLength(1)
  })

  it('stops where its model is disposed of', async () => {
    const { model, fit } = await begun()
    model.dispose()
    await fit.toMatchObject({ code: 'ERR_RAVINE_DISPOSED' })
  })
})

/** Rows of which each has about so many features that are not zero. */
function rows(densities: readonly number[], each: number, inputs: number, kind: 'bytes' | 'f32' | 'f64') {
  const parts = densities.map((density, i) =>
    densely(entries(kind, { examples: each, inputs, density, seed: i + 1 }), inputs),
  )
  const whole = new (parts[0].constructor as new (n: number) => (typeof parts)[0])(densities.length * each * inputs)
  parts.forEach((part, i) => void whole.set(part as never, i * part.length))
  return whole
}

describe('features that are kept packed', () => {
  const normalize = { mean: 0.2, std: 0.4 }
  // Sixty-four kilobytes are packed, where they are mostly zero; slices are packed or not, each for itself.
  const cases: readonly [what: string, densities: readonly number[], each: number, inputs: number, Normalize?][] = [
    ['mostly zero', [0.1], 700, 130, normalize],
    ['without a normalisation', [0.1], 700, 130],
    ['all zero', [0], 700, 130, normalize],
    ['almost too many', [0.29], 700, 64],
    ['one slice sparse, one dense', [0.02, 0.9], 1400, 1000, normalize],
    ['one slice dense, two sparse', [0.9, 0, 0.03], 1400, 1000],
  ]

  it.each(cases)(
    'are learnt from with the bits of the reference: %s',
    { timeout: 60_000 },
    async (_, densities, each, inputs, normalize) => {
      for (const [kind, dtype] of [
        ['bytes', 'f32'],
        ['f32', 'f32'],
        ['f64', 'f64'],
      ] as const) {
        const features = rows(densities, kind === 'bytes' ? each : Math.ceil(each / 4), inputs, kind)
        const examples = features.length / inputs
        const data = dataset({ features, labels: Array.from({ length: examples }, (_, i) => i % 3), inputs, normalize })
        const seen = async (backend: 'native' | 'reference', threads?: number) => {
          const model = sequential({ inputs, dtype, backend, threads, seed: 2 }, [dense(3, 'tanh')])
          const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })
          const [{ loss }] = await model.fit(data, { optimizer, batchSize: 100 })
          const trace = new Map<string, FloatArray>([['loss', Float64Array.of(loss)]])
          for (const [name, { data }] of model.parameters()) trace.set(name, data)
          return trace.set('predicted', await model.predict(data))
        }
        const expected = await seen('reference')
        for (const threads of [1, 2, 3]) expectSameBits(await seen('native', threads), expected)
      }
    },
  )
})
