import { inflateSync } from 'node:zlib'
import { describe, expect, it, test } from 'vitest'
import { accountOf } from '../src/account.js'
import type { StepReport } from '../src/history.js'
import * as ravine from '../src/index.js'
import { bestOf } from '../src/report/best.js'
import { code, maker } from '../src/report/code.js'
import { chartsOf } from '../src/report/curves.js'
import { duration, figure, titled, words } from '../src/report/figure.js'
import { embedded, html } from '../src/report/html.js'
import { type Answer, mistakes } from '../src/report/mistakes.js'
import { png } from '../src/report/png.js'
import { type Residuals, residuals } from '../src/report/residuals.js'
import { spreadOf } from '../src/report/spread.js'
import { ticksOf } from '../src/report/svg.js'
import { Trace } from '../src/trace.js'

const { dataset, dense, sequential, sgd } = ravine
const exported: Readonly<Record<string, unknown>> = { ...ravine }

test('html escapes all that is not HTML already', () => {
  const name = `<b title="a'b">&`
  expect(html`<p class="${name}">${[html`<i>${name}</i>`, 3, undefined, false]}</p>`.text).toBe(
    '<p class="&lt;b title=&quot;a&#39;b&quot;&gt;&amp;"><i>&lt;b title=&quot;a&#39;b&quot;&gt;&amp;</i>3</p>',
  )
  expect(embedded({ name: '</script><!--' }).text).toBe(String.raw`{"name":"\u003c/script>\u003c!--"}`)
})

test.each([
  [0, '0'],
  [-12345, '−12,345'],
  [0.123456, '0.1235'],
  [-1.5e-7, '−1.50e−7'],
  [123456.7, '1.23e5'],
  [Number.NaN, 'NaN'],
  [-Infinity, '−∞'],
])('%d reads %s', (x, text) => expect(figure(x)).toBe(text))

test('units of time, and words', () => {
  expect([2e-5, 0.0123, 3, 125, 9000].map(duration)).toEqual(['20 µs', '12.3 ms', '3.0 s', '2 min', '2.5 h'])
  expect([
    words('validationMeanSquaredError'),
    titled('rSquared'),
    titled('validationRSquared'),
    titled('validationF1'),
  ]).toEqual(['validation mean squared error', 'R²', 'Validation R²', 'Validation F1'])
})

