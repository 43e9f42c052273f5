import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { expectClose } from './close.js'

// A process each, which may train beside other tests.
vi.setConfig({ testTimeout: 60_000 })

const folder = fileURLToPath(new URL('../examples/', import.meta.url))
const script = fileURLToPath(new URL('../scripts/example.js', import.meta.url))
const run = promisify(execFile)
const tried = new Set<string>()
const examples = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .sort()

/** What an example prints, run as its reader would run it. */
async function printed(name: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<string> {
  tried.add(name)
  const options = { env: { ...process.env, ...env } }
  const { stdout, stderr } = await run(process.execPath, [folder + name, ...args], options)
  expect(stderr).toBe('')
  return stdout
}

/** The rows of numbers of a table, without its heading. */
const rowsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => /^ *\d/.test(line))
    .map((line) => line.trim().split(/\s+/).map(Number))

const column = (text: string, index: number) => rowsOf(text).map((row) => row[index])

/** The number after a name and '='. */
const named = (text: string, name: string) => Number(new RegExp(`^${name} = (\\S+)$`, 'm').exec(text)?.[1])

test('heavy-ball.js rolls as taught', async () => {
  const path = column(await printed('heavy-ball.js'), 1)
  expect(path).toEqual([2, 1.6, 0.92, 0.124, -0.6172, -1.16084, -1.417948])
})

test('five-points.js comes to the taught numbers', async () => {
  const text = await printed('five-points.js')
  expect(column(text, 0)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000])
  const expected = [2.187038866934316, -0.9532061970876305, 0.5603985564276327]
  expectClose(
    ['w', 'b', 'loss'].map((name) => named(text, name)),
    expected,
    { relative: 1e-12 },
  )
})

test('three-forms.js: one path at a constant η, two once it drops', async () => {
  const rows = rowsOf(await printed('three-forms.js'))
  expect(rows.length).toBe(12)
  for (const [step, rate, heavyBall, velocity, ema] of rows) {
    expect(ema).toBe(heavyBall)
    expect(velocity === heavyBall).toBe(rate === 0.1)
    expect(rate).toBe(step < 6 ? 0.1 : 0.01)
  }
})

test('nesterov.js: momentum saves steps, and Nesterov most where it is high', async () => {
  const [[, plain], ...rows] = rowsOf(await printed('nesterov.js'))
  for (const [momentum, ball, ahead] of rows) {
    if (momentum < 0.99) expect(Math.max(ball, ahead)).toBeLessThan(plain / 2)
    if (momentum >= 0.9) expect(ahead).toBeLessThan(0.8 * ball)
  }
})

test('annealing.js: the momentum goes up, and the loss comes down furthest', async () => {
  const rows = rowsOf(await printed('annealing.js'))
  expect(rows.map(([, momentum]) => momentum)).toEqual([0.599, 0.699, 0.799, 0.899, 0.9, 0.9, 0.9, 0.9])
  const [, , annealed, low, high] = rows[7]
  expect(annealed).toBeLessThan(Math.min(low, high))
  expect(rows[0][2]).toBeGreaterThan(rows[0][4])
})

test('same-bits.js prints one hash five times', async () => {
  const lines = (await printed('same-bits.js')).trim().split('\n').slice(1)
  const hashes = lines.map((line) => line.split(/\s+/)[2])
  expect(hashes.length).toBe(5)
  expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/)
  expect(new Set(hashes).size).toBe(1)
})

test('resume.js: the run that went on is the one that lived', async () => {
  const [, lived, died, resumed] = (await printed('resume.js')).trim().split('\n')
  const told = (line: string) => line.split(/\s+/).slice(1)
  expect(told(resumed)).toEqual(told(lived))
  expect(told(lived)).toHaveLength(9)
  expect(told(died).slice(1)).toEqual(told(lived).slice(1, 5))
  expect(told(died)[0]).not.toBe(told(lived)[0])
})

test('mnist.js learns, from generated digits when asked to, by npm run example as well', async () => {
  const { stdout: text } = await run(process.execPath, [script, 'mnist', '1', 'digits'])
  expect(rowsOf(text).length).toBe(1)
  expect(Number(/test accuracy (\S+) %/.exec(text)?.[1])).toBeGreaterThan(85)
})

