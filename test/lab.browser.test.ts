import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hashOf, stateOf } from '../src/lab/hash.js'
import { lessons } from '../src/lab/lessons.js'
import { pathOf } from '../src/lab/path.js'
import { figure } from '../src/lab/sentences.js'
import { firstState, groundOf } from '../src/lab/state.js'
import { viewOf } from '../src/lab/view.js'
import type { Sgd } from '../src/optimizers/sgd.js'
import { artifact, executable, launch, orSkipped } from './browser.js'

/** The built command, serving until it is interrupted. */
function served(): Promise<{ url: string; process: ChildProcess }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../dist/cli.js', import.meta.url)), 'lab'])
  return new Promise((done, failed) => {
    child.stderr.on('data', (part) => failed(new Error(`${part}`)))
    child.stdout.on('data', (part) => {
      const [url] = /http:\S+/.exec(`${part}`) ?? []
      if (url) done({ url, process: child })
    })
  })
}

/** The words of an element's children, one after another. */
const lines = async (page: Page, id: string) =>
  (await page.locator(`#${id} > *, #${id}:not(:has(*))`).allTextContents()).join('\n')

/** How many colours there are on a canvas. */
const colours = (page: Page, id: string) =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id) as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return new Set(new Uint32Array(data.buffer)).size
  }, id)