test('a PNG has its pixels, row by row', () => {
  const pixels = Uint8Array.from({ length: 9 }, (_, i) => 28 * i)
  const file = png(pixels, 3)
  expect([...file.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10])
  expect([file.readUInt32BE(16), file.readUInt32BE(20), ...file.subarray(24, 29)]).toEqual([3, 3, 8, 0, 0, 0, 0])
  const length = file.readUInt32BE(33)
  const rows = inflateSync(file.subarray(41, 41 + length))
  expect([...rows]).toEqual([0, 0, 28, 56, 0, 84, 112, 140, 0, 168, 196, 224])
  // The check of an empty IEND is known.
  expect(file.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082')
})

describe('a spread', () => {
  it('counts each finite number once, the far ones in the outermost bars', async () => {
    const values = Float64Array.from([
      ...Array(98)
        .fill(0)
        .map((_, i) => i % 7),
      1e6,
      Number.NaN,
      Infinity,
    ])
    const spread = await spreadOf(values, 8)
    expect(spread.counts.reduce((a, b) => a + b)).toBe(99)
    expect(spread).toMatchObject({ least: 0, largest: 1e6, others: 2, from: 0 })
    expect(spread.to).toBeLessThan(1e6)
    expect(spread.counts[7]).toBe(1)
  })

  it('of numbers that are all the same has one bar, and of none no bar', async () => {
    expect(await spreadOf(Float32Array.of(2, 2, 2), 5)).toMatchObject({
      counts: [0, 0, 3, 0, 0],
      from: 2,
      to: 2,
      deviation: 0,
    })
    expect(await spreadOf(Float32Array.of(Number.NaN), 3)).toMatchObject({ counts: [0, 0, 0], others: 1 })
  })
})

test.each([
  [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [-3, 17, [-5, 0, 5, 10, 15, 20]],
  [2, 2, [2, 2.5, 3, 3.5, 4]],
  [0, 0, [0, 0.2]],
])('ticks of %d to %d are round', (least, largest, ticks) => {
  const found = ticksOf(least, largest)
  expect(found[0]).toBeLessThanOrEqual(least)
  expect(found[found.length - 1]).toBeGreaterThanOrEqual(largest)
  expect(found.slice(0, 2)).toEqual(ticks.slice(0, 2))
  expect(found.length).toBeLessThanOrEqual(8)
})

/** What a measure comes to that is told rows in two parts. */
function measured(
  spec: ravine.MetricSpec,
  data: ravine.Dataset,
  loss: { type: 'crossEntropy' | 'hinge' | 'binaryCrossEntropy' | 'multiclassHinge' | 'meanSquaredError' },
  outputs: number[],
): unknown {
  const width = outputs.length / data.examples
  const measure = spec.start({ data, loss: { labelSmoothing: 0, ...loss } as never, outputs: width })
  for (const [first, end] of [
    [0, 1],
    [1, data.examples],
  ]) {
    measure.add({
      outputs: Float64Array.from(outputs.slice(first * width, end * width)),
      examples: end - first,
      labels: data.labels?.subarray(first, end),
      targets: data.targets?.subarray(first * width, end * width) as Float64Array,
    })
  }
  return measure.value()
}

describe('mistakes', () => {
  const data = dataset({ features: new Float32Array(3), labels: [0, 1, 2], inputs: 1, classes: 3 })

  it('come worst first, with probabilities by softmax', () => {
    const ln = Math.log
    const outputs = [ln(6), ln(3), ln(1), ln(8), ln(1), ln(1), ln(1), ln(1), ln(2)]
    const found = measured(mistakes(2), data, { type: 'crossEntropy' }, outputs) as Answer[]
    expect(found.map(({ example, actual, said }) => [example, actual, said])).toEqual([
      [1, 1, 0],
      [2, 2, 2],
    ])
    expect(found[0].chance).toBeCloseTo(0.1, 12)
    expect(found[0].certainty).toBeCloseTo(0.8, 12)
    expect(found[1].chance).toBeCloseTo(0.5, 12)
  })

  it('stay finite where outputs are large', () => {
    const [worst] = measured(
      mistakes(1),
      data,
      { type: 'crossEntropy' },
      [5000, 0, 0, 5000, 0, 0, 0, 0, 5000],
    ) as Answer[]
    expect(worst).toMatchObject({ example: 1, certainty: 1, chance: 0, distance: 5000 })
  })

  it('by margins have none', () => {
    const found = measured(mistakes(3), data, { type: 'multiclassHinge' }, [2, 1, 0, 3, 1, 0, 0, 0, 9]) as Answer[]
    expect(found).toEqual([
      { example: 1, actual: 1, said: 0, distance: 2 },
      { example: 0, actual: 0, said: 0, distance: -1 },
      { example: 2, actual: 2, said: 2, distance: -9 },
    ])
  })

  it('of one output go by its sign', () => {
    const two = dataset({ features: new Float32Array(3), labels: [0, 1, 1], inputs: 1 })
    const found = measured(mistakes(3), two, { type: 'binaryCrossEntropy' }, [
      Math.log(3),
      Math.log(9),
      Math.log(4),
    ]) as Answer[]
    expect(found.map(({ example, said }) => [example, said])).toEqual([
      [0, 1],
      [2, 1],
      [1, 1],
    ])
    expect(found[0].chance).toBeCloseTo(0.25, 12)
    expect(found[0].certainty).toBeCloseTo(0.75, 12)
  })
})

test('residuals are of all examples, pairs of some', () => {
  const data = dataset({
    features: new Float32Array(3),
    targets: Float64Array.of(1, 10, 2, 20, 3, 30),
    inputs: 1,
    outputs: 2,
  })
  const found = measured(residuals(2), data, { type: 'meanSquaredError' }, [1.5, 10, 2, 19, 2, 33]) as Residuals[]
  expect(found.map(({ residuals }) => [...residuals])).toEqual([
    [0.5, 0, -1],
    [0, -1, 3],
  ])
  expect(found[1]).toMatchObject({ targets: [10, 30], said: [10, 33] })
})

describe('a trace', () => {
  const report = (epoch: number, step: number): StepReport => ({ epoch, step, steps: 1000, loss: step })

  it('keeps reports as they are while they are few', () => {
    const trace = new Trace()
    for (let step = 10; step <= 1000; step += 10) trace.add(report(1, step))
    expect(trace.reports.length).toBe(100)
    expect(trace.reports[99]).toEqual(report(1, 1000))
  })

  it('is bounded, in order, and its means are of all', () => {
    const trace = new Trace()
    for (let epoch = 1; epoch <= 37; epoch++) for (let step = 1; step <= 1000; step++) trace.add(report(epoch, step))
    const { reports } = trace
    expect(reports.length).toBeLessThan(2048)
    expect(reports.length).toBeGreaterThan(900)
    const places = reports.map(({ epoch, step }) => 1000 * epoch + step)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    // Each is the mean of steps up to its place.
    for (const { step, loss } of reports) expect(step - loss).toBeLessThan(32)
    for (const { step, loss } of reports) expect(step - loss).toBeGreaterThanOrEqual(0)
  })
})

test('curves lie where epochs and steps are', () => {
  const history = [
    { epoch: 1, steps: 10, loss: 2, validationLoss: 3, seconds: 4 },
    { epoch: 2, steps: 20, loss: 1, validationLoss: Number.NaN, seconds: 2 },
  ]
  const [loss] = chartsOf(history)
  expect(loss.series).toEqual([
    { name: 'training', colour: 1, at: { epochs: [1, 2], steps: [10, 20], seconds: [4, 6] }, values: [2, 1] },
    { name: 'validation', colour: 2, at: { epochs: [1, 2], steps: [10, 20], seconds: [4, 6] }, values: [3, null] },
  ])
})

test.each([
  [[{ loss: 2 }, { loss: 1 }, { loss: 1 }], 'loss', 2, 1],
  [
    [
      { loss: 2, accuracy: 0.5 },
      { loss: 1, accuracy: 0.4 },
    ],
    'accuracy',
    1,
    0.5,
  ],
  [
    [
      { loss: 1, accuracy: 1, validationLoss: 3 },
      { loss: 2, accuracy: 1, validationLoss: 2 },
    ],
    'validationLoss',
    2,
    2,
  ],
  [
    [
      { loss: 1, validationLoss: 1, validationMeanAbsoluteError: Number.NaN },
      { loss: 1, validationLoss: 1, validationMeanAbsoluteError: 4 },
    ],
    'validationMeanAbsoluteError',
    2,
    4,
  ],
])('the best of %j is by %s', (entries, name, epoch, value) => {
  const history = entries.map((entry, i) => ({ epoch: i + 1, steps: i + 1, seconds: 1, ...entry }))
  const best = bestOf(history)
  expect([best.name, best.entry.epoch, best.value]).toEqual([name, epoch, value])
})

describe('code', () => {
  const data = dataset({ features: new Float32Array(8), targets: new Float32Array(4), inputs: 2 })

  /** What code makes: the model, and what it asks of `fit`. */
  function made(text: string): { model: ravine.Model; options: ravine.FitOptions } {
    const body = text
      .replace(/^import .*\n/, '')
      .replace('await model.fit(train, ', 'Object(')
      .replace('const history', 'const options')
    const names = /^import { (.*) } from 'ravine'/.exec(text)![1].split(', ')
    const makers = names.map((name) => exported[name])
    return new Function(...names, 'validation', `${body}; return { model, options }`)(...makers, data)
  }

  const {
    activation,
    adam,
    adamW,
    add,
    aggMo,
    batchNorm,
    concat,
    cosine,
    crossEntropy,
    dropout,
    flatten,
    graph,
    huber,
    layerNorm,
    lion,
    muon,
    oneCycle,
    qhm,
  } = ravine
  const chain = () =>
    sequential({ inputs: 2, seed: 5, dtype: 'f64' }, [
      dense(4, 'gelu', { init: 'heNormal', bias: false }),
      batchNorm({ momentum: 0.2 }),
      activation('relu'),
      dropout(0.25),
      layerNorm(),
      flatten(),
      dense(1),
    ])
  const branches = () =>
    graph(
      { inputs: { left: 1, right: 1 }, seed: 9 },
      {
        a: [dense(3, 'tanh'), 'left'],
        b: [dense(3), 'right'],
        sum: [add(), 'a', 'b'],
        both: [concat(), 'sum', 'a'],
        out: [dense(1), 'both'],
      },
    )

  it.each([
    [
      'a chain',
      chain,
      data,
      { optimizer: adam({ learningRate: 0.01 }), loss: huber({ delta: 2 }), validation: data, batchSize: 2 },
    ],
    [
      'branches',
      branches,
      dataset({
        features: { left: new Float32Array(4), right: new Float32Array(4) },
        targets: new Float32Array(4),
        inputs: { left: 1, right: 1 },
      }),
      { optimizer: sgd({ ...oneCycle({ max: 0.1, steps: 9 }) }), epochs: 3 },
    ],
  ] as [string, () => ravine.Model, ravine.Dataset, ravine.FitOptions][])(
    'of %s makes the same again',
    async (_, model, train, options) => {
      const first = model()
      const history = await first.fit(train, options)
      const again = made(code(accountOf(history)!))
      expect(again.model.spec).toEqual(first.spec)
      expect(again.model.seed).toBe(first.seed)
      const { optimizer, loss = 'meanSquaredError', epochs = 1 } = options
      expect(again.options).toMatchObject({ optimizer, loss, epochs, batchSize: options.batchSize ?? 4 })
    },
  )

  it.each([
    sgd({ learningRate: 0.1 }),
    sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-4 }),
    sgd({ learningRate: cosine({ from: 1, to: 0, steps: 7 }), momentum: 0.5, form: 'ema', biasCorrection: true }),
    sgd({ learningRate: 1, parameterGroups: [{ match: /bias/, learningRate: 2 }] }),
    adam(),
    adamW({ learningRate: 0.5 }),
    aggMo({ learningRate: 0.1, betas: [0, 0.5] }),
    qhm({ learningRate: 0.1 }),
    lion({ learningRate: 0.1 }),
    muon({ learningRate: 0.1, others: adam() }),
  ])('of optimizer %# makes it again', (optimizer) => {
    const text = maker(optimizer)
    const again = new Function(optimizer.type, `return ${text}`)(exported[optimizer.type])
    expect(again).toEqual(optimizer)
  })

  it('says what is said, and no more', () => {
    expect(maker(sgd({ momentum: 0.9, learningRate: 0.1 }))).toBe('sgd({ learningRate: 0.1, momentum: 0.9 })')
    expect(maker(adam())).toBe('adam()')
    expect(maker(sgd({ learningRate: 0.1, momentum: (step) => step / 9 }))).toContain('momentum: (step) => step / 9')
    expect(crossEntropy()).toEqual({ type: 'crossEntropy', labelSmoothing: 0 })
  })
})