test('mnist.js learns MNIST where RAVINE_DATA has it', async () => {
  const home = mkdtempSync(join(tmpdir(), 'ravine-examples-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  mkdirSync(join(home, 'mnist'))
  for (const part of ['train', 't10k']) {
    const images = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28, ...Array(2 * 784).fill(7)])
    writeFileSync(join(home, 'mnist', `${part}-images-idx3-ubyte`), images)
    writeFileSync(join(home, 'mnist', `${part}-labels-idx1-ubyte`), Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 3, 3))
  }
  const text = await printed('mnist.js', ['1'], { RAVINE_DATA: home })
  expect(text).toMatch(/^epoch.*\n +1 .*\n\ntest accuracy/)
})

test('mnist.js says so and learns generated digits where MNIST cannot be had', async () => {
  const home = mkdtempSync(join(tmpdir(), 'ravine-examples-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const nowhere = { RAVINE_DATA: '', XDG_CACHE_HOME: home, LOCALAPPDATA: home, HOME: home }
  const text = await printed('mnist.js', ['1'], { ...nowhere, RAVINE_MNIST_MIRROR: 'http://127.0.0.1:1/' })
  expect(text).toMatch(/^mnist: expected .*no mirror gave them.*\n\nGoing on with generated digits\.\n/)
  expect(rowsOf(text).length).toBe(1)
})

test('rosenbrock.js: momentum comes down ten times as fast', async () => {
  const rows = rowsOf(await printed('rosenbrock.js'))
  expect(rows.map(([step]) => step)).toEqual([0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000])
  expect(rows[0].slice(1)).toEqual([-1.2, 1, -1.2, 1, -1.2, 1, -1.2, 1])
  const distances = rows.map(([, ...points]) => [0, 2, 4, 6].map((i) => Math.hypot(points[i] - 1, points[i + 1] - 1)))
  for (const way of [1, 2]) expect(distances[7][way]).toBeLessThan(0.02)
  for (const way of [1, 2, 3]) expect(distances[9][0]).toBeGreaterThan(1000 * distances[9][way])
})

test('matrix-factorisation.js: exact foretells as dense does, lazy otherwise', async () => {
  const rows = rowsOf(await printed('matrix-factorisation.js'))
  expect(rows.length).toBe(12)
  for (const [, dense, exact, lazy] of rows) {
    expectClose(exact, dense, { absolute: 1e-12 })
    expect(Math.abs(lazy - dense)).toBeGreaterThan(0.01)
  }
  expect(rows[11][1]).toBeLessThan(1e-4)
})

test('plain-momentum-nesterov.js: momentum is far ahead of plain descent, Nesterov’s not behind it', async () => {
  const rows = rowsOf(await printed('plain-momentum-nesterov.js'))
  expect(rows.length).toBe(8)
  for (const [, plain, momentum, nesterov] of rows) {
    expect(momentum).toBeLessThan(plain / 1.5)
    expect(nesterov).toBeLessThanOrEqual(momentum)
  }
})

test('accumulation.js: accumulated batches are one to the bit, by hand to rounding', async () => {
  const text = await printed('accumulation.js')
  expect(named(text, 'accumulated')).toBe(0)
  expectClose(named(text, 'by hand'), 0, { absolute: 1e-12 })
  expect(named(text, 'moved')).toBeGreaterThan(0.01)
})

test.each(['1', '2'])('reinforce.js balances the pole, whatever the seed: %s', async (seed) => {
  const rows = rowsOf(await printed('reinforce.js', [seed]))
  expect(rows[0][1]).toBeLessThan(100)
  expect(rows.at(-1)![1]).toBeGreaterThanOrEqual(195)
})

test('server.js answers while it learns, refuses what it cannot read, and goes when it is told to', async () => {
  tried.add('server.js')
  const server = spawn(process.execPath, [`${folder}server.js`, '0', '100000'])
  onTestFinished(() => void server.kill('SIGKILL'))
  const ended = new Promise((resolve) => server.on('exit', (code, signal) => resolve(code ?? signal)))
  const [line] = await once(createInterface(server.stdout), 'line')
  const url = line.replace('listening on ', '')
  const state = async () => (await (await fetch(url)).json()) as { epoch: number }
  const ask = async (body: string) => {
    const response = await fetch(`${url}/predict`, { method: 'POST', body })
    const told = (await response.json()) as { epoch: number; logits: number[] }
    return { status: response.status, ...told }
  }
  while ((await state()).epoch < 1) await sleep(20)
  const blank = JSON.stringify(new Array(784).fill(0))
  const first = await ask(blank)
  expect(first).toMatchObject({ status: 200, digit: first.logits.indexOf(Math.max(...first.logits)) })
  while ((await state()).epoch <= first.epoch) await sleep(20)
  expect((await ask(blank)).logits).not.toEqual(first.logits)
  expect(await ask('{ nonsense')).toMatchObject({ status: 400, error: expect.stringMatching(/^expected JSON/) })
  expect(await ask('[1, 2]')).toEqual({
    status: 400,
    error: 'expected an array of 784 pixels but received an array of 2',
  })
  expect(await ask(blank.replace('0', '1.5'))).toEqual({
    status: 400,
    error: 'expected pixel 0 to be a whole number in 0 … 255 but received 1.5',
  })
  expect(await ask(' '.repeat(20_000))).toMatchObject({ status: 413 })
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404)
  server.kill('SIGTERM')
  expect(await ended).toBe(0)
})

describe('classical models', () => {
  const golden = JSON.parse(readFileSync(new URL('golden/classical.json', import.meta.url), 'utf8'))
  const shared = fileURLToPath(new URL('../../shared/data/', import.meta.url))
  const has = (name: string) => existsSync(join(process.env.RAVINE_DATA ?? shared, name))

  test.skipIf(!has('california-housing/housing.csv')).each([
    ['linear-regression.js', golden.linear],
    ['ridge.js', golden.ridge],
  ])('%s comes to the numbers of scikit-learn', async (name, { coefficients, intercept, loss, testLoss }) => {
    const numbers = [...(await printed(name)).matchAll(/ = (\S+)$/gm)].map(([, number]) => Number(number))
    expectClose(numbers, [...coefficients, intercept, loss, testLoss], { relative: 1e-9 })
  })

  test.skipIf(!has('mnist')).each([
    ['logistic-regression.js', { '': golden.multinomial }, 0.003],
    ['binary-logistic-regression.js', { '': golden.logistic }, 0.002],
    ['svm.js', { 'hinge ': golden.hinge, 'squaredHinge ': golden.squaredHinge }, 0.01],
  ])('%s comes to the objective of scikit-learn', async (name, models, above) => {
    const text = await printed(name)
    for (const [of, { objective, excess, testAccuracy }] of Object.entries(models)) {
      expect(named(text, `${of}objective`)).toBeLessThan((1 + above) * objective)
      // Nothing comes below the minimum, but for what f32 rounds.
      expect(named(text, `${of}objective`)).toBeGreaterThan((objective - excess) * (1 - 1e-6))
      expectClose(named(text, `${of}test accuracy`), testAccuracy, { absolute: 0.003 })
    }
  })

  const classical = ['linear-regression', 'ridge', 'logistic-regression', 'binary-logistic-regression', 'svm']
  test.each(classical.map((name) => `${name}.js`))('%s says what it misses', async (name) => {
    tried.add(name)
    const home = mkdtempSync(join(tmpdir(), 'ravine-examples-'))
    onTestFinished(() => rmSync(home, { recursive: true }))
    const nowhere = { RAVINE_DATA: home, XDG_CACHE_HOME: home, LOCALAPPDATA: home, HOME: home }
    const env = { ...process.env, ...nowhere, RAVINE_MNIST_MIRROR: 'http://127.0.0.1:1/' }
    const refused = await run(process.execPath, [folder + name], { env }).catch((error) => error)
    const sentence = expect.stringMatching(/^(california|mnist): expected .* RAVINE_DATA.*\n$/)
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: sentence })
  })
})

describe('scripts/example.js', () => {
  test.each(['heavy-ball', 'heavy-ball.js'])('runs %s', async (name) => {
    const { stdout } = await run(process.execPath, [script, name])
    expect(stdout).toBe(await printed('heavy-ball.js'))
  })

  test('says which there are, and what each is about', async () => {
    const { stdout } = await run(process.execPath, [script])
    expect(stdout).toMatch(/^heavy-ball +A heavy ball rolls on f\(x\) = x² from x = 2, with η = 0.1 and μ = 0.9\.$/m)
    const names = stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => `${line.split(' ')[0]}.js`)
    expect(names).toEqual(examples())
  })

  test.each(['heavy', 'constructor', '../bench/line'])('refuses what there is not: %s', async (name) => {
    const refused = await run(process.execPath, [script, name]).catch((error) => error)
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^example: expected one of/) })
  })
})

test('every example is run here', () => {
  expect([...tried].sort()).toEqual(examples())
})
