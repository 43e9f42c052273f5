import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readCheckpoint } from '../src/checkpoint.js'
import { main } from '../src/cli/main.js'
import { digits } from '../src/digits.js'
import { dense, layerNorm } from '../src/layers.js'
import { load } from '../src/load.js'
import { version } from '../src/native.js'
import { sequential } from '../src/sequential.js'

/** An empty directory: no data, an empty cache. */
let nowhere: string

beforeEach(() => {
  nowhere = mkdtempSync(join(tmpdir(), 'ravine-cli-'))
  // Nobody listens at the discard port: a download is refused at once.
  const places = { RAVINE_DATA: '', RAVINE_MNIST_MIRROR: 'http://127.0.0.1:9/', RAVINE_THREADS: '' }
  const homes = { HOME: nowhere, XDG_CACHE_HOME: nowhere, LOCALAPPDATA: nowhere }
  for (const [name, value] of Object.entries({ ...places, ...homes })) vi.stubEnv(name, value)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(nowhere, { recursive: true })
})

/** Runs a command line in this process: its exit code, and what it says on both streams. */
async function ravine(line = ''): Promise<{ code: number; output: string; errors: string }> {
  const [out, err] = [process.stdout, process.stderr].map((stream) => {
    return vi.spyOn(stream, 'write').mockReturnValue(true)
  })
  const text = (spy: typeof out) => spy.mock.calls.map(([part]) => `${part}`).join('')
  try {
    const code = await main(line.split(' ').filter(Boolean))
    return { code, output: text(out), errors: text(err) }
  } finally {
    out.mockRestore()
    err.mockRestore()
  }
}

describe('help', () => {
  it('lists the commands, and the options of each', async () => {
    const { code, output } = await ravine('--help')
    expect(code).toBe(0)
    for (const name of [
      'demo',
      'train',
      'compare',
      'evaluate',
      'predict',
      'export',
      'info',
      'check',
      'bench',
      'completion',
    ]) {
      expect(output).toContain(`\n  ravine ${name} `)
      expect(await ravine(`${name} --help`)).toMatchObject({
        code: 0,
        output: expect.stringContaining(`usage: ravine ${name}`),
      })
    }
    const { output: told } = await ravine('train -h')
    expect(told).toMatch(/\n {2}--epochs N +passes over the training data \(10; of tables 30\)\n/)
    expect(told).toContain('\n  ravine train mnist --out model.safetensors\n      ')
    for (const line of [...output.split('\n'), ...told.split('\n')]) expect(line.length).toBeLessThan(125)
  })

  it('tells the version and the machine', async () => {
    expect(await ravine('--version')).toEqual({ code: 0, output: `${version}\n`, errors: '' })
    const { code, output } = await ravine('info')
    expect(code).toBe(0)
    expect(output).toMatch(
      RegExp(`^ravine +${version}\naddon +\\S+-\\S+, \\w+, \\d+ threads? available\nprocessor .*\n`),
    )
  })
})

const sources = 'expected mnist, digits, a table (.csv, .tsv) or a directory of IDX files'

