import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adam, dataset, dense, digits, type FitHistory, report, sequential, sgd } from '../src/index.js'
import { artifact, executable, launch, orSkipped } from './browser.js'

describe.skipIf(!executable)(`reports in a browser${orSkipped}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ravine-page-'))
  const file = (name: string) => join(folder, `${name}.html`)
  const { train, test } = digits({ examples: 1000, seed: 1 })
  const network = () => sequential({ inputs: 784, seed: 1 }, [dense(32, 'relu'), dense(10)])
  const options = { epochs: 4, validation: test, metrics: ['accuracy'], logEvery: 2, onStep: () => undefined } as const
  let browser: Browser

  beforeAll(async () => {
    const momentum = await network().fit(train, { ...options, optimizer: sgd({ learningRate: 0.03, momentum: 0.9 }) })
    const hostile = '</script><script>document.title = "broken"</script><img src=x onerror="document.title = 1">'
    await momentum.report(file('digits'), {
      title: `Digits ${hostile}`,
      command: hostile,
      classes: Array(10).fill(hostile),
    })
    const runs: { name: string; history: FitHistory }[] = [{ name: hostile, history: momentum }]
    runs.push({ name: 'adam', history: await network().fit(train, { ...options, optimizer: adam() }) })
    await report(file('compare'), runs)
    const features = Float32Array.from({ length: 200 }, (_, i) => i / 100 - 1)
    const line = dataset({ features, targets: features.map((x, i) => 2 * x + ((i * 7) % 11) / 10), inputs: 1 })
    const history = await sequential({ inputs: 1 }, [dense(1)]).fit(line, {
      optimizer: adam({ learningRate: 0.05 }),
      epochs: 60,
      validation: line,
    })
    await history.report(file('line'), { title: 'A line' })
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  /** A page, and what went wrong in it or was asked of the network. */
  async function opened(name: string) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' })
    const troubles: string[] = []
    page.on('console', (message) => troubles.push(message.text()))
    page.on('pageerror', (error) => troubles.push(error.message))
    page.on('request', (request) => void (/^(file|data):/.test(request.url()) || troubles.push(request.url())))
    await page.goto(pathToFileURL(file(name)).href)
    await page.waitForFunction(() => document.querySelectorAll('.charts canvas').length > 0)
    return { page, troubles }
  }

  /** Of each chart, how many colours its canvas has, and how many of its pixels are drawn. */
  const drawn = (page: Page) =>
    page.evaluate(() =>
      [...document.querySelectorAll<HTMLCanvasElement>('.charts canvas')].map((canvas) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        const colours = new Set<string>()
        let pixels = 0
        for (let i = 0; i < data.length; i += 4) {
          if (data[i + 3] < 250) continue
          pixels++
          colours.add(data.slice(i, i + 3).join())
        }
        return { colours: colours.size, pixels }
      }),
    )

  const ticks = (page: Page) =>
    page
      .locator('.charts figure')
      .first()
      .locator('canvas')
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL())

  it.each([
    ['digits', 2, ['light', 'dark', 'phone']],
    ['line', 1, ['light']],
    ['compare', 8, ['dark', 'phone']],
  ] as const)(
    '%s draws its curves, wide and narrow, light and dark, without a word on the console',
    async (name, charts, looks) => {
      const { page, troubles } = await opened(name)
      for (const look of looks) {
        const width = look === 'phone' ? 400 : 1280
        await page.emulateMedia({ colorScheme: look === 'dark' ? 'dark' : 'light' })
        await page.setViewportSize({ width, height: 900 })
        await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
        const found = await drawn(page)
        expect(found.length).toBe(charts)
        for (const { colours, pixels } of found) {
          expect(pixels).toBeGreaterThan(500)
          expect(colours).toBeGreaterThan(10)
        }
        await page.screenshot({ path: artifact(`report-${name}-${look}.png`), fullPage: true })
      }
      const bare = await page.evaluate(() => ({
        tables: [...document.querySelectorAll('main table:not(.u-legend)')].filter(
          (table) => !table.querySelector('caption'),
        ).length,
        images: [...document.querySelectorAll('img:not([alt]), svg:not([aria-label]), button:not([aria-label])')]
          .length,
        heads: document.querySelectorAll('h1').length,
      }))
      expect(bare).toEqual({ tables: 0, images: 0, heads: 1 })
      expect(troubles).toEqual([])
      expect(await page.title()).not.toMatch(/^(broken|1)$/)
      await page.close()
    },
  )

  it('zooms by dragging, and a double click shows all', async () => {
    const { page } = await opened('digits')
    const before = await ticks(page)
    const box = (await page.locator('.charts figure').first().locator('.u-over').boundingBox())!
    const y = box.y + box.height / 2
    await page.mouse.move(box.x + box.width * 0.3, y)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.6, y, { steps: 4 })
    await page.mouse.up()
    await page.mouse.move(0, 0)
    await expect.poll(() => ticks(page)).not.toBe(before)
    await page.mouse.dblclick(box.x + box.width / 2, y)
    await page.mouse.move(0, 0)
    await expect.poll(() => ticks(page)).toBe(before)
    await page.close()
  })

  it('zooms and moves its cursor by keys, and tells values, also to whoever does not see', async () => {
    const { page } = await opened('digits')
    const [before, chart] = [await ticks(page), page.locator('.canvas').first()]
    expect(await chart.getAttribute('aria-label')).toMatch(/^Loss along epochs: .*training from .* to /)
    await chart.focus()
    await page.keyboard.press('+')
    await expect.poll(() => ticks(page)).not.toBe(before)
    await page.keyboard.press('0')
    await expect.poll(() => ticks(page)).toBe(before)
    const legend = chart.locator('.u-legend .u-value')
    const values = await legend.allTextContents()
    expect(values[0]).toBe('4')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => legend.allTextContents()).not.toEqual(values)
    await page.close()
  })

  it('goes along epochs, steps or seconds, on any scale, and hides what is not wanted', async () => {
    const { page, troubles } = await opened('digits')
    let before = await ticks(page)
    const changes = async (act: () => Promise<unknown>) => {
      await act()
      await expect.poll(() => ticks(page)).not.toBe(before)
      before = await ticks(page)
    }
    await changes(() => page.locator('input[value=steps]').check({ force: true }))
    await changes(() => page.locator('input[value=seconds]').check({ force: true }))
    await changes(() => page.locator('.tools button').first().click())
    await changes(() => page.locator('.u-legend').first().locator('th').nth(2).press('Enter'))
    await changes(() => page.emulateMedia({ colorScheme: 'dark' }))
    await changes(() => page.setViewportSize({ width: 700, height: 700 }))
    expect(troubles).toEqual([])
    await page.close()
  })
})
