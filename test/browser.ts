import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

const usual = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`)

/** The Chromium of this system, RAVINE_CHROMIUM first; none where there is none. */
export const executable = [process.env.RAVINE_CHROMIUM ?? '', ...usual].find(existsSync)

/** For the name of a test that needs a browser. */
export const orSkipped = executable ? '' : ' (skipped: no Chromium in /usr/bin, and RAVINE_CHROMIUM names none)'

/** A browser without a window. */
export function launch(): Promise<Browser> {
  // Chromium refuses to run as root inside its sandbox.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: executable, args })
}

/** Where a picture of what a test has seen is kept; git does not look there. */
export function artifact(name: string): string {
  const folder = fileURLToPath(new URL('artifacts/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  return join(folder, name)
}