describe('wrong usage ends with 2', () => {
  it.each<[string, string | RegExp]>([
    ['', 'expected a command'],
    ['trian', 'there is no command trian; did you mean train?'],
    ['toString', 'there is no command toString'],
    ['train', `${sources} but received ''`],
    ['train mnits', `${sources} but received 'mnits'; did you mean mnist?`],
    ['train package.json', `${sources} but received 'package.json'`],
    ['train mnist digits', "train does not know what to do with 'digits'"],
    ['demo 3', "demo does not know what to do with '3'"],
    ['demo --epoch 3', 'there is no option --epoch here; did you mean --epochs?'],
    ['demo --layers 9', 'there is no option --layers here'],
    ['bench 3', "bench does not know what to do with '3'"],
    ['bench --epochs 3', 'there is no option --epochs here'],
    ['bench --profiel', 'there is no option --profiel here; did you mean --profile?'],
    ['bench --profile=yes', 'expected no value after --profile'],
    ['bench --examples', 'expected a value after --examples'],
    ['bench --examples 0', "expected --examples to be a whole number ≥ 1 but received '0'"],
    ['info -x', 'there is no option -x here'],
    ['demo --epochs', 'expected a value after --epochs'],
    ['demo --epochs -1', 'expected a value after --epochs'],
    ['demo --epochs=', "expected --epochs to be a whole number ≥ 1 but received ''"],
    ['demo --epochs=-1', "expected --epochs to be a whole number ≥ 1 but received '-1'"],
    ['demo --seed 1.5', "expected --seed to be a whole number ≥ 0 but received '1.5'"],
    ['demo --backend gpu', "expected --backend to be one of 'native', 'reference' but received 'gpu'"],
    ['train digits --momentum 1', "expected --momentum to be a number in [0, 1) but received '1'"],
    ['train digits --learning-rate nan', "expected --learning-rate to be a number > 0 but received 'nan'"],
    [
      'train digits --layers 8,,8',
      "expected --layers to be whole numbers ≥ 1 with commas between, or 'none' but received '8,,8'",
    ],
    [
      'train digits --form emma',
      "expected --form to be one of 'heavyBall', 'velocity', 'ema' but received 'emma'; did you mean ema?",
    ],
    ['train digits --optimizer adam --nesterov', /^adam: expected options among .* but received 'nesterov'$/],
    ['train digits --optimizer adm', /^expected --optimizer to be one of .* but received 'adm'; did you mean adam\?$/],
    ['train digits --nesterov --momentum 0', /^sgd: expected .*nesterov/],
    ['compare digits --optimizers sgd,adan', /^expected --optimizers to be names .* 'sgd,adan'; did you mean adam\?$/],
    ['compare digits --optimizer adam', 'there is no option --optimizer here; did you mean --optimizers?'],
    ['evaluate model.safetensors', 'expected evaluate MODEL DATA'],
    ['predict', 'expected predict MODEL DATA'],
    ['completion fishy', "expected bash, zsh, fish but received 'fishy'; did you mean fish?"],
  ])('%s', async (line, sentence) => {
    const { code, output, errors } = await ravine(line)
    expect([code, output]).toEqual([2, ''])
    const [, said] = /^ravine: (.*) \(ravine( \w+)? --help tells what there is\)\n$/.exec(errors) ?? []
    if (typeof sentence === 'string') expect(said).toBe(sentence)
    else expect(said).toMatch(sentence)
  })
})

