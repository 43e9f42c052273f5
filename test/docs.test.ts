import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const docs = `${root}docs/`
const run = promisify(execFile)
const pages = readdirSync(docs).filter((name) => name.endsWith('.md'))
const textOf = (path: string) => readFileSync(path, 'utf8')

/** The blocks of a page that begin with ```js run. */
const examples = pages.flatMap((page) =>
  [...textOf(docs + page).matchAll(/^```js run\n(.*?)^```$/gms)].map(([, code], i) => ({
    name: `${page} ${i + 1}`,
    code,
  })),
)

test.each(examples)('$name prints what it says that it prints', async ({ code }) => {
  const said = [...code.matchAll(/^ *console\.log\(.*\) \/\/ (.*)$/gm)].map(([, line]) => line)
  expect(said.length).toBeGreaterThan(0)
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: root })
  expect(stdout.trim().split('\n')).toEqual(said)
})

test('there are examples to run', () => expect(examples.length).toBeGreaterThanOrEqual(3))

describe.each([...pages.map((page) => `docs/${page}`), 'README.md'])('%s', (page) => {
  test('links to what is there', () => {
    const folder = page.replace(/[^/]*$/, '')
    const links = [...textOf(root + page).matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link)
    expect(links.filter((link) => !existsSync(root + folder + link))).toEqual([])
  })
})

test('pictures are small, and each is on a page', () => {
  const shown = pages.map((page) => textOf(docs + page)).join('')
  const names = readdirSync(`${docs}plots`)
  expect(names.length).toBeGreaterThanOrEqual(4)
  for (const name of names) {
    expect(shown).toContain(`(plots/${name})`)
    expect(statSync(`${docs}plots/${name}`).size).toBeLessThan(60_000)
  }
})

test('pictures and tables are what docs/plots.js makes', { timeout: 300_000 }, async () => {
  const { stdout } = await run(process.execPath, [`${docs}plots.js`, '--check'], { cwd: root }).catch((error) => error)
  expect(stdout).toBe('')
})
