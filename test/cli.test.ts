import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readCheckpoint } from '../src/checkpoint.js'
import { main } from '../src/cli/main.js'
import { digits } from '../src/digits.js'
import { load } from '../src/load.js'
import { version } from '../src/native.js'

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
    for (const name of ['demo', 'train', 'check', 'bench', 'info']) {
      expect(output).toContain(`\n  ravine ${name} `)
      expect(await ravine(`${name} --help`)).toMatchObject({
        code: 0,
        output: expect.stringContaining(`usage: ravine ${name}`),
      })
    }
    expect((await ravine('train -h')).output).toMatch(/\n {2}--learning-rate X +size of a step \(0\.01\)\n/)
    expect(output.split('\n').every((line) => line.length < 100)).toBe(true)
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

describe('wrong usage ends with 2', () => {
  it.each([
    ['', 'expected a command'],
    ['trian', 'there is no command trian; did you mean train?'],
    ['toString', 'there is no command toString'],
    ['train', "expected train mnist or train digits but received ''"],
    ['train mnits', "expected train mnist or train digits but received 'mnits'; did you mean mnist?"],
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
    ['train digits --layers 8,,8', "expected --layers to be whole numbers ≥ 1 with commas between but received '8,,8'"],
  ])('%s', async (line, sentence) => {
    const errors = `ravine: ${sentence} (ravine --help tells what there is)\n`
    expect(await ravine(line)).toEqual({ code: 2, output: '', errors })
  })
})

describe('train', { timeout: 60_000 }, () => {
  it('shows how it goes in plain lines, the same for every number of threads', async () => {
    const line = 'train digits --layers 12 --epochs 2 --batch-size 100 --seed 4'
    const { code, output } = await ravine(line)
    expect(code).toBe(0)
    expect(output).toContain(
      '\nmodel: 784-12-10 with ReLU, cross-entropy, SGD at 0.01 with momentum 0.9, batches of 100, seed 4\n',
    )
    expect(output).toMatch(/\nepoch 1\/2 {2}step 100\/300 {2}loss \d\.\d+\nepoch 1\/2 {2}step 200\/300 /)
    expect(output).toMatch(/\nepoch 2\/2 {2}loss \S+ {2}test accuracy \S+ % {2}\S+ s\n/)
    expect(output).toMatch(/\nfinal test accuracy (8\d|9\d)\.\d\d % after 2 epochs, \S+ s of training\n$/)
    const timeless = (text: string) => text.replace(/\S+ s\b/g, '')
    expect(timeless((await ravine(`${line} --threads 3`)).output)).toBe(timeless(output))
  })

  it('keeps the model with --out', async () => {
    const out = join(nowhere, 'model.safetensors')
    const { code, output } = await ravine(`train digits --layers 12 --epochs 2 --batch-size 100 --seed 4 --out ${out}`)
    expect([code, output.split('\n').at(-2)]).toEqual([0, `the model is in ${out}`])
    const { test } = digits({ examples: 36_000, seed: 4 })
    const [, told] = /final test accuracy (\S+) %/.exec(output) ?? []
    expect(((await (await load(out)).evaluate(test)).accuracy! * 100).toFixed(2)).toBe(told)
    const refused = await ravine(`train digits --out ${join(out, 'x')}`)
    expect(refused).toMatchObject({ code: 1, errors: expect.stringMatching(/to write .*\(ERR_RAVINE_FILE\)\n$/) })
  })

  it('ends with 1 where it fails', async () => {
    const errors = /^ravine: mnist: expected .* but did not find them all.* \(ERR_RAVINE_DATA\)\n$/
    expect(await ravine('train mnist')).toMatchObject({ code: 1, errors: expect.stringMatching(errors) })
    const diverged = await ravine('train digits --layers 8 --learning-rate 1e30')
    expect(diverged).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^ravine: fit: .*\(ERR_RAVINE_DIVERGED\)\n$/),
    })
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
    expect(lines[3]).toBe('data: generated digits, 30,000 images to learn from and 6,000 to test with')
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

/** The built program, as a process; it is interrupted when it says `when`. */
function program(words: readonly string[], when: string): Promise<{ code: number | null; errors: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../dist/cli.js', import.meta.url)), ...words])
  let [output, errors] = ['', '']
  child.stderr.on('data', (part) => {
    errors += part
  })
  child.stdout.on('data', function wait(part) {
    output += part
    if (output.includes(when)) child.stdout.off('data', wait).resume() && child.kill('SIGINT')
  })
  return new Promise((done) => child.on('close', (code) => done({ code, errors })))
}

describe.skipIf(process.platform === 'win32')('an interrupt', { timeout: 60_000 }, () => {
  it('stops after the step in hand, with one line and 130', async () => {
    const ended = await program(['train', 'digits', '--layers', '32', '--epochs', '9999'], 'epoch    1/9999  loss')
    expect(ended).toEqual({ code: 130, errors: 'ravine: interrupted: stopped after the step in hand\n' })
  })

  it('leaves the model of the last whole epoch', async () => {
    const out = join(nowhere, 'model.safetensors')
    const words = ['train', 'digits', '--layers', '8', '--epochs', '9999', '--out', out]
    expect(await program(words, 'epoch    2/9999  loss')).toMatchObject({ code: 130 })
    const { fit } = await readCheckpoint('test', out)
    expect(fit!.history.length).toBeGreaterThanOrEqual(2)
  })
})