describe('train', { timeout: 60_000 }, () => {
  it('shows how it goes in plain lines, the same for every number of threads', async () => {
    const line = 'train digits --layers 12 --epochs 2 --batch-size 10 --seed 4 --examples 3000'
    const { code, output } = await ravine(line)
    expect(code).toBe(0)
    expect(output).toContain(
      '\nmodel: 784-12-10 with relu, cross-entropy, sgd at 0.01 with momentum 0.9, batches of 10, seed 4\n',
    )
    expect(output).toMatch(/\nepoch 1\/2 {2}step 100\/300 {2}loss \d\.\d+\nepoch 1\/2 {2}step 200\/300 /)
    expect(output).toMatch(/\nepoch 2\/2 {2}loss \S+ {2}test accuracy \S+ % {2}\S+ s\n/)
    expect(output).toMatch(/\nfinal test accuracy (8\d|9\d)\.\d\d % after 2 epochs, \S+ s of training\n$/)
    const timeless = (text: string) => text.replace(/\S+ s\b/g, '')
    expect(timeless((await ravine(`${line} --threads 3`)).output)).toBe(timeless(output))
  })

  it('keeps the model with --out', async () => {
    const out = join(nowhere, 'model.safetensors')
    const { code, output } = await ravine(
      `train digits --layers 12 --epochs 2 --batch-size 10 --seed 4 --examples 3000 --out ${out}`,
    )
    expect([code, output.split('\n').at(-2)]).toEqual([0, `the model is in ${out}`])
    const { test } = digits({ examples: 3600, seed: 4 })
    const [, told] = /final test accuracy (\S+) %/.exec(output) ?? []
    expect(((await (await load(out)).evaluate(test)).accuracy! * 100).toFixed(2)).toBe(told)
  })

  it('refuses files that it could not write before anything else', async () => {
    for (const option of ['--out', '--checkpoint']) {
      const refused = await ravine(`train mnist ${option} ${join(nowhere, 'no', 'x')}`)
      expect(refused).toMatchObject({ code: 1, output: '' })
      expect(refused.errors).toMatch(/^ravine: train: expected to write .*\(ERR_RAVINE_FILE\)\n$/)
    }
  })

  it('goes on from a checkpoint, to the bit', async () => {
    const [whole, half, rest] = ['whole', 'half', 'rest'].map((name) => join(nowhere, name))
    const line = 'train digits --layers 8 --batch-size 50 --dropout 0.1 --activation gelu --examples 500'
    await ravine(`${line} --epochs 2 --out ${whole}`)
    await ravine(`${line} --epochs 1 --checkpoint ${half}`)
    expect(await ravine(`${line} --epochs 2 --resume ${half} --out ${rest}`)).toMatchObject({ code: 0, errors: '' })
    const [a, b] = await Promise.all([load(whole), load(rest)])
    expect(b.parameters()).toEqual(a.parameters())
    const other = await ravine(`${line} --epochs 2 --resume ${half} --seed 7`)
    expect(other).toMatchObject({ code: 1, errors: expect.stringContaining('to have seed 7 but it has 1') })
  })

  it('keeps the best epoch with --patience', async () => {
    const out = join(nowhere, 'model.safetensors')
    const line = `train digits --layers 8 --examples 1000 --learning-rate 3 --epochs 40 --patience 1 --json --out ${out}`
    const { code, output } = await ravine(line)
    const records = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const end = records.at(-1)
    expect(code).toBe(0)
    expect(end.epochs).toBeLessThan(40)
    expect(end.epoch).toBe(end.epochs - 1)
    const judged = await (await load(out)).evaluate(digits({ examples: 1200, seed: 1 }).test)
    expect(judged.loss).toBe(Math.min(...records.map(({ validationLoss = Infinity }) => validationLoss)))
  })

  it('writes a report, with the line that makes it again', async () => {
    const [one, some] = ["it's.html", 'some.html'].map((name) => join(nowhere, name))
    const line = '--layers 8 --examples 500 --epochs 1'
    const { code, output } = await ravine(`train digits ${line} --report ${one}`)
    expect([code, output]).toEqual([0, expect.stringContaining(`\nthe report is in ${one}\n`)])
    const page = readFileSync(one, 'utf8')
    expect(page).toMatch(/^<!doctype html>/i)
    expect(page).toContain(`ravine train digits ${line} --report `)
    expect(await ravine(`compare digits ${line} --optimizers sgd,lion --report ${some}`)).toMatchObject({ code: 0 })
    expect(readFileSync(some, 'utf8')).toContain('lion')
    for (const command of ['train', 'compare']) {
      const refused = await ravine(`${command} digits ${line} --report ${join(one, 'x')}`)
      expect(refused).toMatchObject({ code: 1, output: '', errors: expect.stringContaining('ERR_RAVINE_FILE') })
    }
  })

  it('keeps records: lines of JSON, and events for TensorBoard', async () => {
    const [log, events] = [join(nowhere, 'log.jsonl'), join(nowhere, 'events')]
    const line = '--layers 8 --examples 500 --epochs 1 --quiet'
    expect(await ravine(`train digits ${line} --log ${log} --tensorboard ${events}`)).toMatchObject({ code: 0 })
    const told = readFileSync(log, 'utf8').trim().split('\n')
    expect(told.map((line) => JSON.parse(line).event)).toEqual(['start', 'epoch', 'end'])
    expect(readdirSync(join(events, 'train'))).toEqual([expect.stringMatching(/tfevents/)])
    await ravine(`compare digits ${line} --optimizers sgd,adam --tensorboard ${events}`)
    expect(readdirSync(events).sort()).toEqual(['adam', 'sgd', 'train', 'validation'])
    const refused = await ravine(`train digits ${line} --log ${join(log, 'x')}`)
    expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('ERR_RAVINE_FILE') })
  })

  it('ends with 1 where it fails', async () => {
    const errors = /^ravine: mnist: expected .* but did not find them all.* \(ERR_RAVINE_DATA\)\n$/
    expect(await ravine('train mnist')).toMatchObject({ code: 1, errors: expect.stringMatching(errors) })
    const diverged = await ravine('train digits --layers 8 --examples 500 --learning-rate 1e30')
    expect(diverged).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^ravine: fit: .*\(ERR_RAVINE_DIVERGED\)\n$/),
    })
  })
})

