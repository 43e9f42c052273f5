import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import {
  adam,
  cosine,
  dataset,
  dense,
  digits,
  dropout,
  type FitHistory,
  type FitOptions,
  report,
  sequential,
  sgd,
} from '../src/index.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ravine-report-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let pages = 0
const place = () => join(folder, `${++pages}.html`)

async function pageOf(history: FitHistory, options?: Parameters<FitHistory['report']>[1]): Promise<string> {
  const path = place()
  await history.report(path, options)
  return readFileSync(path, 'utf8')
}

const drawn = digits({ examples: 300, seed: 2 })
const options: FitOptions = {
  optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
  epochs: 2,
  validation: drawn.test,
  metrics: ['accuracy'],
}

const network = (backend: 'native' | 'reference' = 'native') =>
  sequential({ inputs: 784, seed: 1, backend }, [dense(8, 'relu'), dense(10)])

/** A line with noise, and what is learnt of it. */
const line = dataset({
  features: Float32Array.from({ length: 60 }, (_, i) => i / 30 - 1),
  targets: Float32Array.from({ length: 60 }, (_, i) => i / 15 + ((i * 7) % 5) / 20),
  inputs: 1,
})

const chartsIn = (page: string) =>
  JSON.parse(/<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(page)![1])

describe.each(['native', 'reference'] as const)('of digits, by %s', (backend) => {
  let history: FitHistory
  let page = ''
  beforeAll(async () => {
    history = await network(backend).fit(drawn.train, { ...options, logEvery: 2, onStep: () => undefined })
    page = await pageOf(history, { title: 'Digits', command: 'ravine train digits' })
  })

  it('counts every example of validation in the matrix', () => {
    const body = /<table class="confusion">.*?<tbody>(.*?)<\/tbody>/s.exec(page)![1]
    const counts = [...body.matchAll(/<td class="(?:right|wrong) s\d">([\d,]+)<\/td>/g)].map(([, count]) =>
      Number(count),
    )
    expect(counts.length).toBe(100)
    expect(counts.reduce((a, b) => a + b)).toBe(drawn.test.examples)
    const right = counts.filter((_, i) => i % 11 === 0).reduce((a, b) => a + b)
    expect(right / drawn.test.examples).toBeCloseTo(history[1].validationAccuracy!, 12)
  })

  it('shows the examples that are answered worst', () => {
    expect(page.match(/<img src="data:image\/png;base64,[\w+/=]+" width="28" height="28"/g)?.length).toBe(24)
  })

  it('has the curves of epochs and of steps', () => {
    const [loss, accuracy] = chartsIn(page)
    expect(loss.series.map(({ name }: { name: string }) => name)).toEqual([
      'training, step by step',
      'training',
      'validation',
    ])
    expect(loss.series[2].at).toMatchObject({ epochs: [1, 2], steps: history.map(({ steps }) => steps) })
    expect(accuracy).toMatchObject({ title: 'Accuracy', share: true })
  })

  it('has parameters, machine, seed, and how to repeat it', () => {
    for (const text of [
      '0.weight <small>8 × 784',
      '0.bias',
      '<b>velocity</b>',
      'Node.js',
      '<dt>seed</dt><dd>1</dd>',
      'ravine train digits',
      '8 → 10',
    ])
      expect(page).toContain(text)
    expect(page).toContain(backend === 'native' ? 'thread' : 'the reference in plain JavaScript')
  })

  it('asks the network for nothing, and is small', () => {
    const addresses = page.match(/(?:src|href|url|action)\s*[=(]\s*["']?(?!data:|#)[^"')\s>]+/gi) ?? []
    // The script of uPlot names its own address in a comment.
    expect(addresses).toEqual(['href="https://github.com/leeoniya/uPlot'])
    expect(page).toContain('default-src &#39;none&#39;')
    expect(page.length).toBeLessThan(300_000)
  })
})

describe('a history', () => {
  it('is a plain array with a report', async () => {
    const history = await network().fit(drawn.train, options)
    expect(history).toEqual([...history])
    expect(JSON.stringify(history)).toBe(JSON.stringify([...history]))
    expect(inspect(history)).toBe(inspect([...history]))
    expect(Object.keys(history)).toEqual(['0', '1'])
  })

  it('has one without validation, and of batches that come one by one', async () => {
    const { train } = drawn
    const { optimizer } = options
    const alone = await network().fit(train, { optimizer, epochs: 2 })
    const page = await pageOf(alone)
    expect(page).not.toContain('Confusion')
    expect(chartsIn(page).map(({ title }: { title: string }) => title)).toEqual(['Loss'])
    const one = await network().fit(() => train.batches(50), { optimizer, validation: drawn.test })
    expect(await pageOf(one)).toContain('Confusion')
  })

  it('says so where the model has been trained further, or is gone', async () => {
    const model = network()
    const history = await model.fit(drawn.train, options)
    expect(await pageOf(history)).not.toContain('trained further')
    await model.fit(drawn.train, options)
    expect(await pageOf(history)).toContain('The model had been trained further')
    model.dispose()
    const page = await pageOf(history)
    expect(page).toContain('The model had been disposed of')
    expect(page).not.toContain('Confusion')
  })

  it('of a profile tells phase by phase', async () => {
    const history = await network().fit(drawn.train, { ...options, profile: true })
    const page = await pageOf(history)
    for (const { operation } of history.profile!.filter(({ operation }) => operation !== 'wait'))
      expect(page).toContain(`<th scope="row">${operation}</th>`)
  })

  it('of scheduled rates draws them step by step', async () => {
    const learningRate = cosine({ from: 0.1, to: 0, steps: 20 })
    const history = await network().fit(drawn.train, {
      ...options,
      optimizer: sgd({ learningRate, momentum: (step) => step / 40 }),
    })
    const charts = chartsIn(await pageOf(history))
    const rate = charts.find(({ title }: { title: string }) => title === 'Learning rate').series[0]
    const momentum = charts.find(({ title }: { title: string }) => title === 'Momentum').series[0]
    const last = history[1].steps
    expect(rate.values.length).toBe(last)
    expect(rate.values[0]).toBe(0.1)
    expect(rate.values[10]).toBeCloseTo(0.05, 6)
    expect(rate.values[last - 1]).toBeCloseTo(history[1].learningRate!, 6)
    expect(momentum.values).toEqual(Array.from({ length: last }, (_, i) => Number((i / 40).toPrecision(6))))
  })
})

describe('of quantities', () => {
  it('draws what is said over what is true, and residuals', async () => {
    const model = sequential({ inputs: 1, dtype: 'f32' }, [dense(1)])
    const history = await model.fit(line, { optimizer: sgd({ learningRate: 0.1 }), epochs: 30, validation: line })
    const page = await pageOf(history)
    expect(page.match(/<path class="points" d="([^"]*)"/)![1].match(/M/g)?.length).toBe(60)
    expect(page).toContain('<dt>R²</dt>')
    expect(page).not.toContain('Confusion')
  })
})

test('of many classes it tells the pairs that are mistaken most', async () => {
  const features = Float32Array.from({ length: 150 }, (_, i) => i % 25)
  const data = dataset({ features, labels: Uint8Array.from(features, (x) => x), inputs: 1, classes: 25 })
  const history = await sequential({ inputs: 1 }, [dense(25)]).fit(data, { optimizer: adam(), validation: data })
  expect(await pageOf(history)).toContain('Of 25 classes, what is mistaken for what most often')
})

test('of two classes by one output, of features that are mostly zero', async () => {
  const entries = { offsets: [0, 1, 1, 2, 3], indices: [0, 3, 63] }
  const data = dataset({ features: entries, labels: [0, 1, 1, 0], inputs: 64, classes: 2 })
  const model = sequential({ inputs: 64 }, [dropout(0.1), dense(1)])
  const history = await model.fit(data, {
    optimizer: sgd({ learningRate: 1 }),
    loss: 'binaryCrossEntropy',
    validation: data,
  })
  const page = await pageOf(history, { classes: ['no', 'yes'] })
  expect(page.match(/<img src="data:image\/png/g)?.length).toBe(4)
  expect(page).toContain('<th scope="col">yes</th>')
})

const hostile = `</script><script>alert(1)</script><img src=x onerror='alert(2)'>"&<!--`

test('whatever people call things stays text', async () => {
  const history = await network().fit(drawn.train, options)
  const classes = Array.from({ length: 10 }, (_, i) => `${i}${hostile}`)
  const page = await pageOf(history, { title: hostile, command: hostile, classes })
  expect(page).toContain('<title>&lt;/script&gt;&lt;script&gt;alert(1)')
  const path = place()
  await report(path, [{ name: hostile, history }], { title: hostile, command: hostile })
  for (const text of [page, readFileSync(path, 'utf8')]) {
    expect(text).not.toContain(hostile.slice(0, 20))
    expect(text).not.toContain('<img src=x')
    expect(text.match(/<script/g)?.length).toBe(2)
    expect(() => chartsIn(text)).not.toThrow()
  }
  expect(chartsIn(readFileSync(path, 'utf8'))[0].series[0].name).toBe(hostile)
})

describe('runs side by side', () => {
  it('are drawn over steps and over seconds, with a table of what they came to', async () => {
    const plain = await network().fit(drawn.train, { ...options, optimizer: sgd({ learningRate: 0.01 }) })
    const kept = JSON.parse(JSON.stringify(await network().fit(drawn.train, options)))
    const path = place()
    await report(path, [
      { name: 'plain', history: plain },
      { name: 'momentum', history: kept },
    ])
    const page = readFileSync(path, 'utf8')
    const charts = chartsIn(page)
    expect(charts.map(({ title }: { title: string }) => title)).toEqual(
      ['Loss', 'Validation loss', 'Accuracy', 'Validation accuracy'].flatMap((name) => [
        `${name} over steps`,
        `${name} over seconds`,
      ]),
    )
    expect(charts[0].series.map(({ colour }: { colour: number }) => colour)).toEqual([1, 2])
    expect(page).toContain('sgd({ learningRate: 0.01 })')
    expect(page).toContain('steps to the best')
  })
})

describe('refusals', () => {
  const refused = (code: string, message: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(message) })

  it('of a place that is none, in one sentence, before anything is computed', async () => {
    const history = await network().fit(drawn.train, options)
    await expect(history.report(join(folder, 'nowhere', 'run.html'))).rejects.toEqual(
      refused('ERR_RAVINE_FILE', 'report: expected to write'),
    )
    await expect(history.report(folder)).rejects.toEqual(refused('ERR_RAVINE_FILE', 'it is no file'))
    await expect(report(folder, [{ name: 'a', history }])).rejects.toEqual(refused('ERR_RAVINE_FILE', 'it is no file'))
  })

  it('leave the file of before as it was, and nothing beside it', async () => {
    const history = await network().fit(drawn.train, options)
    const path = place()
    writeFileSync(path, 'before')
    const before = readdirSync(folder)
    await expect(history.report(path, { tittle: 'x' } as never)).rejects.toEqual(
      refused('ERR_RAVINE_HYPERPARAMETER', "did you mean 'title'?"),
    )
    await expect(history.report(path, { classes: ['a', 1] as never })).rejects.toEqual(
      refused('ERR_RAVINE_HYPERPARAMETER', 'classes to be an array of strings'),
    )
    await expect(history.report(path, { classes: ['a'] })).rejects.toEqual(
      refused('ERR_RAVINE_HYPERPARAMETER', 'the names of 10 classes'),
    )
    await expect(history.report(7 as never)).rejects.toEqual(
      refused('ERR_RAVINE_HYPERPARAMETER', 'path to be a string'),
    )
    expect(readFileSync(path, 'utf8')).toBe('before')
    expect(readdirSync(folder)).toEqual(before)
  })

  it.each([
    ['no runs', [], 'an array of one run or more'],
    ['no array', {}, 'an array of one run or more'],
    ['no name', [{ history: [] }], 'name of runs[0] to be a string'],
    ['an empty history', [{ name: 'a', history: [] }], 'history of runs[0] to have an epoch or more'],
    [
      'entries that are none',
      [{ name: 'a', history: [{ epoch: 1, steps: 1, loss: null, seconds: 1 }] }],
      'loss of epoch 1',
    ],
    ['another key', [{ name: 'a', history: [], colour: 'red' }], 'colour'],
  ])('of %s', async (_, runs, message) => {
    await expect(report(place(), runs as never)).rejects.toEqual(refused('ERR_RAVINE_HYPERPARAMETER', message))
  })

  it('of a fit that was left before its first epoch', async () => {
    const fit = network().fit(drawn.train, { ...options, epochs: 3 })
    for await (const _ of fit) break
    const history = await fit
    expect(await pageOf(history)).toContain('Curves')
  })
})
