import { execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

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

const shared = process.env.RAVINE_DATA || join(root, '..', 'shared', 'data')
const houses = join(shared, 'california-housing', 'housing.csv')
/** The programs of the README, which take MNIST and a table from where they are: without them there is nothing to learn from. */
const programs = [...textOf(`${root}README.md`).matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code)

test.skipIf(!existsSync(houses))(
  'every program of the README runs as it stands',
  async () => {
    expect(programs.length).toBeGreaterThanOrEqual(3)
    mkdirSync(`${root}test/artifacts`, { recursive: true })
    const cwd = mkdtempSync(`${root}test/artifacts/readme-`)
    onTestFinished(() => rmSync(cwd, { recursive: true }))
    copyFileSync(houses, join(cwd, 'housing.csv'))
    const env = { ...process.env, RAVINE_DATA: shared }
    for (const code of programs) await run(process.execPath, ['--input-type=module', '--eval', code], { cwd, env })
    expect(readdirSync(cwd).sort()).toEqual(['houses.safetensors', 'housing.csv', 'run.html'])
    // Ten epochs of MNIST are a minute's work where another process has the cores.
  },
  300_000,
)

test('there are examples to run', () => expect(examples.length).toBeGreaterThanOrEqual(3))

/** What a heading is called in a link: GitHub's way. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')

const withoutCode = (text: string) => text.replaceAll(/^```.*?^```$/gms, '')
const anchors = (text: string) => [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading))

/** The links of a page that lead nowhere: to no file, or to no heading of it. */
function dead(page: string): string[] {
  const links = [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link)
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [path, anchor] = link.split('#')
    const file = path ? join(dirname(page), path) : page
    return !existsSync(file) || (anchor !== undefined && !anchors(textOf(file)).includes(anchor))
  })
}

const written = ['.', 'docs', 'examples', 'bench', 'test/golden'].flatMap((folder) =>
  readdirSync(root + folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)

test.each(written)('%s links to what is there', (page) => expect(dead(root + page)).toEqual([]))

test('a link to nowhere is found', () => {
  const page = join(mkdtempSync(join(tmpdir(), 'ravine-docs-')), 'page.md')
  onTestFinished(() => rmSync(dirname(page), { recursive: true }))
  const text =
    '# What it is, `in` short\n[a](page.md) [b](#what-it-is-in-short) [c](#what) [d](none.md) [e](page.md#e) [f](https://x.y/z)'
  writeFileSync(page, text)
  expect(dead(page)).toEqual(['#what', 'none.md', 'page.md#e'])
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