describe('for machines', { timeout: 60_000 }, () => {
  const line = 'train digits --layers 8 --batch-size 20 --examples 600'

  it('an object a line, and sentences on standard error', async () => {
    const { output, errors } = await ravine(`${line} --epochs 2 --json`)
    const [start, first, second, end, ...others] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(others).toEqual([])
    const sizes = { layers: '784-8-10', examples: 600, test: 120, parameters: 6370, epochs: 2, seed: 1 }
    expect(start).toMatchObject({ event: 'start', source: 'digits', ...sizes })
    expect([first, second]).toMatchObject([1, 2].map((epoch) => ({ event: 'epoch', epoch, steps: 30 * epoch })))
    expect(end).toMatchObject({ ...second, event: 'end', epochs: 2, seconds: expect.any(Number) })
    expect(errors).toMatch(/^ravine .*\nfinal test accuracy .*\n$/s)
  })

  it('nothing at all with --quiet', async () => {
    expect(await ravine(`${line} --epochs 1 --quiet`)).toEqual({ code: 0, output: '', errors: '' })
  })

  it('a configuration that comes to itself', async () => {
    const path = join(nowhere, 'run.json')
    const options = '--optimizer nesterov --dropout 0.25 --layers 9,8 --schedule cosine --out out.safetensors --json'
    const { code, output } = await ravine(`train digits ${options} --print-config`)
    expect(code).toBe(0)
    const config = { source: 'digits', layers: [9, 8], optimizer: 'nesterov', learningRate: 0.01, momentum: 0.9 }
    expect(JSON.parse(output)).toMatchObject({ ...config, nesterov: true, out: 'out.safetensors', json: true })
    writeFileSync(path, output)
    expect(await ravine(`train --config ${path} --print-config`)).toEqual({ code: 0, output, errors: '' })
    const changed = await ravine(`train mnist --config ${path} --print-config --epochs 3 --layers none --no-nesterov`)
    expect(JSON.parse(changed.output)).toEqual({
      ...JSON.parse(output),
      ...{ source: 'mnist', epochs: 3, layers: [], nesterov: false },
    })
    const { output: compared } = await ravine('compare digits --optimizers adam,lion --print-config')
    writeFileSync(path, compared)
    expect((await ravine(`compare --config ${path} --print-config`)).output).toBe(compared)
  })

  it.each([
    ['{"epoch": 3}', 2, "PATH: there is no setting 'epoch' here; did you mean epochs?"],
    ['{"config": "x"}', 2, "PATH: there is no setting 'config' here"],
    ['{"epochs": "3"}', 2, "expected epochs in PATH to be a whole number ≥ 1 but received '3'"],
    ['{"layers": [8, 0]}', 2, /^expected layers in PATH to be whole numbers ≥ 1 .* but received an array of 2/],
    ['{"optimizer": "adm"}', 2, /^expected optimizer in PATH to be one of .* but received 'adm'; did you mean adam\?/],
    ['[1]', 2, 'expected PATH to be an object of settings but received an array of 1'],
    ['{"epochs": 3', 1, /^config: expected PATH to be JSON but .*ERR_RAVINE_FILE/],
  ])('refuses %s', async (text, code, sentence) => {
    const path = join(nowhere, 'run.json')
    writeFileSync(path, text)
    const refused = await ravine(`train digits --config ${path}`)
    expect([refused.code, refused.output]).toEqual([code, ''])
    const said = refused.errors.replaceAll(path, 'PATH').replace('ravine: ', '')
    if (typeof sentence === 'string') expect(said).toBe(`${sentence} (ravine train --help tells what there is)\n`)
    else expect(said).toMatch(sentence)
  })
})

describe('compare', { timeout: 60_000 }, () => {
  it('sets optimizers side by side, from the same weights', async () => {
    const line = 'compare digits --layers 8 --epochs 1 --batch-size 20 --examples 600'
    const { code, output } = await ravine(`${line} --optimizers sgd,sgd+momentum,nesterov,ema,adam,sgd`)
    expect(code).toBe(0)
    expect(output).toContain('\nsgd: 784-8-10 with relu, cross-entropy, sgd at 0.01, batches of 20, seed 1\n')
    expect(output).toMatch(/\nnesterov {2}epoch 1\/1 {2}loss /)
    const table = output.slice(output.indexOf('\noptimizer ')).trim().split('\n')
    expect(table.map((row) => row.split(' ')[0])).toEqual([
      'optimizer',
      'sgd',
      'sgd+momentum',
      'nesterov',
      'ema',
      'adam',
    ])
    for (const row of table.slice(1)) expect(row).toMatch(/ accuracy \d+\.\d\d % +1 +\d\.\d$/)
    const { output: records } = await ravine(`${line} --optimizers sgd,sgd+momentum --momentum 0.5 --json`)
    const ends = records
      .split('\n')
      .filter((line) => line.includes('"end"'))
      .map((line) => JSON.parse(line))
    expect(ends.map(({ run }) => run)).toEqual(['sgd', 'sgd+momentum'])
    expect(ends[1].loss).toBeLessThan(ends[0].loss)
    const alone = await ravine(
      'train digits --layers 8 --epochs 1 --batch-size 20 --examples 600 --momentum 0.5 --json',
    )
    expect(JSON.parse(alone.output.trim().split('\n').at(-1)!).loss).toBe(ends[1].loss)
  })
})

/** An IDX file of bytes. */
function idxFile(path: string, shape: readonly number[], byte: (i: number) => number): void {
  const sizes = new Uint8Array(shape.flatMap((size) => [0, 0, size >> 8, size & 255]))
  const length = shape.reduce((product, size) => product * size, 1)
  writeFileSync(
    path,
    Buffer.concat([new Uint8Array([0, 0, 8, shape.length]), sizes, Uint8Array.from({ length }, (_, i) => byte(i))]),
  )
}

