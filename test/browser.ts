import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'

const usual = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`)

/** The Chromium of this system, RAVINE_CHROMIUM first; none where there is none. */
export const executable = [process.env.RAVINE_CHROMIUM ?? '', ...usual].find(existsSync)

/** For the name of a test that needs a browser. */
export const orSkipped = executable ? '' : ' (skipped: no Chromium in /usr/bin, and RAVINE_CHROMIUM names none)'

/** A browser without a window. */
export async function launch(): Promise<Browser> {
  // Chromium refuses to run as root inside its sandbox.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ executablePath: executable, args })
  return process.env.RAVINE_COVERAGE ? covered(browser, process.env.RAVINE_COVERAGE) : browser
}

/** The browser, whose pages, as they close, write into the folder what they have run, for scripts/pages.js. */
function covered(browser: Browser, folder: string): Browser {
  const { newPage, close } = browser
  browser.newPage = async (options) => coveredPage(await newPage.call(browser, options), folder)
  browser.close = async () => {
    const pages = browser.contexts().flatMap((context) => context.pages())
    await Promise.all(pages.map((page) => page.close()))
    await close.call(browser)
  }
  return browser
}

async function coveredPage(page: Page, folder: string): Promise<Page> {
  const { close } = page
  await page.coverage.startJSCoverage({ resetOnNavigation: false })
  page.close = async () => {
    const scripts = await page.coverage.stopJSCoverage()
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(scripts))
    await close.call(page)
  }
  return page
}

/** Where a picture of what a test has seen is kept; git does not look there. */
export function artifact(name: string): string {
  const folder = fileURLToPath(new URL('artifacts/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  return join(folder, name)
}