describe.skipIf(!executable)(`the lab in a browser${orSkipped}`, { timeout: 60_000 }, () => {
  let browser: Browser
  let lab: Awaited<ReturnType<typeof served>>
  /** The page of most tests, and the one at hand. */
  let [shared, page]: [Page, Page] = [undefined!, undefined!]
  /** What the browser has complained about. */
  const complaints: string[] = []

  beforeAll(async () => {
    ;[browser, lab] = await Promise.all([launch(), served()])
    shared = await opened()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    const ended = new Promise((done) => lab.process.on('exit', done))
    lab.process.kill('SIGINT')
    if (process.platform !== 'win32') expect(await ended).toBe(0)
  })
  afterEach(async () => {
    if (page !== shared) await page.close()
    expect(complaints.splice(0)).toEqual([])
  })

  async function opened(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options })
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => {
      if (!/^(http:\/\/127|file:|data:)/.test(request.url())) complaints.push(request.url())
    })
    await page.goto(lab.url)
    return page
  }

  /** Puts the shared page at an address. */
  async function open(hash = hashOf(firstState)): Promise<void> {
    page = shared
    await page.evaluate(async (hash) => {
      if (location.hash === hash) return
      const arrived = new Promise((done) => addEventListener('hashchange', done, { once: true }))
      location.assign(hash)
      await arrived
    }, `#${hash}`)
  }

  /** Drags the mouse from a place of the picture to another. */
  async function drag(from: readonly number[], to: readonly number[]): Promise<void> {
    const { x, y } = (await page.locator('#map').boundingBox())!
    await page.mouse.move(x + from[0], y + from[1])
    await page.mouse.down()
    await page.mouse.move(x + to[0], y + to[1], { steps: 4 })
    await page.mouse.up()
  }

  /** The address, once the page rests. */
  const address = async (change: () => Promise<unknown>) => {
    const before = page.url()
    await change()
    await page.waitForURL((url) => url.href !== before)
    return stateOf(new URL(page.url()).hash)
  }

  it('draws, and says where every run is by the numbers of the reference', async () => {
    await open()
    for (const id of ['map', 'forms-map']) expect(await colours(page, id)).toBeGreaterThan(100)
    for (const id of ['chart', 'forms-chart']) expect(await colours(page, id)).toBeGreaterThan(3)
    const rows = page.locator('#runs tr')
    for (const [i, run] of firstState.runs.entries()) {
      const { values } = pathOf(groundOf(firstState), firstState.start, run, firstState.steps)
      expect(await rows.nth(i).locator('td').nth(1).textContent()).toBe(figure(values[firstState.steps]))
    }
    await page
      .locator('#summary', { hasText: 'The ravine, from (−9, 2), step 80 of 80. Plain descent: value' })
      .waitFor()
    await page.screenshot({ path: artifact('lab-light.png'), fullPage: true })
  })

  it('has a name for whatever can be focused, and is the same from a file', async () => {
    await opened()
    const nameless = await page.evaluate(() => {
      const all = [...document.querySelectorAll<HTMLElement>('button, input, select, canvas[tabindex]')]
      const named = (element: HTMLElement) =>
        element.getAttribute('aria-label') ||
        element.textContent?.trim() ||
        (element as HTMLInputElement).labels?.length
      return all.filter((element) => !named(element)).map(({ outerHTML }) => outerHTML)
    })
    expect(nameless).toEqual([])
    await page.goto(new URL('../dist/lab.html#surface=bowl&start=1,1&run=adam', import.meta.url).href)
    await page.getByText('x² + y², a round bowl, from (1, 1)').waitFor()
    expect(await colours(page, 'map')).toBeGreaterThan(50)
  })

  it('moves by sliders and by exact numbers, and says what is refused', async () => {
    await open()
    const value = () => page.locator('#runs tr').nth(1).locator('td').nth(1).textContent()
    const before = await value()
    await page.getByLabel('momentum μ', { exact: true }).focus()
    const slid = await address(() => page.keyboard.press('ArrowRight'))
    expect(slid.runs[1]).toMatchObject({ momentum: 0.80945 })
    expect(await value()).not.toBe(before)
    const exact = page.getByLabel('learning rate η, exact')
    const typed = await address(async () => {
      await exact.fill('0.345')
      await exact.press('Enter')
    })
    expect(typed.runs[1].learningRate).toBe(0.345)
    await exact.fill('-1')
    await exact.press('Enter')
    await page.getByRole('alert').getByText('expected learningRate to be a number > 0').waitFor()
    expect(await exact.inputValue()).toBe('0.345')
    await page.getByLabel('form', { exact: true }).selectOption('ema')
    await page.getByLabel('Nesterov: look ahead').check()
    await page.getByText('Nesterov, moving average').waitFor()
  })

  it('starts where it is clicked and where keys move it, and plays by keys', async () => {
    await open()
    const clicked = await address(() => page.locator('#map').click({ position: { x: 300, y: 100 } }))
    expect(clicked.start).not.toEqual(firstState.start)
    const left = await address(() => page.locator('#map').press('ArrowLeft'))
    expect(left.start[0]).toBeLessThan(clicked.start[0])
    expect(left.start[1]).toBe(clicked.start[1])
    const fine = await address(() => page.locator('#map').press('Shift+ArrowUp'))
    expect(fine.start[1] - left.start[1]).toBeGreaterThan(0)
    expect(fine.start[1] - left.start[1]).toBeLessThan((clicked.start[0] - left.start[0]) / 2)
    await page.keyboard.press('Home')
    expect(await page.getByLabel('Step, exact').inputValue()).toBe('0')
    await page.keyboard.press('.')
    expect(await page.getByLabel('Step, exact').inputValue()).toBe('1')
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.waitForFunction(() => Number(document.querySelector('#runs td')!.textContent) > 2)
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Play' }).waitFor()
  })

  it('looks closer by wheel, keys, buttons and drags, and moves the start by its ring alone', async () => {
    await open()
    const map = page.locator('#map')
    const box = (await map.boundingBox())!
    await page.mouse.move(box.x + 500, box.y + 200)
    const wheeled = await address(() => page.mouse.wheel(0, -400))
    expect(wheeled.zoom).toBeCloseTo(Math.E, 3)
    expect(wheeled.start).toEqual(firstState.start)
    const keyed = await address(() => map.press('+'))
    expect(keyed.zoom).toBeCloseTo(1.5 * Math.E, 3)
    expect(keyed.middle).toEqual(wheeled.middle)
    const dragged = await address(() => drag([500, 200], [400, 250]))
    expect(dragged).toMatchObject({ zoom: keyed.zoom, start: firstState.start })
    expect(dragged.middle![0]).toBeGreaterThan(keyed.middle![0])
    expect(dragged.middle![1]).toBeGreaterThan(keyed.middle![1])
    const gone = await address(() => page.getByRole('button', { name: 'Look to the left' }).click())
    expect(gone.middle![0]).toBeLessThan(dragged.middle![0])
    await page.getByText(/seen at 4.08 times the size, about/).waitFor()
    const centred = await address(() => page.getByRole('button', { name: 'To the tuned run' }).click())
    for (const at of centred.middle!) expect(Math.abs(at)).toBeLessThan(0.05)
    await page.screenshot({ path: artifact('lab-closer.png') })
    const whole = await address(() => map.press('0'))
    expect(whole).toEqual(firstState)
    const [x, y] = viewOf(groundOf(firstState), box.width - 2, box.height - 2).place(firstState.start, 0)
    const moved = await address(() => drag([x, y], [x + 100, y + 40]))
    expect(moved).toMatchObject({ zoom: 1, start: [expect.closeTo(-7, 0), expect.closeTo(1.2, 0)] })
    expect(moved.middle).toBeUndefined()
  })

  it('leaves the wheel to the page where it comes upon the picture, or there is no more to see', async () => {
    await opened({ viewport: { width: 1280, height: 500 } })
    await page.mouse.move(300, 300)
    await page.mouse.wheel(0, 100)
    await page.waitForFunction(() => scrollY > 0)
    expect(await page.locator('#look').textContent()).toBe('1 ×')
  })

  it('looks closer by two fingers, and lets one move the page', async () => {
    await opened({ viewport: { width: 400, height: 800 }, hasTouch: true })
    await page.locator('#map').scrollIntoViewIfNeeded()
    const { x, y } = (await page.locator('#map').boundingBox())!
    const touch = await page.context().newCDPSession(page)
    const fingers = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...places: number[][]) =>
      touch.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: places.map(([across, down], id) => ({ x: x + across, y: y + down, id })),
      })
    const pinched = await address(async () => {
      await fingers('touchStart', [150, 150], [200, 150])
      for (const by of [5, 10, 15, 20, 25]) await fingers('touchMove', [150 - by, 150], [200 + by, 150])
      await fingers('touchEnd')
    })
    expect(pinched.zoom).toBeCloseTo(2, 1)
    expect(pinched.start).toEqual(firstState.start)
    const tapped = await address(() => page.touchscreen.tap(x + 100, y + 100))
    expect(tapped.zoom).toBe(pinched.zoom)
    expect(tapped.start).not.toEqual(firstState.start)
  })

  it('gives the rate and the momentum schedules, shows how they go, and keeps them', async () => {
    await open()
    const cosine = await address(() => page.getByLabel('schedule of η').selectOption('warm-up then cosine'))
    expect(cosine.runs[1].learningRate).toEqual({ type: 'cosine', from: 1.2, to: 0, steps: 80, warmup: 8 })
    const curve = page.getByRole('img', { name: 'η by step: 0 at step 80, from 0 to 1.2' })
    await curve.waitFor()
    const warmer = await address(async () => {
      await page.getByLabel('η warm-up, exact').fill('20')
      await page.getByLabel('η warm-up, exact').press('Enter')
    })
    expect(warmer.runs[1].learningRate).toMatchObject({ from: 1.2, warmup: 20 })
    await page.getByLabel('learning rate η', { exact: true }).focus()
    const slid = await address(() => page.keyboard.press('ArrowRight'))
    expect(slid.runs[1].learningRate).toMatchObject({ from: 1.29, warmup: 20 })
    const demon = await address(() => page.getByLabel('schedule of μ').selectOption('Demon'))
    expect((demon.runs[1] as Sgd).momentum).toEqual({ type: 'demon', from: 0.8, steps: 80 })
    const shown = await address(async () => {
      await page.getByLabel('Step, exact').fill('50')
      await page.getByLabel('Step, exact').press('Enter')
    })
    expect(shown.at).toBe(50)
    await page.getByRole('row', { name: 'η now 0.645' }).waitFor()
    await page.getByText('Heavy ball 0.8 (η warm-up then cosine, μ Demon, now η 0.645, μ 0.6)').waitFor()
    await page.screenshot({ path: artifact('lab-schedules.png'), fullPage: true })
    await page.getByLabel('η over steps, exact').fill('10')
    await page.getByLabel('η over steps, exact').press('Enter')
    await page.getByRole('alert').getByText('cosine: expected warmup < 10, the steps').waitFor()
    const constant = await address(() => page.getByLabel('schedule of η').selectOption('constant'))
    expect(constant.runs[1].learningRate).toBe(1.29)
    expect(await curve.count()).toBe(0)
  })

  it('takes Muon along, by steps of one length', async () => {
    await open()
    await page.getByLabel('Add', { exact: true }).selectOption('Muon')
    await page.getByRole('button', { name: 'Add run' }).click()
    await page.getByText(/every step is as long, 0\.7 η with five iterations/).waitFor()
    const length = page.getByRole('row', { name: 'its length' }).locator('td')
    for (const step of [80, 40, 3]) {
      await page.getByLabel('Step, exact').fill(String(step))
      await page.getByLabel('Step, exact').press('Enter')
      expect(await length.textContent()).toBe('0.209')
    }
  })

  it('lays the three forms on each other until the rate falls', async () => {
    await open(hashOf({ ...firstState, changeAt: 20 }))
    expect(await lines(page, 'forms-text')).toMatch(
      /^The velocity form is on the heavy ball’s path: at most \S+⁻¹\S apart, which is rounding\.\s+The moving average is on/,
    )
    await page.getByLabel('at step N the rate falls').check()
    expect(await lines(page, 'forms-text')).toMatch(
      /^The velocity form parts from the heavy ball at step 21: .*\s+The moving average is on the heavy ball’s path/,
    )
    await page.getByLabel('at step N the rate falls').uncheck()
    await page.getByLabel('at step N the momentum changes').check()
    expect(await lines(page, 'forms-text')).toMatch(
      /^The velocity form is on the heavy ball’s path.*\s+The moving average parts from the heavy ball at step 21/,
    )
  })

  it('adds, tunes and removes runs of every kind', async () => {
    await open()
    const kinds = await page.locator('#kind option').allTextContents()
    expect(kinds.length).toBe(17)
    for (const kind of kinds.slice(-4)) {
      await page.getByLabel('Add', { exact: true }).selectOption(kind)
      await page.getByRole('button', { name: 'Add run' }).click()
    }
    expect(await page.locator('#runs tr').count()).toBe(8)
    expect(await page.getByRole('button', { name: 'Add run' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Remove Lion' }).click()
    await page.getByRole('radio', { name: 'Adam' }).check()
    await page.getByLabel('memory β₂', { exact: true }).waitFor()
    expect(await page.locator('#runs tr').count()).toBe(7)
  })

  it('plays what there is to see, in the dark', async () => {
    await opened({ colorScheme: 'dark', viewport: { width: 1280, height: 1000 } })
    for (const { title, section } of [lessons[0], lessons[lessons.length - 1]]) {
      await page.getByRole('button', { name: title }).click()
      await page.getByRole('button', { name: 'Pause' }).waitFor()
      await page.locator('#map').press('End')
      expect(await lines(page, 'lesson')).toContain(`docs/momentum.md, “${section}”`)
      expect(await page.getByRole('button', { name: title }).getAttribute('aria-pressed')).toBe('true')
    }
    expect(await colours(page, 'map')).toBeGreaterThan(50)
    await page.screenshot({ path: artifact('lab-dark.png') })
  })

  it('goes by the address, and says what it does not understand there', async () => {
    await open('surface=himmelblau&start=1,1&steps=50&run=lion,learningRate:0.1')
    await page.getByText('Himmelblau, from (1, 1), step 50 of 50. Lion').waitFor()
    await open('surface=saddle&start=-1,0.1&run=adam')
    await page.getByText('A saddle, from (−1, 0.1)').waitFor()
    await open('surface=moon')
    await page.getByRole('alert').getByText("expected surface to be one of 'ravine'").waitFor()
  })

  it('is there as a table, and in a narrow window without a scrollbar below', async () => {
    await opened({ viewport: { width: 400, height: 800 }, deviceScaleFactor: 2 })
    await page.getByText('The tuned run as a table').click()
    await page.getByRole('rowheader', { name: '80', exact: true }).waitFor()
    expect(await page.locator('#table tbody tr').count()).toBe(81)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400)
    expect(await page.evaluate(() => (document.getElementById('map') as HTMLCanvasElement).width)).toBeGreaterThan(700)
    await page.screenshot({ path: artifact('lab-narrow.png'), fullPage: true })
  })
})