describe('a directory of IDX files', { timeout: 60_000 }, () => {
  /** Of three classes, whose images are bright in one of three places. */
  function write(directory: string, part: string, examples: number): void {
    mkdirSync(directory, { recursive: true })
    idxFile(join(directory, `${part}-images-idx3-ubyte`), [examples, 2, 3], (i) =>
      Math.floor(i / 6) % 3 === i % 3 ? 200 : 3,
    )
    idxFile(join(directory, `${part}-labels-idx1-ubyte`), [examples], (i) => i % 3)
  }
  const line = '--layers 5 --epochs 20 --batch-size 8 --learning-rate 0.1'

  it('is learnt from, judged and predicted', async () => {
    const [directory, model, out] = ['images', 'model.safetensors', 'out.csv'].map((name) => join(nowhere, name))
    write(directory, 'train', 90)
    write(directory, 't10k', 9)
    const trained = await ravine(`train ${directory} ${line} --out ${model}`)
    expect(trained.code).toBe(0)
    expect(trained.output).toContain('90 examples to learn from and 9 to test with\nmodel: 6-5-3 ')
    expect(trained.output).toContain('final test accuracy 100.00 %')
    const judged = await ravine(`evaluate ${model} ${directory} --json`)
    expect(JSON.parse(judged.output)).toMatchObject({ event: 'end', examples: 9, accuracy: 1, f1: 1 })
    expect(await ravine(`predict ${model} ${directory} --out ${out} --probabilities`)).toMatchObject({
      code: 0,
      output: '',
    })
    const [header, ...rows] = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(','))
    expect(header).toEqual(['prediction', 'probability of 0', 'probability of 1', 'probability of 2'])
    expect(rows.map(([prediction]) => prediction)).toEqual(['0', '1', '2', '0', '1', '2', '0', '1', '2'])
    for (const [, ...parts] of rows) expect(parts.reduce((sum, part) => sum + Number(part), 0)).toBeCloseTo(1, 5)
    const lines = (await ravine(`predict ${model} ${directory} --json`)).output.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).prediction)).toEqual(rows.map(([prediction]) => prediction))
  })

  it('gives a part for the test where it has none, and a model takes its own normalisation to another', async () => {
    const [all, others, model] = ['all', 'others', 'model.safetensors'].map((name) => join(nowhere, name))
    write(all, 'my', 90)
    const { output } = await ravine(`train ${all} ${line} --test 0.1 --out ${model}`)
    expect(output).toContain('81 examples to learn from and 9 to test with')
    mkdirSync(others)
    // Of the second class alone: by their own mean and deviation they would look like something else.
    idxFile(join(others, 'images-idx3-ubyte'), [4, 2, 3], (i) => (i % 3 === 1 ? 200 : 3))
    idxFile(join(others, 'labels-idx1-ubyte'), [4], () => 1)
    const refused = await ravine(`evaluate ${model} ${others}`)
    expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('ERR_RAVINE_SHAPE') })
  })

  it('is refused where it holds something else', async () => {
    const directory = join(nowhere, 'images')
    expect(await ravine(`train ${nowhere}`)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(
        /^ravine: images: expected one pair of IDX files of training images .* 'none' \(ERR_RAVINE_DATA\)\n$/,
      ),
    })
    write(directory, 'train', 9)
    idxFile(join(directory, 'train-labels-idx1-ubyte'), [8], () => 0)
    expect(await ravine(`train ${directory}`)).toMatchObject({
      code: 1,
      errors: expect.stringContaining(
        'expected train-labels-idx1-ubyte to have the shape [9] but received [8] (ERR_RAVINE_SHAPE)',
      ),
    })
    expect(await ravine(`train ${join(nowhere, 'none')}`)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^ravine: data: expected to find .*\(ERR_RAVINE_FILE\)\n$/),
    })
  })
})

describe('a table', { timeout: 60_000 }, () => {
  /** price = 1000·size − 500·age, and a little for the place; every tenth size is missing. */
  const rows = Array.from({ length: 120 }, (_, i) => {
    const [size, age, place] = [50 + ((i * 37) % 60), (i * 11) % 23, ['hill', 'sea', 'a "town", so'][i % 3]]
    return { size: i % 10 ? `${size}` : '', age, place, price: 1000 * size - 500 * age + (i % 3) * 90 }
  })
  const cell = (text: unknown) => `"${`${text}`.replaceAll('"', '""')}"`
  const write = (name: string, names: readonly string[], taken: readonly Record<string, unknown>[] = rows) => {
    const path = join(nowhere, name)
    const lines = [
      names.map(cell),
      ...taken.map((row) => names.map((name) => (row[name] === '' ? '' : cell(row[name])))),
    ]
    writeFileSync(path, `${lines.join('\n')}\n`)
    return path
  }

  it('of numbers is learnt from, judged and predicted in its own units, with and without the target', async () => {
    const path = write('houses.csv', ['size', 'age', 'place', 'price'])
    const [model, out] = [join(nowhere, 'model.safetensors'), join(nowhere, 'out.csv')]
    const { code, output } = await ravine(`train ${path} --target price --out ${model}`)
    expect(code).toBe(0)
    expect(output).toContain(
      '96 examples to learn from and 24 to test with\nmodel: 5-128-64-1 with relu, mean squared error',
    )
    expect(output).toMatch(/\nepoch 30\/30 {2}loss \S+ {2}test R² 0\.[89]/)
    const scores = JSON.parse((await ravine(`evaluate ${model} ${path} --json`)).output)
    expect(scores).toMatchObject({ examples: 120, rSquared: expect.any(Number) })
    expect(scores.rSquared).toBeGreaterThan(0.8)
    expect(await ravine(`predict ${model} ${path} --out ${out}`)).toMatchObject({ code: 0, output: '' })
    const [header, ...said] = readFileSync(out, 'utf8').trim().split('\n')
    expect([header, said.length]).toEqual(['prediction', rows.length])
    for (const price of said) expect(Number(price)).toBeGreaterThan(20_000)
    const others = write('others.csv', ['place', 'age', 'size'])
    const { output: lines } = await ravine(`predict ${model} ${others} --json`)
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => `${JSON.parse(line).prediction}`),
    ).toEqual(said)
    expect(await ravine(`predict ${model} digits`)).toMatchObject({ code: 1, output: '' })
  })

  it('of names is learnt by classes, which predictions name', async () => {
    const path = write(
      'places.csv',
      ['price', 'place'],
      rows.map((row, i) => ({ ...row, price: 100 * (i % 3) })),
    )
    const model = join(nowhere, 'model.safetensors')
    const page = join(nowhere, 'page.html')
    const { output } = await ravine(`train ${path} --target place --out ${model} --report ${page}`)
    expect(readFileSync(page, 'utf8')).toContain('<th scope="col">hill</th>')
    expect(output).toMatch(/final test accuracy 100\.00 %/)
    const { output: answers } = await ravine(`predict ${model} ${path} --probabilities`)
    const [header, first, , third] = answers.split('\n')
    expect(header).toBe('prediction,"probability of a ""town"", so",probability of hill,probability of sea')
    const [name, , ofHill] = first.split(',')
    expect([name, Number(ofHill)]).toEqual(['hill', expect.closeTo(1, 1)])
    expect(third).toMatch(/^"a ""town"", so",/)
  })

  it('has settings of its own, but no other optimizer has its learning rate', async () => {
    const path = write('houses.csv', ['size', 'price'])
    const settings = async (line: string) => JSON.parse((await ravine(`${line} --print-config`)).output)
    const own = { layers: [128, 64], epochs: 30, batchSize: 64, schedule: 'cosine' }
    const adam = { optimizer: 'adam', learningRate: 0.003 }
    expect(await settings(`train ${path}`)).toMatchObject({ ...own, ...adam })
    expect(await settings(`train ${path} --optimizer adam --epochs 2`)).toMatchObject({ ...own, ...adam, epochs: 2 })
    expect(await settings(`train ${path} --optimizer sgd`)).toMatchObject({ ...own, learningRate: 0.01 })
    expect(await settings(`train ${path} --optimizer lion --learning-rate 1`)).toMatchObject({ learningRate: 1 })
    expect(await settings(`compare ${path}`)).not.toHaveProperty('learningRate')
    expect(await settings(`compare ${path} --learning-rate 1`)).toMatchObject({ ...own, learningRate: 1 })
  })

  it('has columns that can be named, and says which there are', async () => {
    const path = write('houses.csv', ['size', 'age', 'place', 'price'])
    for (const [options, said] of [
      ['', /columns of .*, size, age, place, price, but received ''/],
      ['--target prise', /but received 'prise'; did you mean 'price'\?/],
      ['--target price --ignore plaze', /did you mean 'place'\?/],
    ] as const) {
      const { code, output, errors } = await ravine(`train ${path} ${options}`)
      expect([code, output.split('\n').length, errors]).toEqual([2, 2, expect.stringMatching(said)])
    }
    const line = `train ${path} --target price --epochs 1 --missing drop --ignore place`
    expect((await ravine(line)).output).toContain('86 examples to learn from and 22 to test with\nmodel: 2-128-64-1 ')
    const refused = await ravine(`train ${path} --target price --missing error`)
    expect(refused).toMatchObject({ code: 1, errors: expect.stringMatching(/line 2.*ERR_RAVINE_DATA/) })
  })
})

describe('a file of a model', () => {
  it('is written for other tools', async () => {
    const [path, onnx] = ['model.safetensors', 'model.onnx'].map((name) => join(nowhere, name))
    const model = sequential({ inputs: 3, seed: 5 }, [dense(2)])
    await model.save(path)
    expect(await ravine(`export ${path} --onnx ${onnx}`)).toMatchObject({
      code: 0,
      output: `the model is in ${onnx}\n`,
    })
    expect(new Uint8Array(readFileSync(onnx))).toEqual(model.toONNX())
    await ravine(`export ${path} --onnx ${onnx} --bytes`)
    expect(new Uint8Array(readFileSync(onnx))).toEqual(model.toONNX({ bytes: true }))
    expect(await ravine(`export ${path}`)).toMatchObject({ code: 2, output: '' })
    expect(await ravine(`export ${path} --onnx ${join(path, 'x')}`)).toMatchObject({ code: 1, output: '' })
  })

  it('is described', async () => {
    const path = join(nowhere, 'model.safetensors')
    await sequential({ inputs: 3, seed: 5 }, [dense(4, 'relu'), layerNorm(), dense(2)]).save(path)
    const { output } = await ravine(`info ${path}`)
    expect(output).toMatch(
      /^layer +kind +inputs +outputs +parameters\n0 +dense relu +3 +4 +16\n2 +layerNorm +4 +4 +8\n/,
    )
    expect(output).toMatch(/\nparameters +34\n/)
    expect(JSON.parse((await ravine(`info ${path} --json`)).output)).toMatchObject({
      parameters: 34,
      dtype: 'f32',
      seed: 5,
    })
    for (const command of ['info', 'evaluate', 'predict']) {
      const data = command === 'info' ? '' : ' digits'
      const { code, errors } = await ravine(`${command} package.json${data}`)
      expect([code, errors]).toEqual([1, expect.stringContaining('ERR_RAVINE_FILE')])
    }
  })
})

describe('demo', { timeout: 60_000 }, () => {
  it('learns generated digits where MNIST cannot be had, then draws a line', async () => {
    const { code, output } = await ravine('demo --epochs 1')
    expect(code).toBe(0)
    const lines = output.split('\n')
    expect(lines[1]).toBe('no MNIST in the cache directory: asking for a download of 11 MB …')
    expect(lines[2]).toMatch(
      /^MNIST cannot be had \(no download: .+\), so generated digits take its place; --data DIR or /,
    )
    expect(lines[3]).toBe('data: generated digits, 30,000 examples to learn from and 6,000 to test with')
    expect(output).toMatch(/\nfinal test accuracy 9[5-9]\.\d\d % after 1 epoch, /)
    expect(lines.filter((line) => line.includes('  w  '))).toHaveLength(11)
    expect(output).toMatch(/\nepoch 1000 {2}w {2}2\.187038866934 {2}b -0\.953206197088 {2}loss {2}0\.560398556428\n$/)
  })

  it('does not look elsewhere than in a directory that is named', async () => {
    const { code, errors } = await ravine(`demo --data ${nowhere}`)
    expect([code, errors]).toEqual([1, expect.stringContaining(`in ${nowhere} or`)])
  })
})

describe('check', { timeout: 60_000 }, () => {
  it('finds equal bits', async () => {
    const { code, output } = await ravine('check')
    expect(code).toBe(0)
    const rows = output.split('\n').slice(1, -2)
    expect(rows).toHaveLength(9)
    for (const row of rows) expect(row).toMatch(/ ([0-9a-f]{16}) {2}\1 {2}equal$/)
    expect(new Set(rows.map((row) => row.slice(-23))).size).toBe(9)
  })
})

describe('bench', { timeout: 60_000 }, () => {
  const time = String.raw`\d\S* (s|ms|µs|ns)`
  const rate = String.raw`\d[\d.]*`

  it('sets the speed of training beside that of the machine', async () => {
    const { code, output } = await ravine('bench --examples 130')
    expect(code).toBe(0)
    expect(output).toMatch(/^ravine .*, \d+ CPUs\ndata: 130 images of generated digits\n/s)
    expect(output).toMatch(/\nthreads +epoch +step +GFLOP\/s +FMA peak +of peak\n/)
    for (const threads of ['1', 'auto']) {
      expect(output).toMatch(RegExp(`\n${threads} +${time} +${time} +${rate} +${rate} +${rate} %\n`))
    }
    expect(output).not.toContain('phase')
  })

  it('shows where the time goes, phase by phase', async () => {
    const { code, output } = await ravine('bench --examples 130 --threads 1 --profile')
    expect(code).toBe(0)
    const table = output.slice(output.indexOf('\nwhere the time of a step goes, threads: 1\n')).split('\n').slice(2, -2)
    expect(table[0]).toMatch(/^phase +operation +time a step +share +GFLOP\/s +GB\/s$/)
    const row = RegExp(`^(\\d) +(\\S.*?) {2,}${time} +(${rate}) %( +${rate}){0,2}$`)
    const rows = table.slice(1).map((line) => row.exec(line) ?? [line])
    const phases = rows.map(([, phase]) => Number(phase))
    expect(phases).toEqual([...phases].sort((a, b) => a - b))
    expect(rows.map(([, , operation]) => operation)).toEqual(
      expect.arrayContaining(['forward 1', 'loss', 'weight update 1']),
    )
    expect(Math.abs(rows.reduce((sum, [, , , , share]) => sum + Number(share), 0) - 100)).toBeLessThan(2)
    expect(new Set(table.slice(1).map((line) => line.indexOf(' %'))).size).toBe(1)
  })

  it('measures once where 1 thread is asked for, and only the images of a directory that is named', async () => {
    expect((await ravine('bench --examples 70 --threads 1')).output.match(/^1 /gm)).toHaveLength(1)
    const { code, errors } = await ravine(`bench --data ${nowhere}`)
    expect([code, errors]).toEqual([1, expect.stringMatching(/^ravine: mnist: .*\(ERR_RAVINE_DATA\)\n$/)])
  })
})

const cli = (words: readonly string[]) =>
  spawn(process.execPath, [fileURLToPath(new URL('../dist/cli.js', import.meta.url)), ...words])

/** The built program, as a process; it is interrupted when it says `when`, or some milliseconds later. */
function program(words: readonly string[], when: string, late = 0): Promise<{ code: number | null; errors: string }> {
  const child = cli(words)
  let [output, errors] = ['', '']
  child.stderr.on('data', (part) => {
    errors += part
  })
  child.stdout.on('data', function wait(part) {
    output += part
    if (output.includes(when)) child.stdout.off('data', wait).resume() && setTimeout(() => child.kill('SIGINT'), late)
  })
  return new Promise((done) => child.on('close', (code) => done({ code, errors })))
}

describe.skipIf(process.platform === 'win32')('an interrupt', { timeout: 60_000 }, () => {
  it('stops after the step in hand, with one line and 130', async () => {
    const ended = await program(
      ['train', 'digits', '--layers', '32', '--epochs', '9999', '--examples', '3000'],
      'epoch    1/9999  loss',
    )
    expect(ended).toEqual({ code: 130, errors: 'ravine: interrupted: stopped after the step in hand\n' })
  })

  it('keeps the step in hand, of the first epoch too, and tells how to go on, to the bit', async () => {
    const [out, whole] = ['model.safetensors', 'whole'].map((name) => join(nowhere, name))
    const line = 'train digits --layers 16 --batch-size 4 --examples 3000'
    const words = `${line} --epochs 9999 --out ${out}`
    const goOn = `ravine ${words} --resume ${out}`
    expect(await program(words.split(' '), '/750 ', 20 * Math.random())).toEqual({
      code: 130,
      errors: `ravine: interrupted: stopped after the step in hand; to go on: ${goOn}\n`,
    })
    const { history, begun } = (await readCheckpoint('test', out)).fit!
    expect(history.length + (begun?.steps ?? 0)).toBeGreaterThan(0)
    const epochs = history.length + 1
    await ravine(`${line} --epochs ${epochs} --out ${out} --resume ${out}`)
    await ravine(`${line} --epochs ${epochs} --out ${whole}`)
    const [a, b] = await Promise.all([load(whole), load(out)])
    expect(b.parameters()).toEqual(a.parameters())
  })

  it('a second time ends it at once: the file is there whole or not at all', async () => {
    const out = join(nowhere, 'model.safetensors')
    const line = `train digits --layers 2048,1024 --examples 600 --epochs 9999 --quiet --out ${out}`
    const child = cli(line.split(' '))
    const ended = new Promise((done) => child.on('close', (code, signal) => done(signal === 'SIGINT' ? 130 : code)))
    const interrupt = setInterval(() => {
      // The first as soon as it may, the second when the file is being written.
      if (readdirSync(nowhere).some((name) => name.endsWith('.partial'))) child.kill('SIGINT')
    }, 1)
    expect(await ended.finally(() => clearInterval(interrupt))).toBe(130)
    if (existsSync(out)) await load(out)
  })
})
